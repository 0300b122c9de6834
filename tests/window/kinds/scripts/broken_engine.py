"""An engine that reports an error in each frame."""

from __future__ import annotations

import bpy


class Broken(bpy.types.RenderEngine):
    bl_idname, bl_label = "BROKEN", "Broken"

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]
        self.report({"ERROR"}, "out of coffee")


bpy.utils.register_class(Broken)
