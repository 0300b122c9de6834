"""A snapshot of a session that a user works in: afterwards everything is as before."""

from __future__ import annotations

from pathlib import Path

from ...support.window.scenes import make_segments_file
from ...support.window.window import Window

SCRIPTS = Path(__file__).with_name("scripts")


def test_a_snapshot_leaves_undo_recent_files_and_unsaved_changes_as_they_are(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS.parent.parent / "kinds" / "scripts" / "noted.py")
    window.run_file(SCRIPTS / "session_facts.py")
    window.exec("change(33); change(44)")
    before = window.eval("facts()")
    for count in (1, 2):
        window.exec("log.clear(); ar.run(noted(take()))")
        window.wait_until("'end' in log")
        assert window.eval("log") == ["scene.blend", "end"]
        assert window.eval("len(keys)") == count
    assert window.eval("facts()") == before
    assert window.eval("len(set(keys))") == 1, "nothing has changed between the two"
    window.exec("bpy.ops.ed.undo()")
    assert window.eval("bpy.context.scene.frame_end") == 33
    window.exec("bpy.ops.ed.redo()")
    assert window.eval("bpy.context.scene.frame_end") == 44
    assert window.quit() == 0
