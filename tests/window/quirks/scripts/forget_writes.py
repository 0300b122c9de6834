"""Lets Blender forget that writes are allowed.

A render thread does the same now and then: it calls Python while the main thread draws, and is done after it.
"""

from __future__ import annotations

import threading
from typing import Any

import bpy


class TEST_OT_polls(bpy.types.Operator):
    bl_idname, bl_label = "test.polls", "Polls"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:  # noqa: ARG003
        inside.set()
        drawn.wait(60)
        return False


bpy.utils.register_class(TEST_OT_polls)
inside, drawn = threading.Event(), threading.Event()
operators: Any = bpy.ops
other = threading.Thread(target=operators.test.polls.poll)


def draw(_: object, context: bpy.types.Context) -> None:
    if not inside.is_set():
        other.start()
        inside.wait(60)


header: Any = bpy.types.DOPESHEET_HT_header
header.append(draw)
for area in bpy.context.window_manager.windows[0].screen.areas:
    area.tag_redraw()
