"""`handler_stream`, and the loop that it belongs to."""

from __future__ import annotations

from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.host.handlers import HandlerStream


def test_a_stream_that_outlives_its_loop_hears_no_more(
    scene: bpy.types.Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    streams: list[HandlerStream] = []
    seen: list[str] = []

    async def main() -> None:
        stream = ar.handler_stream("frame_change_post")
        streams.append(stream)
        scene.frame_set(2)
        async for changed in stream:
            seen.append(changed.name)
            return

    handlers = bpy.app.handlers.frame_change_post
    before = list(handlers)
    ar.run(main())
    assert seen == [scene.name]
    assert list(handlers) == before
    scene.frame_set(3)
    bpy.context.view_layer.update()
    assert "Event loop is closed" not in "".join(capfd.readouterr())


def test_a_call_that_the_end_of_the_loop_overtakes_is_no_error(scene: bpy.types.Scene) -> None:
    """The render thread may be in the handler while the main thread closes the loop."""
    handlers = bpy.app.handlers.render_stats
    before = list(handlers)
    ours: list[Any] = []

    async def main() -> None:
        stream = ar.handler_stream("render_stats")
        ours.extend(handler for handler in handlers if handler not in before)
        ours.append(stream)

    ar.run(main())
    handler, stream = ours
    handler("Sample 1/2")
    assert not stream.was_called


def test_a_stream_of_another_loop_says_so(scene: bpy.types.Scene) -> None:
    streams: list[HandlerStream] = []

    async def make() -> None:
        streams.append(ar.handler_stream("frame_change_post"))

    async def read() -> None:
        async for _ in streams[0]:
            raise AssertionError("nothing can come")

    ar.run(make())
    with pytest.raises(RuntimeError, match="'frame_change_post' belongs to a loop that is closed"):
        ar.run(read())


def test_a_stream_that_was_closed_or_forgotten_before_its_loop_hears_no_more(scene: bpy.types.Scene) -> None:
    handlers = bpy.app.handlers.frame_change_post
    before = list(handlers)

    async def main() -> None:
        await ar.handler_stream("frame_change_post").aclose()
        forgotten = ar.handler_stream("frame_change_post")
        assert len(handlers) == len(before) + 1
        del forgotten
        assert list(handlers) == before

    ar.run(main())
