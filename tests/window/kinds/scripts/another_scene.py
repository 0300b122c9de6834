"""Another scene, and an engine that renders it until it is stopped.

The engine uses no OpenGL: two renders of Cycles at once may end 4.3's render thread, by an error of GLX.
"""

from __future__ import annotations

import time

import bpy

broken: list[bool] = []


class Waits(bpy.types.RenderEngine):
    bl_idname, bl_label = "WAITS", "Waits"

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]
        while not self.test_break():
            time.sleep(0.01)
        broken.append(True)


bpy.utils.register_class(Waits)
other = bpy.data.scenes.new("Other")
other.camera = bpy.context.scene.camera
other.render.engine = "WAITS"
other.render.filepath = "//other_"
other.frame_end = 2


def render_another_scene() -> None:
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True, scene="Other")
