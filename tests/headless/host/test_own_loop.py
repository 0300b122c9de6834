"""Awaitables on a loop that is not Blender's, or that somebody else than Blender runs."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.host import threads
from async_render.blender.host.host import get_host

pytestmark = pytest.mark.core

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "encode": (["//a.png"],),
    "handler": ("frame_change_post",),
    "handler_stream": ("frame_change_post",),
    "job_done": ("RENDER",),
    "mixdown": ("//sound.wav",),
    "open_file": ("//file.blend",),
    "operator": (bpy.ops.object.select_all,),
}
"""What the awaitables need that cannot be called without arguments."""


Make = Callable[[], Coroutine[Any, Any, Any]]


async def entered(manager: Callable[..., AbstractAsyncContextManager[Any]], *arguments: Any) -> None:
    async with manager(*arguments):
        pass


async def first_of(stream: Callable[..., AsyncIterator[Any]], *arguments: Any) -> Any:
    return await anext(stream(*arguments))


def awaitables() -> dict[str, Make]:
    """All public functions that return something to await, each as a function that makes a coroutine of it."""
    found: dict[str, Make] = {}
    for name in vars(ar)["__all__"]:
        public, arguments = getattr(ar, name), ARGUMENTS.get(name, ())
        answers = str(inspect.signature(public).return_annotation) if inspect.isfunction(public) else ""
        if name == "in_context":
            found[name] = lambda: ar.in_context(asyncio.sleep(0))
        elif inspect.iscoroutinefunction(public):
            found[name] = partial(public, *arguments)
        elif "AsyncContextManager" in answers:
            found[name] = partial(entered, public, *arguments)
        elif name == "handler_stream":
            found[name] = partial(first_of, public, *arguments)
        else:
            assert not any(kind in answers for kind in ("Async", "Await", "Coroutine")), f"{name} is awaited, too"
    return found


AWAITABLES = awaitables()


def test_all_awaitables_are_found() -> None:
    assert {"bake", "bake_physics", "handler", "render_animation", "render_frames", "render_still"} <= set(AWAITABLES)
    assert len(AWAITABLES) >= 12


@pytest.mark.parametrize("name", AWAITABLES)
def test_on_another_loop_each_awaitable_is_an_error_that_says_what_to_write(name: str) -> None:
    async def main() -> None:
        await AWAITABLES[name]()

    with pytest.raises(RuntimeError, match=rf"ar\.{name}\(\) was awaited .*; write ar\.run\(main\(\)\), or await"):
        asyncio.run(main())


@pytest.mark.parametrize("name", AWAITABLES)
def test_on_a_thread_the_error_names_the_function_for_threads(name: str) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(AWAITABLES[name]())
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=work, name="mine")
    thread.start()
    thread.join()
    (error,) = errors
    assert "on the thread 'mine'" in str(error)
    assert "asyncio.run_coroutine_threadsafe(coroutine, loop)" in str(error)


@pytest.mark.parametrize("name", AWAITABLES)
def test_blenders_loop_run_by_somebody_else_is_an_error(name: str) -> None:
    loop = ar.get_loop()
    with pytest.raises(RuntimeError, match=r"which only Blender may run; write ar\.run\(main\(\)\)"):
        loop.run_until_complete(AWAITABLES[name]())


def test_outside_of_every_loop_it_is_an_error() -> None:
    coroutine = ar.render_still()
    with pytest.raises(RuntimeError, match=r"outside of Blender's event loop; write ar\.run\(main\(\)\)"):
        coroutine.send(None)


def test_a_loop_inside_a_coroutine_is_pythons_own_error_at_once() -> None:
    async def main() -> list[str]:
        errors: list[str] = []
        for run in (asyncio.run, asyncio.get_running_loop().run_until_complete, ar.run):
            coroutine: Any = asyncio.sleep(0)
            try:
                run(coroutine)
            except RuntimeError as error:
                errors.append(str(error))
            finally:
                coroutine.close()
        return errors

    cannot, already, ours = ar.run(main()).result()
    assert "cannot be called from a running event loop" in cannot
    assert "already running" in already
    assert "write 'await main()' there" in ours


def test_a_thread_does_not_wait_for_ever_for_a_main_thread_that_runs_another_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "STANDSTILL", 0.3)
    ar.get_loop()

    async def main() -> None:
        await asyncio.to_thread(ar.call_in_main_thread, list)

    with pytest.raises(RuntimeError, match=r"another event loop .*; write ar\.run\(main\(\)\)"):
        asyncio.run(main())


def test_the_scene_and_the_queue_are_as_before(scene: bpy.types.Scene) -> None:
    before = (scene.render.filepath, scene.frame_start)
    with pytest.raises(RuntimeError, match=r"ar\.run"):
        asyncio.run(ar.render_animation(ar.RenderSettings(filepath="//other", frame_start=2)))
    assert (scene.render.filepath, scene.frame_start) == before
    assert ar.queue() == ()


def test_awaitables_may_be_awaited_in_the_middle_of_a_frame(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """Cycles renders on a thread meanwhile, and the main thread runs the loop. They said that others run the loop."""

    begun: list[object] = []
    loop = get_host().loop

    async def main() -> tuple[ar.StillResult, list[bool]]:
        rendering = asyncio.create_task(ar.render_still(filepath=tmp_path / "first", samples=1_000_000))
        while not begun or loop.is_in_tick:  # a handler ticks the loop before the frame
            await asyncio.sleep(0)
        await ar.handler_stream("frame_change_post").aclose()
        waiting = asyncio.create_task(ar.handler("load_post"))
        next_one = asyncio.create_task(ar.render_still(filepath=tmp_path / "next", samples=1))
        for _ in range(3):
            await asyncio.sleep(0)
        has_failed = [task.done() for task in (waiting, next_one, rendering)]
        for task in (rendering, waiting):
            task.cancel()
        return await next_one, has_failed

    def begin(scene: bpy.types.Scene, _: object = None) -> None:
        begun.append(scene)

    bpy.app.handlers.render_pre.append(begin)
    try:
        result, has_failed = ar.run(main()).result()
    finally:
        bpy.app.handlers.render_pre.remove(begin)
    assert not any(has_failed)
    assert result.files == (tmp_path / "next.png",)
