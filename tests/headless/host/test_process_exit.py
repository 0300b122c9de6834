"""How a process with the `bpy` module ends: with the script's own exit code, and nothing of ours in Blender's lists."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render import addon
from async_render.blender import handler_lists
from async_render.blender.settings import recovery

pytestmark = pytest.mark.core

BEGIN = """
import asyncio, sys, time
import bpy
import async_render as ar
from async_render import addon

scene = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.render.filepath, scene.frame_end = {folder!r} + "/a_", 2
"""

SCRIPTS = {
    "renders that end in every way": (
        0,
        """
async def main():
    await ar.render_still()
    await ar.render_animation(ar.RenderSettings(frame_end=1))
    bpy.ops.wm.save_as_mainfile(filepath={folder!r} + "/a.blend")
    await ar.open_file({folder!r} + "/a.blend")
    async with ar.render_frames() as frames:
        await anext(frames)
    rendering = asyncio.create_task(ar.render_animation(ar.RenderSettings(frame_end=500)))
    await asyncio.sleep(0.1)
    rendering.cancel()
    await asyncio.wait([rendering])

ar.run(main())
""",
    ),
    "a script that fails after a render": (
        1,
        """
async def main():
    await ar.render_animation()
    raise ValueError("mine")

ar.run(main())
""",
    ),
    "an exit code of the script's own, in a file that is saved while it renders": (
        3,
        """
def save(*_):
    bpy.ops.wm.save_as_mainfile(filepath={folder!r} + "/a.blend", copy=True)

async def main():
    bpy.app.handlers.render_post.append(save)
    await ar.render_still()
    bpy.app.handlers.render_post.remove(save)
    sys.exit(3)

ar.run(main())
""",
    ),
    "an add-on that stays enabled, and a loop that never ran": (
        0,
        """
addon.register()
stream = ar.handler_stream("frame_change_post")
task = ar.create_task(stream.aclose())
ar.get_loop()
""",
    ),
    "an add-on that is disabled by a coroutine": (
        1,  # by CancelledError: its scripts are cancelled
        """
addon.register()

async def main():
    addon.unregister()

ar.run(main())
""",
    ),
    "a thread that is busy": (
        0,
        """
async def main():
    waiting = asyncio.create_task(asyncio.to_thread(time.sleep, 600))
    await asyncio.sleep(0.1)

ar.run(main())
""",
    ),
    "handlers, classes, timers and drivers of others": (
        0,
        """
def handler(*_):
    return bpy.app.version_string

def timer():
    return float(bpy.app.background)

class EXIT_OT_other(bpy.types.Operator):
    bl_idname, bl_label = "exit.other", "Other"

    def execute(self, context):
        return {{"FINISHED" if bpy.app.background else "CANCELLED"}}

bpy.app.handlers.load_post.append(handler)
bpy.app.timers.register(timer)
bpy.utils.register_class(EXIT_OT_other)
scene.camera.driver_add("location", 0).driver.expression = "len(str(frame)) + bpy.context.scene.frame_current"
scene.frame_set(2)
""",
    ),
}


def test_a_process_ends_with_the_scripts_own_exit_code(tmp_path: Path) -> None:
    """The `bpy` wheel of 4.2 ended with 139, and that of 4.5 never."""

    def run(number: int, source: str) -> tuple[int, str]:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "script.py").write_text(BEGIN.format(folder=str(folder)) + source.format(folder=str(folder)))
        command = [sys.executable, str(folder / "script.py")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        return ended.returncode, ended.stderr

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(run, range(len(SCRIPTS)), [source for _, source in SCRIPTS.values()]))
    codes = {name: code for name, (code, _) in zip(SCRIPTS, ended, strict=True)}
    assert codes == {name: code for name, (code, _) in SCRIPTS.items()}, "\n".join(errors for _, errors in ended)


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


def test_a_list_that_others_clear_is_joined_again_and_left() -> None:
    def handler(*_: object) -> None: ...

    loop = object()
    handler_lists.add_handler("load_post", handler, until=loop)
    bpy.app.handlers.load_post.clear()
    handler_lists.add_handler("load_post", handler, until=loop)
    assert bpy.app.handlers.load_post == [handler]
    handler_lists.remove_handlers_of(object())
    assert bpy.app.handlers.load_post == [handler]
    handler_lists.remove_handlers_of(loop)
    assert bpy.app.handlers.load_post == []
    assert not handler_lists.remove_handler("load_post", handler)
