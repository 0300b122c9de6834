"""Where Blender shows what it renders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy


@contextmanager
def render_display(kind: str) -> Iterator[None]:
    """Set *Render In* of the preferences while a render is started; the operator reads it then.

    `Preferences.is_dirty` stays set: whoever writes to it while a job runs has the 3D view redrawn in every turn of the
    main loop until the job ends (4.3 and 5.2: 30 draws in 30 turns of 0.25 s, with software GL).

    Args:
        kind: as `PreferencesView.render_display_type`: `"NONE"` keeps Blender from opening a window.
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
