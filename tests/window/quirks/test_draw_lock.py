"""Blender may forget to allow writes again after it has drawn; a script does not notice."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from ...support.window.window import Window, WindowError

SCRIPTS = Path(__file__).with_name("scripts")

WRITE = "bpy.context.scene.frame_end = bpy.context.scene.frame_end"
LOCKED = "Writing to ID classes in this context is not allowed"


@pytest.mark.parametrize("has_add_on", [True, False])
def test_a_script_renders_though_blender_has_forgotten_to_allow_writes(window: Window, has_add_on: bool) -> None:
    make_segments_file(window)
    if not has_add_on:  # as where another add-on brings the package
        window.exec("import async_render, addon_utils\naddon_utils.disable('bl_ext.user_default.async_render')")
    remember_state(window)
    window.run_file(SCRIPTS / "render_one.py")
    window.exec("ar.get_loop()")
    window.settle()
    window.run_file(SCRIPTS / "forget_writes.py")
    window.wait_until("inside.is_set()")
    window.exec("bpy.types.DOPESHEET_HT_header.remove(draw)")
    is_forgetful = window.eval("bpy.app.version < (5, 2, 0)")  # later each thread has a flag of its own
    with pytest.raises(WindowError, match=LOCKED) if is_forgetful else nullcontext():
        window.exec(f"drawn.set(); other.join(); {WRITE}")
    window.exec("task = ar.run(render())")
    window.wait_until("task.done()")
    assert window.eval("results[-1].frames") == [1]
    assert_state_is_back(window)
    window.exec(WRITE)  # other timers can write again, too
    wait_for_idle(window)
    assert window.quit() == 0
