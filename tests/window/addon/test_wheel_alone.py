"""An add-on that bundles the wheel, where the extension is not installed: all works, and messages are pop-ups."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ...support.window.blenders import Blender
from ...support.window.display import Display
from ...support.window.pop_ups import MIDDLE, NOTHING, around, wait_for_pop_up
from ...support.window.window import Open, Window, install_extension, save_startup_file

MANIFEST = """
schema_version = "1.0.0"
id = "wheel_alone"
version = "1.0.0"
name = "Wheel Alone"
tagline = "Renders with a bundled wheel"
maintainer = "The tests"
type = "add-on"
blender_version_min = "4.2.0"
license = ["SPDX:GPL-3.0-or-later"]
wheels = ["./wheels/{wheel}"]
"""

CODE = """
import asyncio
import time

import bpy
import async_render as ar

outcomes = []


async def render(frames, filepath):
    settings = ar.RenderSettings(frame_start=1, frame_end=frames, filepath=filepath)
    try:
        outcomes.append(len((await ar.render_animation(settings)).files))
    except (asyncio.CancelledError, ar.RenderCancelled) as error:
        outcomes.append(type(error).__name__)
        raise


async def block():
    time.sleep(1.5)


class ALONE_OT_render(bpy.types.Operator):
    bl_idname = "alone.render"
    bl_label = "Render"

    frames: bpy.props.IntProperty()
    filepath: bpy.props.StringProperty()

    def execute(self, context):
        global task
        task = ar.run(render(self.frames, self.filepath))
        return {"FINISHED"}


class ALONE_OT_block(bpy.types.Operator):
    bl_idname = "alone.block"
    bl_label = "Block"

    def execute(self, context):
        ar.run(block())
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((ALONE_OT_render, ALONE_OT_block))
"""


@pytest.fixture
def alone(blender: Blender, extension: Path, display: Display, open_window: Open, tmp_path: Path) -> Window:
    """The window of a user who has that add-on, and not the extension."""
    home = tmp_path / "home"
    home.mkdir()
    add_on = tmp_path / "wheel_alone.zip"
    with zipfile.ZipFile(extension) as source, zipfile.ZipFile(add_on, "w") as archive:
        (wheel,) = (Path(name) for name in source.namelist() if name.endswith(".whl"))
        archive.writestr(f"wheels/{wheel.name}", source.read(str(wheel)))
        archive.writestr("blender_manifest.toml", MANIFEST.format(wheel=wheel.name))
        archive.writestr("__init__.py", CODE)
    install_extension(blender.command, home, add_on)
    save_startup_file(blender.command, home, display)
    return open_window(home=home)


def test_an_add_on_with_the_wheel_alone_renders_warns_and_cancels(alone: Window) -> None:
    window = alone
    window.exec("import bl_ext.user_default.wheel_alone as own; from async_render.blender.window import messages")
    assert window.eval("hasattr(bpy.types, 'ASYNC_RENDER_PT_output')") is False
    assert window.eval("messages.report_operator is None")
    window.exec(
        "scene = bpy.context.scene\n"
        "scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = 'CYCLES', 1, False\n"
        "scene.render.resolution_x = scene.render.resolution_y = 16\n"
        "scene.render.resolution_percentage = 100"
    )
    out, start = window.folder / "out", len(window.output)

    render(window, 3, out)
    window.wait_until("own.outcomes == [3]")
    assert sorted(file.name for file in out.iterdir()) == ["0001.png", "0002.png", "0003.png"]

    before = look(window, "before")
    window.exec("bpy.ops.alone.block()")
    assert wait_for_pop_up(window, MIDDLE, before, "blocked") != NOTHING, "a line that blocks is told in a pop-up"
    close_pop_up(window)

    render(window, 10_000, out)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    before = look(window, "rendering")
    window.display.key("Escape")
    window.wait_until("own.outcomes == [3, 'RenderCancelled']")
    assert wait_for_pop_up(window, MIDDLE, before, "esc") != NOTHING, "an Esc is told in a pop-up"
    close_pop_up(window)

    render(window, 10_000, out)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.exec("own.task.cancel()")
    window.wait_until("own.outcomes == [3, 'RenderCancelled', 'CancelledError']")
    window.wait_until("not bpy.app.is_job_running('RENDER')")

    assert "Traceback" not in window.output[start:]
    assert window.quit() == 0


def render(window: Window, frames: int, out: Path) -> None:
    window.exec(f"bpy.ops.alone.render(frames={frames}, filepath={str(out / '####')!r})")


def look(window: Window, name: str) -> Image.Image:
    window.display.move(*MIDDLE)
    window.settle()
    return around(window, MIDDLE, name)


def close_pop_up(window: Window) -> None:
    window.display.key("Escape")
    window.settle()
