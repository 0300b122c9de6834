"""Settings of a job that come back after it: by an undo, a redo, or a file that was saved while Blender rendered.

Whoever edits the scene while it renders makes an undo step that has the job's settings in it, and so has a file that
is saved then, by autosave, too. So the scene carries a note with its own values while the settings are applied, as a
custom property; undo steps and files have the note too. When one is read and no job runs, the note is followed and
removed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from .memory import Memory

NOTE = "async_render_own_settings"
"""The name of the custom property."""

_READS = ("load_post", "redo_post", "undo_post")

_persistent: Callable[[Callable[..., None]], Callable[..., None]] = bpy.app.handlers.persistent

_applied: list[int] = []
"""`session_uid` of the scenes that have a job's settings now."""


@contextmanager
def note_kept_in(scene: bpy.types.Scene, memory: Memory) -> Iterator[None]:
    """Let the scene carry the note inside the `with` block."""
    register()
    uid = scene.session_uid
    outer = scene.get(NOTE)
    if outer is None:
        # As users of the note, its datablocks are saved, too, and no purge of unused data takes them away.
        held = {str(index): datablock for index, datablock in enumerate(memory.datablocks(scene))}
        scene[NOTE] = {"text": memory.as_text(), "held": held}
    _applied.append(uid)
    try:
        yield
    finally:
        _applied.remove(uid)
        now = next((scene for scene in bpy.data.scenes if scene.session_uid == uid), None)
        if now is not None and outer is None:
            now.pop(NOTE, None)


def register() -> None:
    """Follow notes that are read from now on."""
    for name in _READS:
        handlers = getattr(bpy.app.handlers, name)
        if _follow_notes not in handlers:
            handlers.append(_follow_notes)


def unregister() -> None:
    """Leave nothing behind."""
    for name in _READS:
        handlers = getattr(bpy.app.handlers, name)
        if _follow_notes in handlers:
            handlers.remove(_follow_notes)


@_persistent
def _follow_notes(*_: Any) -> None:
    for scene in bpy.data.scenes:
        note = scene.get(NOTE)
        if note is None or scene.session_uid in _applied or not scene.is_editable:
            continue
        for problem in Memory.from_text(note["text"]).restore(scene):
            print(f"Async Render: the scene {scene.name!r} could not be given back {problem}", file=sys.stderr)
        del scene[NOTE]
