"""The example add-on, built with the wheel in it, installed by Blender, and used with the mouse."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from ...support.pictures import assert_segments_rendered
from ...support.window.blenders import ROOT, Blender
from ...support.window.display import HEIGHT, WIDTH
from ...support.window.scenes import SMALL, assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from ...support.window.window import Window, WindowError, environment, install_extension, run_blender

ADD_ON = ROOT / "examples" / "segment_renderer"


@pytest.fixture(scope="module")
def add_on(extension: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its ZIP, with the same wheel that is in our extension."""
    file = tmp_path_factory.mktemp("add_on") / "segment_renderer.zip"
    with zipfile.ZipFile(extension) as ours, zipfile.ZipFile(file, "w") as archive:
        (wheel,) = [name for name in ours.namelist() if name.endswith(".whl")]
        archive.writestr(wheel, ours.read(wheel))
        for name in ("blender_manifest.toml", "__init__.py"):
            archive.write(ADD_ON / name, name)
    return file


def install(blender: Blender, home: Path, zipped: Path) -> None:
    valid = run_blender(blender.command, home, "--command", "extension", "validate", shutil.copy(zipped, home))
    assert valid.returncode == 0, valid.stdout + valid.stderr
    install_extension(blender.command, home, zipped)


@pytest.fixture(scope="module")
def profile(blender: Blender, profile: Path, add_on: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder with both extensions; each brings the wheel."""
    home = Path(shutil.copytree(profile, tmp_path_factory.mktemp("both") / "home"))
    install(blender, home, add_on)
    return home


def test_segments_are_queued_and_rendered_with_the_mouse(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.scene.render.resolution_percentage = 1000")  # it has to last until somebody looks
    remember_state(window)
    show_panel(window)
    window.display.click(X_OF_BUTTONS, FIRST_SEGMENT)
    window.wait_until(f"{QUEUE} == [['Red', 'Waiting']]")
    window.settle()
    scroll_to_end(window)
    window.display.click(X, ADD_ALL_ABOVE_ONE)
    window.wait_until(f"[name for name, _ in {QUEUE}] == ['Red', 'Red', 'Green', 'Blue']")
    window.settle()
    scroll_to_end(window)
    window.display.screenshot(window.folder / "queued.png")
    window.display.click(X_OF_BUTTONS, LAST_QUEUED - 3 * ROW)
    window.wait_until(f"[name for name, _ in {QUEUE}] == ['Red', 'Green', 'Blue']")
    window.settle()
    scroll_to_end(window)
    window.display.click(X_OF_RENDER, LAST_ROW)
    window.wait_until("bpy.app.is_job_running('RENDER')")
    assert window.eval(TASKS) == ["Render Queue"]  # on the one loop that our own extension has, too
    window.settle()
    window.display.screenshot(window.folder / "rendering.png")
    wait_for_idle(window)
    window.settle()
    window.display.screenshot(window.folder / "rendered.png")
    assert window.eval(QUEUE) == [["Red", "Done"], ["Green", "Done"], ["Blue", "Done"]]
    assert_segments_rendered(window.folder / "segments")
    assert_state_is_back(window)
    assert window.quit() == 0


def test_esc_leaves_what_was_not_rendered_in_the_queue(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.scene.cycles.samples, bpy.context.scene.render.resolution_percentage = 2048, 1000")
    show_panel(window)
    window.exec("bpy.ops.segment_renderer.add_all(); bpy.ops.segment_renderer.render('INVOKE_DEFAULT')")
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.display.move(500, 400)
    window.display.key("Escape")
    wait_for_idle(window)
    assert {state for _, state in window.eval(QUEUE)} == {"Waiting"}
    window.wait_until("[activity.state.name for activity in activities][0] == 'CANCELLED'")
    assert window.quit() == 0


def test_the_queue_goes_with_its_file_and_knows_its_segments(window: Window) -> None:
    file = make_segments_file(window)
    show_panel(window)
    window.exec("bpy.ops.segment_renderer.add_all()")
    with pytest.raises(WindowError, match="Segment 7 does not exist; there are 3"):
        window.exec("bpy.ops.segment_renderer.add(index=7)")
    assert len(window.eval(QUEUE)) == 3
    window.exec(f"bpy.ops.wm.open_mainfile(filepath={str(file)!r})")
    assert window.eval(QUEUE) == []
    window.exec("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.segment_renderer')")
    assert window.eval("[handler.__name__ for handler in bpy.app.handlers.load_post].count('clear_queue')") == 0
    assert window.quit() == 0


def test_alone_it_brings_what_it_needs(
    window: Window, blender: Blender, add_on: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = make_segments_file(window)
    home = tmp_path_factory.mktemp("alone")
    install(blender, home, add_on)
    assert blender.command is not None
    ended = subprocess.run(
        [*blender.command, "-b", file, "--python-exit-code", "1", "--python-expr", RENDER_ALL],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Info: 3 of 3 segments were rendered" in ended.stdout
    assert_segments_rendered(file.parent / "segments", SMALL)


RENDER_ALL = "import bpy; bpy.ops.segment_renderer.add_all(); bpy.ops.segment_renderer.render()"

TASKS = (
    "[name for task in asyncio.all_tasks(ar.get_loop()) if not (name := task.get_name()).startswith('async_render ')]"
)

QUEUE = "[[entry.segment.name, entry.state] for entry in queue]"

# Where things are when the panel is scrolled to its end, in pixels from the top.
LAST_ROW = HEIGHT - 44
FIRST_SEGMENT = HEIGHT - 112
ADD_ALL_ABOVE_ONE = HEIGHT - 107
LAST_QUEUED = HEIGHT - 75
ROW = 21
X, X_OF_BUTTONS, X_OF_RENDER = WIDTH - 150, WIDTH - 33, WIDTH - 190


def show_panel(window: Window) -> None:
    """Show the end of the Output properties: the panel of the add-on is the last."""
    window.exec("import asyncio, sys, async_render as ar")
    window.exec("from async_render.render.activity import activities")
    window.exec("queue = sys.modules['bl_ext.user_default.segment_renderer'].queue")
    window.exec("properties = next(area for area in bpy.context.screen.areas if area.type == 'PROPERTIES')")
    window.exec("properties.spaces.active.context = 'OUTPUT'")
    window.settle()
    scroll_to_end(window)
    window.display.screenshot(window.folder / "panel.png")


def scroll_to_end(window: Window) -> None:
    window.display.move(X, 800)
    window.display.scroll_down(80)
    window.settle()
