"""Segment Renderer: a queue of the segments between timeline markers, in the Output properties.

A finished add-on on top of async_render: its renders are a coroutine, and there is no modal operator, no timer and no
render handler in it. To build it, put the wheel of async_render into the folder `wheels` and run

    blender --command extension build
"""

from dataclasses import dataclass
from typing import Any

import bpy

import async_render as ar

FILEPATH = "//segments/{}_####"

ICONS = {"Waiting": "TIME", "Rendering": "RENDER_ANIMATION", "Done": "CHECKMARK", "Failed": "ERROR"}


@dataclass(eq=False)
class Entry:
    """A segment in the queue; it knows its scene by name, for the user may delete it meanwhile."""

    segment: ar.Segment
    state: str = "Waiting"


queue: list[Entry] = []


class SEGMENT_RENDERER_OT_add(bpy.types.Operator):
    """Add a segment to the queue"""

    bl_idname = "segment_renderer.add"
    bl_label = "Add Segment"
    bl_options = {"INTERNAL"}

    index: bpy.props.IntProperty(options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> Any:
        segments = ar.segments(context.scene.name)
        if not 0 <= self.index < len(segments):
            self.report({"ERROR"}, f"Segment {self.index} does not exist; there are {len(segments)}")
            return {"CANCELLED"}
        queue.append(Entry(segments[self.index]))
        return {"FINISHED"}


class SEGMENT_RENDERER_OT_add_all(bpy.types.Operator):
    """Add all segments of the scene to the queue"""

    bl_idname = "segment_renderer.add_all"
    bl_label = "Add All Segments"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(context.scene.timeline_markers) and not SEGMENT_RENDERER_OT_render.is_running()

    def execute(self, context: bpy.types.Context) -> Any:
        queue.extend(Entry(segment) for segment in ar.segments(context.scene.name))
        return {"FINISHED"}


class SEGMENT_RENDERER_OT_remove(bpy.types.Operator):
    """Remove a segment from the queue"""

    bl_idname = "segment_renderer.remove"
    bl_label = "Remove Segment"
    bl_options = {"INTERNAL"}

    index: bpy.props.IntProperty(options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> Any:
        if 0 <= self.index < len(queue) and queue[self.index].state != "Rendering":
            del queue[self.index]
        return {"FINISHED"}


class SEGMENT_RENDERER_OT_render(ar.AsyncOperator):
    """Render all segments that wait in the queue"""

    bl_idname = "segment_renderer.render"
    bl_label = "Render Queue"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not cls.is_running() and bool(waiting())

    async def run(self, context: bpy.types.Context) -> None:
        entries: list[Entry] = []
        while left := waiting():
            self.progress(len(entries) / (len(entries) + len(left)))
            await self.render(left[0])
            entries.append(left[0])
        rendered = [entry for entry in entries if entry.state == "Done"]
        self.report({"INFO"}, f"{len(rendered)} of {len(entries)} segments were rendered")

    async def render(self, entry: Entry) -> None:
        """Render one segment; when it fails, the others are rendered nevertheless."""
        entry.state = "Rendering"
        redraw()
        try:
            await ar.render_animation(entry.segment.settings(filepath=FILEPATH.format(entry.segment.filename)))
            entry.state = "Done"
        except ar.RenderCancelled:
            raise  # Esc ends the whole queue
        except ar.RenderError as error:
            entry.state = "Failed"
            self.report({"ERROR"}, str(error))
        finally:
            if entry.state == "Rendering":
                entry.state = "Waiting"
            redraw()


class SEGMENT_RENDERER_OT_cancel(bpy.types.Operator):
    """Stop rendering; what has not been rendered stays in the queue"""

    bl_idname = "segment_renderer.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return SEGMENT_RENDERER_OT_render.is_running()

    def execute(self, context: bpy.types.Context) -> Any:
        SEGMENT_RENDERER_OT_render.cancel_running()
        return {"FINISHED"}


class SEGMENT_RENDERER_PT_queue(bpy.types.Panel):
    """The segments of the scene, and the queue"""

    bl_label = "Segment Renderer"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "output"

    def draw(self, context: bpy.types.Context) -> None:
        if not SEGMENT_RENDERER_OT_render.is_running():  # the scene's range is that of the segment then
            draw_segments(self.layout, context.scene)
        draw_queue(self.layout)


def draw_segments(layout: Any, scene: Any) -> None:
    """What can be added."""
    try:
        segments = ar.segments(scene.name)
    except ar.RenderError:
        layout.label(text="Add timeline markers to make segments", icon="INFO")
        return
    column = layout.column(align=True)
    for index, segment in enumerate(segments):
        row = column.row()
        row.label(text=segment.name, icon="MARKER_HLT", translate=False)
        row.label(text=f"{segment.frame_start}–{segment.frame_end}", translate=False)
        row.operator(SEGMENT_RENDERER_OT_add.bl_idname, text="", icon="ADD", emboss=False).index = index
    layout.operator(SEGMENT_RENDERER_OT_add_all.bl_idname)


def draw_queue(layout: Any) -> None:
    """What waits, what is rendered, and what is done."""
    if not queue:
        return
    column = layout.box().column(align=True)
    for index, entry in enumerate(queue):
        row = column.row()
        row.label(text=entry.segment.name, icon=ICONS[entry.state], translate=False)
        row.label(text=entry.state)
        row.operator(SEGMENT_RENDERER_OT_remove.bl_idname, text="", icon="X", emboss=False).index = index
    row = layout.row(align=True)
    row.operator(SEGMENT_RENDERER_OT_render.bl_idname, icon="RENDER_ANIMATION")
    row.operator(SEGMENT_RENDERER_OT_cancel.bl_idname, icon="CANCEL")


def waiting() -> list[Entry]:
    """The entries that are still to be rendered."""
    return [entry for entry in queue if entry.state == "Waiting"]


def redraw() -> None:
    """Show the panel as it is now."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PROPERTIES":
                area.tag_redraw()


classes = (
    SEGMENT_RENDERER_OT_add,
    SEGMENT_RENDERER_OT_add_all,
    SEGMENT_RENDERER_OT_remove,
    SEGMENT_RENDERER_OT_render,
    SEGMENT_RENDERER_OT_cancel,
    SEGMENT_RENDERER_PT_queue,
)

register_classes, unregister_classes = bpy.utils.register_classes_factory(classes)


@bpy.app.handlers.persistent
def clear_queue(*_: Any) -> None:
    """Another file has other segments."""
    queue.clear()


def register() -> None:
    register_classes()
    bpy.app.handlers.load_post.append(clear_queue)


def unregister() -> None:
    if clear_queue in bpy.app.handlers.load_post:  # other add-ons may have cleared the list
        bpy.app.handlers.load_post.remove(clear_queue)
    unregister_classes()
    queue.clear()
