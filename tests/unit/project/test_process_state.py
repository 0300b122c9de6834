"""What a test must not leave behind in its process."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from async_render.output import locked_folders
from async_render.output.locked_folders import LockedFolder

from ...support.process_state import ProcessState


def test_nothing_is_said_of_a_process_that_is_as_before(tmp_path: Path) -> None:
    before = ProcessState()
    LockedFolder(tmp_path, ".async_render_test_").remove()
    assert before.changes() == []


def test_each_change_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ProcessState()
    with monkeypatch.context() as change:
        change.chdir(tmp_path)
        change.setenv("ASYNC_RENDER_REQUIRE", "nothing of this name")
        change.syspath_prepend(str(tmp_path))
        change.setattr("tempfile.tempdir", str(tmp_path))
        handler = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        changes = before.changes()
        signal.signal(signal.SIGTERM, handler)
    assert [change.partition(":")[0] for change in changes] == [
        "the working directory",
        "tempfile.gettempdir()",
        "sys.path",
        "os.environ",
        "the handlers of signals",
    ]
    assert "ASYNC_RENDER_REQUIRE" in changes[3]
    assert "of this name" not in changes[3]
    assert before.changes() == []


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_folder_of_others_that_is_removed_or_unlocked_is_named(tmp_path: Path, is_removed: bool) -> None:
    with LockedFolder(tmp_path, ".async_render_test_") as folder:
        before = ProcessState()
        others = next(item for item in locked_folders._living if item.path == folder)
        if is_removed:
            others.remove()
        else:
            others._lock_file.close()
        assert before.changes() == [f"{folder} was removed, or unlocked"]
