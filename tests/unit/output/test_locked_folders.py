"""Folders that go with their process, and with the next one after a kill."""

import fcntl
import os
import platform
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from async_render.output import locked_folders
from async_render.output.locked_folders import LOCK, MARKS, LockedFolder, remove_abandoned

from ...support.checkout import ROOT

PREFIX = ".async_render_test_"


def killed(parent: Path, script: str = "leave_locked_folder.py", *arguments: str) -> Path:
    """The folder of a process that was killed."""
    file = ROOT / "tests" / "support" / "scripts" / script
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, file, parent, PREFIX, *arguments], check=False, env=environment)
    assert ended.returncode == -signal.SIGKILL
    (folder,) = parent.iterdir()
    return folder


def test_the_folder_goes_with_its_block_and_is_private(tmp_path: Path) -> None:
    with LockedFolder(tmp_path, PREFIX) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_bytes(b"x")
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_the_folder_itself_is_locked_as_long_as_it_lives(tmp_path: Path) -> None:
    """systemd-tmpfiles removes nothing below a folder with such a lock."""
    with LockedFolder(tmp_path, PREFIX) as folder:
        opened = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(opened)


def test_a_folder_that_somebody_has_removed_is_not_there_even_if_another_one_has_its_name(tmp_path: Path) -> None:
    locked = LockedFolder(tmp_path, PREFIX)
    with locked as folder:
        assert locked.is_there
        shutil.rmtree(folder)
        assert not locked.is_there
        folder.touch()
        assert not locked.is_there
        folder.unlink()
        folder.mkdir()
        assert not locked.is_there


def test_a_folder_of_a_living_process_stays_and_that_of_a_killed_one_goes(tmp_path: Path) -> None:
    left = killed(tmp_path)
    with LockedFolder(tmp_path, PREFIX) as folder:
        assert remove_abandoned(tmp_path, PREFIX) == [left]
        assert [*tmp_path.iterdir()] == [folder]
        assert remove_abandoned(tmp_path, PREFIX) == []


@pytest.mark.parametrize("steps", range(10))  # six files, a folder with a file in it, the lock, and the folder itself
def test_a_folder_whose_process_was_killed_while_it_removed_it_goes(tmp_path: Path, steps: int) -> None:
    left = killed(tmp_path, "killed_in_removal.py", str(steps))
    assert (left / LOCK).exists() == (steps < 9)
    assert remove_abandoned(tmp_path, PREFIX) == [left]
    assert list(tmp_path.iterdir()) == []


def test_other_folders_and_links_stay(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK).write_bytes(os.fsencode(platform.node()))
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{PREFIX}file").touch()
    assert remove_abandoned(tmp_path, PREFIX) == []
    assert (elsewhere / LOCK).exists()
    assert remove_abandoned(tmp_path / "not there", PREFIX) == []


def test_a_folder_that_will_be_locked_in_a_moment_stays(tmp_path: Path) -> None:
    folder = tmp_path / f"{PREFIX}x"
    folder.mkdir()
    (folder / LOCK).touch()
    assert remove_abandoned(tmp_path, PREFIX) == []


def test_a_folder_that_is_left_to_the_user_stays_for_a_day(tmp_path: Path) -> None:
    left = LockedFolder(tmp_path, PREFIX)
    (left.path / "worker_1.log").write_text("Segmentation fault")
    left.leave()
    left.remove()
    assert remove_abandoned(tmp_path, PREFIX) == []
    for path in (left.path / "worker_1.log", left.path):
        os.utime(path, (0, 0))
    assert remove_abandoned(tmp_path, PREFIX) == [left.path]


def test_a_folder_without_a_lock_goes_when_it_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_file: object) -> None:
        raise OSError("this disk has no locks")

    monkeypatch.setattr(locked_folders, "_lock", refuse)
    with LockedFolder(tmp_path, PREFIX) as folder:
        assert list(folder.iterdir()) == []
        assert remove_abandoned(tmp_path, PREFIX) == []
        os.utime(folder, (0, 0))
        assert remove_abandoned(tmp_path, PREFIX) == [folder]


@pytest.mark.parametrize("has_lock_file", [False, True])
def test_a_folder_whose_process_was_killed_before_it_had_the_lock_goes(tmp_path: Path, has_lock_file: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait(60)
    here = locked_folders._digest_of_this_computer()
    makers = {
        "killed": f"{here}_{ended.pid}_",
        "lives": f"{here}_{os.getpid()}_",
        "elsewhere": f"00000000_{ended.pid}_",
    }
    folders = {name: tmp_path / f"{PREFIX}{maker}x" for name, maker in makers.items()}
    for folder in folders.values():
        folder.mkdir()
        if has_lock_file:
            (folder / LOCK).touch()
    assert remove_abandoned(tmp_path, PREFIX) == [folders["killed"]]
    assert not folders["killed"].exists()


def test_a_process_that_ends_in_the_middle_of_its_work_removes_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locked_folders, "_living", set())  # this process's other folders stay
    with LockedFolder(tmp_path, PREFIX) as folder:
        (folder / "half").touch()
        other = LockedFolder(tmp_path, PREFIX)
        locked_folders.remove_living()
        assert list(tmp_path.iterdir()) == []
    other.remove()


def test_marks_go_with_the_folder_while_they_are_empty(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(4)]
    files[0].touch()
    folder = LockedFolder(tmp_path, PREFIX)
    with folder:
        folder.mark(files)
        files[1].write_bytes(b"rendered")
        files[2].unlink()
        assert [file.exists() for file in files] == [True, True, False, True]
    assert [file.exists() for file in files] == [True, True, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "7",
        "[" * 100_000,
        '["../outside", "/outside", 7, "sub/x", "folder"]',
        r'["a\u0000", "\ud800", "", ".."]',
    ],
)
def test_marks_that_nobody_has_made_do_nothing(tmp_path: Path, text: str) -> None:
    parent = tmp_path / "parent"
    (parent / "folder").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.touch()
    left = parent / f"{PREFIX}x"
    left.mkdir()
    (left / LOCK).write_bytes(os.fsencode(platform.node()))
    (left / MARKS).write_text(text)
    assert remove_abandoned(parent, PREFIX) == [left]
    assert outside.exists()
    assert [item.name for item in parent.iterdir()] == ["folder"]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", [LOCK, MARKS])
@pytest.mark.parametrize("kind", ["pipe", "link to endless zeros"])
def test_a_pipe_or_a_link_that_somebody_has_put_there_is_not_opened(tmp_path: Path, name: str, kind: str) -> None:
    folder = tmp_path / f"{PREFIX}x"
    folder.mkdir()
    (folder / LOCK).write_bytes(os.fsencode(platform.node()))
    forged = folder / name
    forged.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(forged)
    else:
        forged.symlink_to("/dev/zero")
    is_lock = name == LOCK
    assert remove_abandoned(tmp_path, PREFIX) == ([] if is_lock else [folder])
    assert folder.exists() is is_lock
