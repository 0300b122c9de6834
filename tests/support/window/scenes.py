"""Files and scripts that the window tests open, and what they look for afterwards."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import median

from .blenders import ROOT
from .window import Window

SCRIPTS = Path(__file__).with_name("scripts")
"""Files that run inside Blender."""

EXAMPLE = ROOT / "examples" / "render_segments.py"
STATE = ROOT / "tests" / "support" / "scene_state.py"

MODAL_OPERATORS = "[item.bl_idname for w in bpy.context.window_manager.windows for item in w.modal_operators]"

HEADER = 41
"""The middle of the text editor's header in the *Scripting* workspace, pixels from the top."""


SMALL = (32, 18)
"""The pictures of `make_segments_file`: a tenth of the example's, which take a hundredth of their CPU time."""

AS_THE_EXAMPLE = "resolution_percentage=1000"
"""For a render that has to last a while: in the file of `make_segments_file` 320 x 180."""


def make_segments_file(window: Window) -> Path:
    """Give the window the example's scene, with markers, in a file of its own; the scene is its active one.

    Its pictures are small, and a frame takes one core: renders are most of what window tests take of the CPU.
    """
    definitions = EXAMPLE.read_text().replace("ar.run(main())", "")
    assert definitions != EXAMPLE.read_text()
    file = window.folder / "scene.blend"
    window.exec(definitions)
    window.exec("bpy.context.window.scene = build_scene(); made = bpy.context.window.scene.render")
    window.exec(f"made.resolution_x, made.resolution_y = {SMALL}; made.threads_mode, made.threads = 'FIXED', 1")
    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={str(file)!r})")
    return file


def open_text(window: Window, file: Path) -> None:
    """Show a script in the text editor of the *Scripting* workspace."""
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")
    window.wait_until("bpy.context.screen.name == 'Scripting'")
    window.run_file(SCRIPTS / "texts.py")
    window.exec(f"text, editor = show_file({str(file)!r})")
    window.settle()


def show_text(window: Window, source: str) -> None:
    """Show an unsaved text named `Unsaved`."""
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")
    window.wait_until("bpy.context.screen.name == 'Scripting'")
    window.run_file(SCRIPTS / "texts.py")
    window.exec(f"text, editor = show_source({source!r})")
    window.settle()


def choose_in_text_menu(window: Window) -> None:
    """Click *Text*, and choose its last entry."""
    window.display.click(window.eval("editor.x") + 109, HEADER)
    choose_last(window)


def choose_in_render_menu(window: Window) -> None:
    """Click *Render*, and choose its last entry."""
    window.display.click(128, 14)
    choose_last(window)


def choose_last(window: Window) -> None:
    """Choose the last entry of the open menu."""
    window.settle()
    window.display.screenshot(window.folder / "menu.png")
    window.display.key("Up", "Return")


def remember_state(window: Window) -> None:
    """Remember the values of the active scene, for `assert_state_is_back`."""
    window.run_file(STATE)
    window.exec("before = state(bpy.context.scene)")


def assert_state_is_back(window: Window) -> None:
    """The active scene has the values that it had; no handler of ours is left."""
    changed = (
        "{name: (before[name], value) for name, value in state(bpy.context.scene).items() if before[name] != value}"
    )
    now = window.eval(changed)
    assert now == {}, f"changed, from and to: {now}"
    handlers = (
        "[h for name in dir(bpy.app.handlers) if name.startswith('render') for h in getattr(bpy.app.handlers, name)]"
    )
    assert window.eval(handlers) == []


def wait_for_state(window: Window) -> None:
    """Wait until the active scene has the values that it had, where no coroutine is left to wait for."""
    window.wait_until("state(bpy.context.scene) == before")
    assert_state_is_back(window)


def wait_for_files(window: Window, pattern: str, count: int) -> None:
    """Wait until so many files are in the window's folder."""
    window.wait_until(f"len(list(__import__('pathlib').Path({str(window.folder)!r}).glob({pattern!r}))) >= {count}")


def wait_for_idle(window: Window, timeout: float = 120.0) -> None:
    """Wait until no coroutine runs and no render job is left."""
    window.exec("import asyncio; from async_render.blender.host.host import get_host")
    window.wait_until(
        "not asyncio.all_tasks(get_host().loop) and not bpy.app.is_job_running('RENDER')", timeout=timeout
    )


def turns_a_second(window: Window) -> float:
    """How often Blender's main loop turned since `measure_ticks` was registered, in the median."""
    moments: list[float] = window.eval("ticks")
    gaps = [after - before for before, after in pairwise(moments)]
    assert len(gaps) > 20
    return 1 / median(gaps)
