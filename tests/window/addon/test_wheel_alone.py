"""An add-on that bundles the wheel, where the extension is not installed: all works, and messages are reports."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PIL import Image

from ...support.window.blenders import Blender
from ...support.window.display import Display
from ...support.window.panels import (
    STATUS_BAR_CANCEL,
    click_cross,
    open_panel,
    wait_for_redraw,
    wait_for_report,
    wait_for_states,
)
from ...support.window.pop_ups import MIDDLE, NOTHING, around, size_of_change
from ...support.window.window import Open, Window, install_extension, save_startup_file

SCRIPTS = Path(__file__).with_name("scripts")

ADD_ON = SCRIPTS / "wheel_alone"


@pytest.fixture
def alone(blender: Blender, extension: Path, display: Display, open_window: Open, tmp_path: Path) -> Window:
    """The window of a user who has that add-on, and not the extension."""
    home = tmp_path / "home"
    home.mkdir()
    add_on = tmp_path / "wheel_alone.zip"
    with zipfile.ZipFile(extension) as source, zipfile.ZipFile(add_on, "w") as archive:
        (wheel,) = (Path(name) for name in source.namelist() if name.endswith(".whl"))
        archive.writestr(f"wheels/{wheel.name}", source.read(str(wheel)))
        manifest = (ADD_ON / "blender_manifest.toml").read_text()
        archive.writestr("blender_manifest.toml", manifest.replace("WHEEL", wheel.name))
        archive.write(ADD_ON / "__init__.py", "__init__.py")
    install_extension(blender.command, home, add_on)
    save_startup_file(blender.command, home, display)
    return open_window(home=home)


def test_an_add_on_with_the_wheel_alone_renders_warns_and_cancels(alone: Window) -> None:
    window = alone
    window.exec("import bl_ext.user_default.wheel_alone as own")
    assert window.eval("hasattr(bpy.types, 'ASYNC_RENDER_PT_output')") is False
    window.run_file(SCRIPTS / "tiny_scene.py")
    out, start = window.folder / "out", len(window.output)

    render(window, 3, out)
    window.wait_until("own.outcomes == [3]")
    assert sorted(file.name for file in out.iterdir()) == ["0001.png", "0002.png", "0003.png"]

    before = look(window, "before")
    window.exec("bpy.ops.alone.block()")
    window.wait_for_output("blocked the window for")
    window.settle()
    assert size_of_change(before, look(window, "blocked")) == NOTHING, "no pop-up takes the keyboard"

    render(window, 10_000, out)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    look(window, "rendering")  # the mouse is in the middle; the line of the current frame moves there
    window.display.key("Escape")
    window.wait_until("own.outcomes == [3, 'RenderCancelled']")
    window.wait_for_output("was cancelled in Blender")
    window.settle()
    assert size_of_change(before, look(window, "esc")) == NOTHING, "no pop-up takes the keyboard"

    render(window, 10_000, out)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.exec("own.task.cancel()")
    window.wait_until("own.outcomes == [3, 'RenderCancelled', 'CancelledError']")
    window.wait_until("not bpy.app.is_job_running('RENDER')")

    assert "Traceback" not in window.output[start:]
    assert window.quit() == 0


def test_its_operators_are_seen_and_cancelled_and_a_panel_of_its_own_has_the_list(alone: Window) -> None:
    window = alone
    open_panel(window)
    before = look(window, "idle")
    window.exec("bpy.ops.alone.wait('INVOKE_DEFAULT')")
    wait_for_report(window, "two shots are to be rendered")
    wait_for_redraw(window)
    assert size_of_change(before, look(window, "waiting")) == NOTHING, "no pop-up takes the keyboard"
    click_cross(window, 1)  # in the panel of its own
    wait_for_states(window, "CANCELLED")
    window.exec("bpy.ops.alone.wait('INVOKE_DEFAULT')")
    wait_for_redraw(window)
    window.display.click(*STATUS_BAR_CANCEL)
    wait_for_states(window, "CANCELLED", "CANCELLED")
    window.exec("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.wheel_alone')")
    left = "{name for name in dir(bpy.types) if name.startswith('ASYNC_RENDER')}"
    window.wait_until(f"{left} <= {{'ASYNC_RENDER_OT_open_lock'}}")  # of the loop, which lives on in 4.3
    look(window, "disabled")
    assert window.quit() == 0


def render(window: Window, frames: int, out: Path) -> None:
    window.exec(f"bpy.ops.alone.render(frames={frames}, filepath={str(out / '####')!r})")


def look(window: Window, name: str) -> Image.Image:
    window.display.move(*MIDDLE)
    window.settle()
    return around(window, MIDDLE, name)
