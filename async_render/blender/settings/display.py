"""The preference *Render In*: where Blender shows the picture of a render."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy


@contextmanager
def render_display(kind: str) -> Iterator[None]:
    """Set *Render In* of the preferences inside the `with` block, in which a render starts: the operator reads it then.

    `Preferences.is_dirty` stays set. To write to the property while a job runs makes Blender draw the 3D view in
    every main-loop turn until the job ends. In 4.3 and 5.2: 30 drawings in 30 turns of 0.25 s, with software OpenGL.

    Args:
        kind: as `PreferencesView.render_display_type`; with `"NONE"` Blender opens no window.
    """
    preferences: Any = bpy.context.preferences
    view = preferences.view
    old = view.render_display_type
    if old != kind:
        view.render_display_type = kind
    try:
        yield
    finally:
        if view.render_display_type != old:
            view.render_display_type = old
