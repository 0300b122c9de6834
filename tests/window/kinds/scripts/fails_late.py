"""An engine that reports an error in its fourth frame, while Blender draws for a second in each turn."""

from __future__ import annotations

import time

import bpy


class FailsLate(bpy.types.RenderEngine):
    bl_idname, bl_label = "FAILS_LATE", "Fails Late"
    bl_use_preview = False

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]
        time.sleep(0.3)
        if depsgraph.scene.frame_current == 4:
            self.report({"ERROR"}, "out of coffee")


bpy.utils.register_class(FailsLate)
is_drawn = bpy.types.SpaceView3D.draw_handler_add(time.sleep, (1.0,), "WINDOW", "POST_PIXEL")
view = next(area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == "VIEW_3D")


def draw_again() -> float:
    view.tag_redraw()
    return 0.0


bpy.app.timers.register(draw_again)
