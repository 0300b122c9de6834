"""The recovery of a scene's settings after an undo, a redo, or the load of a file that was saved while Blender
rendered. After a job itself `apply.py` restores the settings.

A user who edits the scene while it renders makes an undo step with the job's settings. A file that is saved then has
the job's settings, too, and so has an autosave. Therefore the scene has a token while settings are applied, as a custom
property, and undo steps and files have the token with it. The user's journal has a snapshot of the scene and the values
of the job. When a token is read and no job runs, the snapshot is restored, where the scene still has the job's values.

A .blend file may come from anybody, and nothing in it is obeyed. Somebody who has seen a token may put the token into
another file. At worst that file's settings, where they equal the job's, become the user's own settings then. A token
that the journal does not know stays as it is, and the user is warned.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import Any

import bpy

from ...pool.worker_process.program import is_worker
from ..datablocks import by_uid
from ..handler_lists import Handler, add_handler, add_timer, remove_handler, remove_timer
from ..window.messages import report
from . import journal
from .properties import find_property
from .snapshot import Snapshot

log = logging.getLogger("async_render")

TOKEN = "async_render_job"  # noqa: S105 - no password: who knows it can do nothing with it
"""The name of the custom property with the token."""

HELD = "async_render_held"
"""The name of a custom property that uses the datablocks that only the journal names. So Blender saves them, and no
purge of unused data removes them. Nobody reads this property."""

OLD_NOTE = "async_render_own_settings"
"""The name of a property that versions before the journal left in files, with values that are not obeyed."""

_UNDO_STEPS = 256
"""Jobs whose snapshots are kept in memory: Blender keeps no more undo steps."""

_persistent: Callable[[Callable[..., None]], Callable[..., None]] = bpy.app.handlers.persistent

_active: list[tuple[int, Snapshot]] = []
"""The snapshots of scenes with a job's settings, by `session_uid`, in the order in which settings were applied."""

_tokens: dict[int, str] = {}
"""The tokens of scenes with a job's settings, by `session_uid`."""

_unknown_before: dict[int, str] = {}
"""The tokens that scenes with a job's settings had before, and that this journal does not know. The journal of another
user may know them."""

_current: dict[str, Snapshot] = {}
"""The snapshots for a file that is saved now, by token."""

_entries: OrderedDict[str, Snapshot] = OrderedDict()
"""The snapshots for undo steps of this Blender's jobs, by token, the latest last. An undo step may stem from any range
of a job, so a snapshot has the values of all its ranges."""

_saved: set[str] = set()
"""The tokens that a scene had when a file was saved."""

_messages: list[str] = []
"""Messages that wait for a window: while a file loads there is none."""

_warned: set[str] = set()
"""The warnings that the user has had: each is given once."""

_folder = Path()
"""The folder of the journal. Files are also saved on the render thread, which must not ask Blender."""


@contextmanager
def marked(scene: bpy.types.Scene, snapshot: Snapshot) -> Iterator[None]:
    """Give the scene its token inside the `with` block. Nested blocks share one token."""
    _listen(until=_running_loop())
    uid = scene.session_uid
    is_first = uid not in _tokens
    if is_first:
        before = scene.get(TOKEN)
        if journal.is_token(before):
            _unknown_before[uid] = str(before)
        _tokens[uid] = journal.new_token()
    _active.append((uid, snapshot))
    try:
        _hold(scene, snapshot)
        snapshot.mark_layers(scene, _tokens[uid])
        _write_entry(uid, snapshot, is_first)
        scene[TOKEN] = _tokens[uid]
        yield
    finally:
        _active[:] = [active for active in _active if active[1] is not snapshot]  # another block's may equal this one
        if is_first:
            _unmark(uid)
        else:
            _current[_tokens[uid]] = _merged(uid)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _unmark(uid: int) -> None:
    token, unknown = _tokens.pop(uid), _unknown_before.pop(uid, None)
    _current.pop(token, None)
    if token in _saved:
        _saved.discard(token)
        register()  # that file may be opened when the loop is gone
    scene = by_uid(bpy.data.scenes, uid)
    if scene is None or scene.get(TOKEN) != token:  # an undo has brought back another token, or none
        return
    scene.pop(HELD, None)
    if unknown is None:
        del scene[TOKEN]
    else:
        scene[TOKEN] = unknown


def _merged(uid: int) -> Snapshot:
    return reduce(Snapshot.followed_by, (snapshot for of, snapshot in _active if of == uid))


def _write_entry(uid: int, snapshot: Snapshot, is_first: bool) -> None:
    global _folder
    token = _tokens[uid]
    _current[token] = _merged(uid)
    _entries[token] = _entries[token].followed_by(snapshot) if token in _entries else snapshot
    while len(_entries) > _UNDO_STEPS:
        _entries.popitem(last=False)
    _folder = journal.folder()
    if is_worker():  # nobody saves its copy of a file, and its many jobs would push out the user's entries
        return
    try:
        journal.write(_folder, token, journal.as_text(_current[token]), is_saved=False)
        if is_first:
            journal.clean(_folder)
    except (OSError, TypeError, ValueError) as error:
        _warn_of_journal(error)


def _warn_of_journal(error: Exception) -> None:
    if "journal" not in _warned:
        _warned.add("journal")
        log.warning(
            "a file that is saved while it renders will open with the render's settings: the journal in %r cannot be "
            "written: %s",
            str(_folder),
            error,
        )


