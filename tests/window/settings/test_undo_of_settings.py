"""An undo after a render must not bring back what was set only for it."""

from __future__ import annotations

from pathlib import Path

from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from ...support.window.window import Window

SCRIPTS = Path(__file__).with_name("scripts")


def test_ctrl_z_brings_back_the_users_edits_but_never_the_settings_of_a_job(window: Window) -> None:
    make_segments_file(window)
    # Once a format was chosen; before, Blender has a colour space without a name, which Python cannot give back.
    window.exec("bpy.context.scene.render.image_settings.file_format = 'TARGA'")
    window.exec("bpy.context.scene.render.image_settings.file_format = 'PNG'")
    window.exec("bpy.context.scene.cycles.samples = 256")
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    remember_state(window)
    window.run_file(SCRIPTS / "hold_render.py")
    window.run_file(SCRIPTS / "render_with_settings.py")
    window.wait_until("held.is_set()")
    window.exec("temporary = bpy.context.scene.render.resolution_x")
    window.exec("bpy.context.scene.frame_preview_start = 5\nbpy.ops.ed.undo_push(message='While rendering')")
    window.exec("go_on.set()")
    wait_for_idle(window)
    window.exec("bpy.app.handlers.render_pre.remove(hold)")
    assert window.eval("temporary") == 64
    window.exec("bpy.context.scene.frame_preview_start = 6\nbpy.ops.ed.undo_push(message='After')")
    window.display.move(700, 450)
    window.display.key("ctrl+z")
    window.wait_until("bpy.context.scene.frame_preview_start == 5")
    window.display.screenshot(window.folder / "undone.png")
    # What the step has of its own: the user's edit, and the frame that Blender was at.
    window.exec("undone = bpy.context.scene; own = {'scene.frame_preview_start': 5, 'scene.frame_preview_end': 5}")
    window.exec(
        "for name in ('frame_current', 'frame_float', 'frame_current_final'):\n"
        "    own[f'scene.{name}'] = state(undone)[f'scene.{name}']"
    )
    window.exec("before |= own")
    assert_state_is_back(window)
    window.display.key("ctrl+z")
    window.wait_until("bpy.context.scene.frame_preview_start != 5")
    window.display.key("ctrl+shift+z")
    window.wait_until("bpy.context.scene.frame_preview_start == 5")
    assert_state_is_back(window)
    assert window.quit() == 0


NAME = "bl_ext.user_default.async_render"


def test_what_is_typed_saved_and_disabled_within_a_long_frame(window: Window) -> None:
    """The scene keeps the job's settings until Blender is done with the frame, and what the user has typed for good."""
    make_segments_file(window)
    window.exec("scene = bpy.context.scene\nown = scene.render.resolution_x, scene.render.filepath, scene.frame_end")
    window.run_file(SCRIPTS / "hold_render.py")
    window.run_file(SCRIPTS / "render_with_settings.py")
    window.wait_until("held.is_set()")
    window.exec("scene.render.resolution_y = 80")
    file = str(window.folder / "saved.blend")
    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={file!r}, copy=True)")
    window.exec("from async_render.blender.host import host, shutdown\nshutdown.RENDER_TIMEOUT = 0.0")
    window.exec("from async_render.blender.settings import journal, recovery")
    window.exec(f"bpy.ops.preferences.addon_disable(module={NAME!r})")
    window.run_file(SCRIPTS / "count_turns.py")
    window.wait_until("turns > 40")
    assert window.eval("host.host_in_use() is not None and bpy.app.is_job_running('RENDER')")
    assert window.eval("(scene.render.resolution_x, scene.render.resolution_y) == (64, 80)")
    window.exec("go_on.set()")
    window.wait_until("host.host_in_use() is None")
    now = "scene.render.resolution_x, scene.render.filepath, scene.frame_end"
    assert window.eval(f"({now}) == own")
    assert window.eval("scene.render.resolution_y") == 80
    window.exec("bpy.app.handlers.render_pre.remove(hold)")

    window.exec(f"bpy.ops.preferences.addon_enable(module={NAME!r})")
    opened = f"bpy.ops.wm.open_mainfile(filepath={file!r}, load_ui=False)\nscene = bpy.context.scene"
    window.exec(opened)
    assert window.eval(f"({now}) == own")
    assert window.eval("(scene.render.resolution_y, recovery.TOKEN in scene.keys()) == (80, False)")

    window.exec("told = []; report = recovery.report\nimport shutil; shutil.rmtree(journal.folder())")
    window.exec("recovery.report = lambda *what: (report(*what), told.append(what))\nrecovery._entries.clear()")
    window.exec(opened)
    window.wait_until("told")
    window.display.screenshot(window.folder / "told.png")
    assert window.eval("(scene.render.resolution_x, len(told), told[0][0]) == (64, 1, 'WARNING')")
    assert window.quit() == 0
