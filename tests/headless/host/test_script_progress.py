"""`ar.progress`, and the words of handlers, jobs and bakes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, get_args

import bpy
import pytest

import async_render as ar
from async_render.blender.activity_ui.labels import has_progress, progress_of
from async_render.render.activity import Activity, current_script
from async_render.render.blender_names import BakeType, HandlerName


def own_activity() -> Activity:
    script = current_script.get()
    assert script is not None
    return script


def test_a_script_shows_its_progress_and_a_few_words() -> None:
    async def main() -> list[tuple[str, float]]:
        seen = []
        for fraction in (0, 0.4, 1.0000000002, -1e-12):
            ar.progress(fraction, "Shot 3 of 8\nmore")
            seen.append((progress_of(own_activity()), own_activity().progress))
        assert has_progress(own_activity())
        await asyncio.to_thread(ar.progress, 0.5, "from a thread\x1b[2J")
        await asyncio.sleep(0)
        return [*seen, (own_activity().message, own_activity().progress)]

    assert ar.run(main()).result() == [
        ("0%  Shot 3 of 8", 0.0),
        ("40%  Shot 3 of 8", 0.4),
        ("100%  Shot 3 of 8", 1.0),
        ("0%  Shot 3 of 8", 0.0),
        (r"from a thread\x1b[2J", 0.5),
    ]


@pytest.mark.parametrize(
    ("fraction", "error", "message"),
    [
        (float("nan"), ValueError, "fraction=nan is not between 0 and 1"),
        (1.5, ValueError, "fraction=1.5 is not between 0 and 1"),
        ("half", TypeError, "fraction='half' is no number"),
    ],
)
def test_what_is_no_fraction_is_refused(fraction: Any, error: type[Exception], message: str) -> None:
    async def main() -> None:
        ar.progress(fraction)

    with pytest.raises(error, match=message):
        ar.run(main())


def test_outside_of_a_script_the_log_has_the_progress(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "async_render"):
        ar.progress(0.4, "Shot 3 of 8")
    assert caplog.messages == ["progress outside of a script: 40% Shot 3 of 8"]


def test_a_handler_is_awaited_with_a_condition_and_a_timeout(scene: bpy.types.Scene) -> None:
    async def go(*frames: int) -> None:
        for frame in frames:
            await asyncio.sleep(0)
            scene.frame_set(frame)

    async def main() -> tuple[int, str, str]:
        task = asyncio.create_task(go(2, 3, 2, 3))
        third = await ar.handler("frame_change_post", timeout=60, where=lambda scene: scene.frame_current == 3)
        found = third.frame_current
        await task
        with pytest.raises(TimeoutError) as plain:
            await ar.handler("load_post", timeout=0)
        with pytest.raises(TimeoutError) as fitting:
            await ar.handler("load_post", timeout=0, where=bool)
        return found, str(plain.value), str(fitting.value)

    assert ar.run(main()).result() == (
        3,
        "timeout=0: no call of the handler 'load_post' has come",
        "timeout=0: no call of the handler 'load_post' for which where= is true has come",
    )
    assert not bpy.app.handlers.load_post or "async_render" not in str(bpy.app.handlers.load_post)


def test_an_error_in_where_comes_out_and_the_handler_goes(scene: bpy.types.Scene) -> None:
    def where(_: object) -> bool:
        raise TimeoutError("ours")

    async def main() -> None:
        waiting = asyncio.create_task(ar.handler("frame_change_post", timeout=60, where=where))
        await asyncio.sleep(0)
        scene.frame_set(2)
        await waiting

    before = list(bpy.app.handlers.frame_change_post)
    with pytest.raises(TimeoutError, match="ours"):
        ar.run(main())
    assert list(bpy.app.handlers.frame_change_post) == before


def test_type_checkers_know_the_names_that_blender_has() -> None:
    lists = {name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)}
    assert {name for name in lists if not name.startswith("_")} <= set(get_args(HandlerName))
    bake: Any = bpy.ops.object.bake
    bakes = bake.get_rna_type().properties["type"]
    assert set(bakes.enum_items.keys()) <= set(get_args(BakeType))


def test_an_operator_whose_run_is_no_coroutine_function_is_refused_where_it_is_written() -> None:
    def run(self: Any, context: Any) -> None:
        """Forgotten: async."""

    with pytest.raises(TypeError, match=r"Draft\.run is no coroutine function; write 'async def run"):
        type("Draft", (ar.AsyncOperator,), {"run": run})


def test_activities_and_streams_are_short_in_the_console() -> None:
    async def main() -> tuple[str, str]:
        stream = ar.handler_stream("load_post")
        await stream.aclose()
        return repr(stream), repr(own_activity())

    stream, activity = ar.run(main(), name="Deliver").result()
    assert (stream, activity) == ("HandlerStream('load_post')", "Activity(script 'Deliver', running, 0%)")
