"""How a process with the `bpy` module ends: with the script's own exit code, and nothing of ours in Blender's lists."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render import addon
from async_render.blender import handler_lists
from async_render.blender.settings import recovery

from ...support.processes import run_script

pytestmark = pytest.mark.core

EXITS = Path(__file__).parent / "scripts" / "exits"

CODES = {
    "renders": 0,
    "fails_after_a_render": 1,
    "saves_while_it_renders": 3,
    "loop_that_never_ran": 0,
    "disables_the_add_on": 1,  # by CancelledError: its scripts are cancelled
    "busy_thread": 0,
    "in_the_middle_of_a_still": 0,
    "things_of_others": 0,
}
"""The exit code of each script."""


def test_a_process_ends_with_the_scripts_own_exit_code(tmp_path: Path) -> None:
    """The `bpy` wheel of 4.2 ended with 139, and that of 4.5 never."""

    def run(name: str) -> tuple[int, str]:
        folder = tmp_path / name
        folder.mkdir()
        ended = run_script(EXITS / f"{name}.py", folder)
        return ended.returncode, ended.stderr

    assert {file.stem for file in EXITS.glob("*.py")} == set(CODES)
    with ThreadPoolExecutor(2) as pool:
        ended = dict(zip(CODES, pool.map(run, CODES), strict=True))
    assert {name: code for name, (code, _) in ended.items()} == CODES, "\n".join(errors for _, errors in ended.values())
    left = {file.name: file.read_text() for file in (tmp_path / "in_the_middle_of_a_still").iterdir()}
    assert left == {"poster.png": "old"}


def ours() -> dict[str, list[Any]]:
    """What of ours is in Blender's lists."""
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    found = {
        name: [item for item in items if item.__module__.startswith("async_render")]
        for name, items in lists.items()
        if isinstance(items, list)
    }
    return {name: items for name, items in found.items() if items}


def test_nothing_of_ours_is_in_blenders_lists_when_a_loop_ends(scene: bpy.types.Scene) -> None:
    streams = []
    recovery.unregister()  # another test has saved a file while it rendered

    async def main() -> None:
        streams.append(ar.handler_stream("frame_change_post"))
        waiting = ar.create_task(ar.handler("load_post"))
        await ar.render_animation(ar.RenderSettings(frame_end=1))
        await ar.render_still()
        rendering = asyncio.create_task(ar.render_animation())
        await asyncio.sleep(0)
        rendering.cancel()
        await asyncio.wait([rendering])
        assert not waiting.done()

    ar.run(main())
    assert ours() == {}
    streams[0].forget()
    scene.frame_set(2)  # nobody hears of it, and no error is printed
    assert not streams[0].was_called


def test_the_add_ons_handlers_stay_when_a_script_ends(scene: bpy.types.Scene) -> None:
    recovery.unregister()
    addon.register()
    try:
        ar.run(ar.render_still())
        assert set(ours()) == {"load_pre", "load_post", "undo_post", "redo_post", "save_pre"}
    finally:
        addon.unregister()
    assert ours() == {}


def test_what_is_left_in_any_list_is_taken_out_at_the_end_of_the_process() -> None:
    def handler(*_: object) -> None: ...

    def timer() -> float:
        return 1.0

    handler_lists.add_handler("load_post", handler)
    handler_lists.add_handler("load_post", handler)
    handler_lists.add_timer(timer, 1.0)
    handler_lists.add_timer(timer, 1.0)
    assert bpy.app.handlers.load_post.count(handler) == 1
    assert bpy.app.timers.is_registered(timer)
    handler_lists._remove_all()
    assert handler not in bpy.app.handlers.load_post
    assert not bpy.app.timers.is_registered(timer)


@pytest.fixture
def load_post() -> Iterator[list[Any]]:
    """Blender's list, which has its handlers again afterwards."""
    handlers: list[Any] = bpy.app.handlers.load_post
    before = [*handlers]
    yield handlers
    handlers[:] = before


def test_a_list_that_others_clear_is_joined_again_and_left(load_post: list[Any]) -> None:
    def handler(*_: object) -> None: ...

    loop = object()
    handler_lists.add_handler("load_post", handler, until=loop)
    load_post.clear()
    handler_lists.add_handler("load_post", handler, until=loop)
    assert load_post == [handler]
    handler_lists.remove_handlers_of(object())
    assert load_post == [handler]
    handler_lists.remove_handlers_of(loop)
    assert load_post == []
    assert not handler_lists.remove_handler("load_post", handler)