def _hold(scene: bpy.types.Scene, snapshot: Snapshot) -> None:
    new = [datablock for datablock in snapshot.datablocks(scene) if not datablock.users]
    if new:
        there = scene.get(HELD) if len(snapshots_of(scene)) > 1 else None
        held = [*there.values(), *new] if there else new
        scene[HELD] = {str(index): datablock for index, datablock in enumerate(held)}


def original_value(scene: bpy.types.Scene, path: str) -> Any:
    """Return the value that the scene has by itself, whatever a job has set. A datablock is returned as `Datablock`."""
    found = find_property(scene, path)
    value = found.get()
    for snapshot in reversed(snapshots_of(scene)):
        value = snapshot.original_value(scene, found, value)
    return value


def set_for_job(scene: bpy.types.Scene, path: str, value: Any) -> None:
    """Change a value of a job while the job runs. The scene's own value is restored with the others."""
    find_property(scene, path).set(value)
    for snapshot in reversed(snapshots_of(scene)):
        if snapshot.add_job_values(path, value):
            return


def binds_cameras(scene: bpy.types.Scene) -> bool:
    """Return whether markers of the scene bind cameras, or did before a job's settings were applied."""
    markers = any(marker.camera for marker in scene.timeline_markers)
    return markers or any(snapshot.marker_cameras for snapshot in snapshots_of(scene))


def snapshots_of(scene: bpy.types.Scene) -> list[Snapshot]:
    """Return the snapshots of a scene that has a job's settings, the outermost block's first."""
    return [snapshot for uid, snapshot in _active if uid == scene.session_uid]


def register() -> None:
    """Add the handlers that recover settings after an undo, a redo or a load. They stay until the process ends."""
    _listen(until=None)


def _listen(until: object) -> None:
    for name, function in _HANDLERS.items():
        add_handler(name, function, until)


def unregister() -> None:
    """Remove the handlers and the timer."""
    for name, function in _HANDLERS.items():
        remove_handler(name, function)
    remove_timer(_report)


def recover() -> None:
    """Restore scenes that have a token while no job runs. Warn of tokens that the journal does not know."""
    unknown: list[bpy.types.Scene] = []
    old: list[bpy.types.Scene] = []
    for scene in bpy.data.scenes:
        try:
            if scene.session_uid in _tokens or not scene.is_editable:
                continue
            if scene.get(TOKEN) is not None and not _recover_scene(scene):
                unknown.append(scene)
            if scene.get(OLD_NOTE) is not None:
                old.append(scene)
        except Exception:  # noqa: BLE001 - whatever stands in one scene, the others are served
            traceback.print_exc()
    _warn_once(unknown, TOKEN, "its own settings are not in the journal of this user on this computer")
    _warn_once(old, OLD_NOTE, "its own settings stand in a note of an older version, which is not followed any more")


def _recover_scene(scene: bpy.types.Scene) -> bool:
    token = scene.get(TOKEN)
    if not journal.is_token(token):
        return False
    snapshot = _entries.get(token) or journal.read(journal.folder(), token)
    if snapshot is None:
        return False
    log.info(
        "the own settings of the scene %r are restored: it was saved, or is undone, as a render had it", scene.name
    )
    for problem in snapshot.restore(scene):
        print(
            f"Async Render: the scene {scene.name!r} has a setting that could not be restored: {problem}",
            file=sys.stderr,
        )
    snapshot.remove_marks(scene)
    del scene[TOKEN]
    scene.pop(HELD, None)
    return True


def _warn_once(scenes: list[bpy.types.Scene], key: str, why: str) -> None:
    new = {f"{key} in {scene.name!r} of {bpy.data.filepath!r}": scene.name for scene in scenes}
    names = [name for what, name in new.items() if what not in _warned]
    if not names:
        return
    _warned.update(new)
    others = f" and {len(names) - 3} more" if len(names) > 3 else ""
    message = (
        f"The scene {', '.join(map(repr, names[:3]))}{others} was saved while it rendered, and has the settings of "
        f"that render: {why}. Check its Output and Render properties; to end this warning, delete the custom "
        f"property {key!r} of the scene"
    )
    print(f"Async Render: {message}", file=sys.stderr)
    if not bpy.app.background:
        _messages.append(message)
        add_timer(_report, 0.0)


def _report() -> None:
    while _messages:
        report("WARNING", _messages.pop(0))


@_persistent
def _after_load(*_: Any) -> None:
    for token, snapshot in _entries.items():
        _entries[token] = snapshot.without_uids()
    recover()


@_persistent
def _after_undo(*_: Any) -> None:
    recover()


@_persistent
def _before_save(*_: Any) -> None:
    """Write the journal, on whichever thread saves the file. Nothing of Blender is read there."""
    for token, snapshot in list(_current.items()):
        _saved.add(token)
        try:
            journal.write(_folder, token, journal.as_text(snapshot), is_saved=True)
        except (OSError, TypeError, ValueError) as error:
            _warn_of_journal(error)


_HANDLERS: dict[str, Handler] = {
    "load_post": _after_load,
    "redo_post": _after_undo,
    "undo_post": _after_undo,
    "save_pre": _before_save,
}
