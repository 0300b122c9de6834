"""`ar.in_context`: what Blender's own `temp_override` does not do across an `await`."""

from __future__ import annotations

import asyncio

import bpy
import pytest

import async_render as ar


@pytest.fixture
def other(scene: bpy.types.Scene) -> bpy.types.Scene:
    return bpy.data.scenes.new("Other")


async def names(count: int = 3) -> list[str]:
    """The scene of the context before and after some awaits."""
    seen = []
    for _ in range(count):
        seen.append(bpy.context.scene.name)
        await asyncio.sleep(0)
    return seen


def test_a_context_holds_across_awaits_and_for_no_other_task(other: bpy.types.Scene) -> None:
    async def main() -> tuple[list[str], list[str], str]:
        inside, outside = await asyncio.gather(ar.in_context(names(), scene=other), names())
        return inside, outside, bpy.context.scene.name

    assert ar.run(main()).result() == (["Other"] * 3, ["Scene"] * 3, "Scene")


def test_an_override_of_blenders_own_reaches_other_tasks(other: bpy.types.Scene) -> None:
    """The fault that `in_context` is for: without a window an override holds for everybody at an await."""

    async def main() -> list[str]:
        task = asyncio.create_task(names())
        with bpy.context.temp_override(scene=other):
            await task
        return task.result()

    assert ar.run(main()).result() == ["Other"] * 3


def test_errors_and_cancels_reach_the_coroutine_in_its_context(other: bpy.types.Scene) -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(bpy.context.scene.name)

    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError("ours")

    async def main() -> None:
        task = asyncio.create_task(ar.in_context(wait(), scene=other))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(LookupError, match="ours"):
            await ar.in_context(fail(), scene=other)

    ar.run(main())
    assert ended == ["Other"]


def test_a_scene_that_is_removed_meanwhile_ends_the_coroutine(other: bpy.types.Scene) -> None:
    async def main() -> None:
        task = asyncio.create_task(ar.in_context(names(10), scene=other))
        await asyncio.sleep(0)
        bpy.data.scenes.remove(other)
        await task

    with pytest.raises(ReferenceError, match="Scene has been removed"):
        ar.run(main())
