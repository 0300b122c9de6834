"""An undo after a render must not bring back what was set only for it."""

from __future__ import annotations

from .scenes import assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from .window import Window

RENDER = """
import async_render as ar
settings = ar.RenderSettings(
    filepath="//out/{camera}_{frame:04d}", resolution_x=64, resolution_y=48, file_format="JPEG", frames="1-2",
    frame_start=1, frame_end=2, film_transparent=True, overrides={"cycles.max_bounces": 3})
ar.run(ar.render_animation(settings))
"""

# The render is not over before the user has done something meanwhile.
HOLD = """
import threading
held, go_on = threading.Event(), threading.Event()
def hold(*_):
    held.set()
    go_on.wait(60)
bpy.app.handlers.render_pre.append(hold)
"""


def test_ctrl_z_brings_back_the_users_edits_but_never_the_settings_of_a_job(window: Window) -> None:
    make_segments_file(window)
    # Once a format was chosen; before, Blender has a colour space without a name, which Python cannot give back.
    window.exec("bpy.context.scene.render.image_settings.file_format = 'TARGA'")
    window.exec("bpy.context.scene.render.image_settings.file_format = 'PNG'")
    window.exec("bpy.context.scene.cycles.samples = 256")
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    remember_state(window)
    window.exec(HOLD)
    window.exec(RENDER)
    window.wait_until("held.is_set()")
    window.exec("temporary = bpy.context.scene.render.resolution_x")
    window.exec("bpy.context.scene.frame_preview_start = 5\nbpy.ops.ed.undo_push(message='While rendering')")
    window.exec("go_on.set()")
    wait_for_idle(window)
    window.exec("bpy.app.handlers.render_pre.remove(hold)")
    assert window.eval("temporary") == 64
    window.exec("bpy.context.scene.frame_preview_start = 6\nbpy.ops.ed.undo_push(message='After')")
    window.display.move(700, 400)
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
