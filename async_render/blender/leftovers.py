"""What comes back after a job: by an undo, a redo, or a file that was saved while Blender rendered.

Whoever edits the scene while it renders makes an undo step that has the job's settings in it, and so has a file that
is saved then, by autosave, too. So the scene carries a note with its own values while the settings are applied, as a
custom property; undo steps and files have the note too. When one is read and no job runs, the note is followed and
removed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import bpy

from .callbacks import add_handler, remove_handler
from .handlers import hearing
from .host import host_in_use
from .memory import Memory
from .properties import by_uid, find_property

NOTE = "async_render_own_settings"
"""The name of the custom property."""

_READS = ("load_post", "redo_post", "undo_post")

_persistent: Callable[[Callable[..., None]], Callable[..., None]] = bpy.app.handlers.persistent

_applied: list[tuple[int, Memory]] = []
"""What scenes with a job's settings had before: by `session_uid`, in the order in which settings were applied."""


@contextmanager
def note_kept_in(scene: bpy.types.Scene, memory: Memory) -> Iterator[None]:
    """Let the scene carry the note inside the `with` block. Blocks may be nested: the note tells of all."""
    host = host_in_use()
    _listen(until=None if host is None else host.loop)
    uid = scene.session_uid
    _applied.append((uid, memory))
    _write_note(scene)
    try:
        with hearing(("save_post",), lambda *_: register()):  # that file may be opened when the loop is gone
            yield
    finally:
        _applied.remove((uid, memory))
        now = by_uid(bpy.data.scenes, uid)
        if now is not None:
            _write_note(now)


def own_value(scene: bpy.types.Scene, path: str) -> Any:
    """What the scene has there, or had before a job's settings were applied; a datablock as `Datablock`."""
    values = [memory.values[path] for memory in _memories(scene) if path in memory.values]
    return values[0] if values else find_property(scene, path).get()


def binds_cameras(scene: bpy.types.Scene) -> bool:
    """Whether markers of the scene bind cameras, or did before a job's settings were applied."""
    markers = any(marker.camera for marker in scene.timeline_markers)
    return markers or any(memory.marker_cameras for memory in _memories(scene))


def _memories(scene: bpy.types.Scene) -> list[Memory]:
    return [memory for uid, memory in _applied if uid == scene.session_uid]


def _write_note(scene: bpy.types.Scene) -> None:
    memories = _memories(scene)
    if not memories:
        scene.pop(NOTE, None)
        return
    earliest = reduce(Memory.before, memories)
    # As users of the note, its datablocks are saved, too, and no purge of unused data takes them away.
    held = {str(index): datablock for index, datablock in enumerate(earliest.datablocks(scene))}
    scene[NOTE] = {"text": earliest.as_text(), "held": held}


def register() -> None:
    """Put right what is read from now on, until the process ends."""
    _listen(until=None)


def _listen(until: object) -> None:
    for name in _READS:
        add_handler(name, _put_right, until)


def unregister() -> None:
    """Leave nothing behind."""
    for name in _READS:
        remove_handler(name, _put_right)


@_persistent
def _put_right(*_: Any) -> None:
    for scene in bpy.data.scenes:
        note = scene.get(NOTE)
        if note is None or _memories(scene) or not scene.is_editable:
            continue
        for problem in Memory.from_text(note["text"]).restore(scene):
            print(f"Async Render: the scene {scene.name!r} could not be given back {problem}", file=sys.stderr)
        del scene[NOTE]
