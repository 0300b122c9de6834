"""A modal operator that ends after five ticks of its timer."""

from typing import Any

import bpy


class TEST_OT_modal(bpy.types.Operator):
    bl_idname, bl_label, bl_options = "test.modal", "Modal", {"REGISTER"}
    end: bpy.props.StringProperty(default="FINISHED")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:
        self.turns = 0
        self.timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:
        self.turns += event.type == "TIMER"
        if self.turns < 5:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self.timer)
        return {self.end}


bpy.utils.register_class(TEST_OT_modal)
