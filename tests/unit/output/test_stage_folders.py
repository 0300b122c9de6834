"""What the next process makes of the folder of a movie, a still or a sound whose process was killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from time import time

import pytest
from PIL import Image

from async_render.output import locked_folders
from async_render.output.beside import Beside
from async_render.output.in_place import InPlace
from async_render.output.locked_folders import KEPT, LOCK, remove_living
from async_render.output.stage_folders import SOUND_PREFIX, STAGE_PREFIX, SoundFolder, StageFolder, clean_up

from ...support.checkout import ROOT


def _picture() -> bytes:
    memory = BytesIO()
    Image.new("RGB", (4, 4)).save(memory, "PNG")
    return memory.getvalue()


WHOLE = _picture()


@pytest.fixture
def killed(tmp_path: Path) -> Callable[[str], Path]:
    """Make the folder of a process that was killed."""

    def make(prefix: str) -> Path:
        script = ROOT / "tests" / "support" / "scripts" / "leave_locked_folder.py"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run([sys.executable, script, tmp_path, prefix], check=False, env=environment)
        assert ended.returncode == -signal.SIGKILL
        (folder,) = tmp_path.glob(f"{prefix}*")
        return folder

    return make


def left(tmp_path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}


def test_all_that_a_killed_process_has_put_away_comes_back(tmp_path: Path, killed: Callable[[str], Path]) -> None:
    folder = killed(STAGE_PREFIX)
    (folder / "old film.mkv").write_bytes(b"old film")  # moved away; Blender has just opened a new one
    (tmp_path / "film.mkv").write_bytes(b"new")
    (folder / "other.partial.mkv").write_bytes(b"half")  # has grown for hours
    (folder / "nothing.partial.mkv").touch()
    (folder / "copy of cut.png").write_bytes(WHOLE)  # killed while it was written over
    (tmp_path / "cut.png").write_bytes(WHOLE[:-8])
    (folder / "copy of gone.png").write_bytes(b"old gone")
    (folder / "copy of new.png").write_bytes(b"old new")  # complete, and killed before its folder was removed
    (tmp_path / "new.png").write_bytes(WHOLE)
    (folder / "poster.png").write_bytes(b"half")
    (folder / "copy").write_bytes(b"half a copy")
    clean_up(tmp_path)
    assert left(tmp_path) == {
        "film.mkv": b"old film",
        "other.partial.mkv": b"half",
        "cut.png": WHOLE,
        "gone.png": b"old gone",
        "new.png": WHOLE,
    }
    assert not [entry for entry in tmp_path.iterdir() if entry.is_dir()]


def test_a_complete_file_of_later_stays(tmp_path: Path, killed: Callable[[str], Path]) -> None:
    """A film was rendered again after the kill, by Blender alone; then another one is rendered beside it."""
    folder = killed(STAGE_PREFIX)
    for name in ("old film.png", "copy of poster.png"):
        (folder / name).write_bytes(b"old")
    for name in ("film.png", "poster.png"):
        (tmp_path / name).write_bytes(WHOLE)
    clean_up(tmp_path)
    assert left(tmp_path) == {"film.png": WHOLE, "poster.png": WHOLE}


def test_the_folders_of_a_living_process_and_of_another_computer_stay(
    tmp_path: Path, killed: Callable[[str], Path]
) -> None:
    elsewhere = killed(STAGE_PREFIX)
    living, sound = StageFolder(tmp_path), SoundFolder(tmp_path)
    (elsewhere / LOCK).write_bytes(b"another computer")
    for folder in (living.path, sound.path, elsewhere):
        (folder / "old film.mkv").write_bytes(b"old")
    clean_up(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([living.path, sound.path, elsewhere])
    _make_old(elsewhere)
    (elsewhere / "film.partial.mkv").write_bytes(b"grows")
    os.utime(elsewhere, (0, 0))
    clean_up(tmp_path)
    assert elsewhere.exists(), "a movie in it has grown"
    _make_old(elsewhere)
    clean_up(tmp_path)
    assert left(tmp_path) == {"film.mkv": b"old", "film.partial.mkv": b"grows"}
    living.discard()
    sound.remove()
    assert not [entry for entry in tmp_path.iterdir() if entry.is_dir()]


def _make_old(folder: Path) -> None:
    old = time() - locked_folders.GRACE - 60
    for path in (*folder.iterdir(), folder):
        os.utime(path, (old, old))


def test_a_folder_that_the_user_was_told_of_stays(tmp_path: Path) -> None:
    """On Windows, where a player has the old file open."""
    folder = StageFolder(tmp_path)
    (folder.path / "film.partial.mkv").write_bytes(b"new")
    folder.keep()
    folder.discard()
    clean_up(tmp_path)
    assert sorted(file.name for file in folder.path.iterdir()) == [KEPT, LOCK, "film.partial.mkv"]


def test_a_process_that_ends_itself_brings_back_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose pool is gone, while Blender still holds its main thread."""
    monkeypatch.setattr(locked_folders, "_living", set())  # this process's other folders stay
    film, poster = tmp_path / "film.mkv", tmp_path / "0001.png"
    film.write_bytes(b"old")
    poster.write_bytes(b"old")
    folder = StageFolder(tmp_path)
    Beside(folder.path, {film: film}, any_format=True, is_movie=True).clear()
    still = InPlace(folder.path, [poster], any_format=True)
    still._copy()
    film.write_bytes(b"new")
    poster.write_bytes(b"")
    remove_living()
    assert left(tmp_path) == {"film.mkv": b"old", "0001.png": b"old"}
    assert not folder.path.exists()


def test_a_forged_folder_reaches_nothing_beyond_its_own_parent(tmp_path: Path, killed: Callable[[str], Path]) -> None:
    secret = tmp_path.parent / "secret"
    secret.write_bytes(b"secret")
    folder = killed(STAGE_PREFIX)
    (folder / "old link.png").symlink_to(secret)
    (folder / "old folder").mkdir()
    (folder / "old ..").write_bytes(b"x")
    (folder / "copy of .").write_bytes(b"x")
    (folder / "old ").write_bytes(b"x")
    os.mkfifo(folder / "old pipe")
    for name in ("old way out.png", "copy of way in.png"):
        (folder / name).write_bytes(b"x")
    for name in ("way out.png", "way in.png"):
        (tmp_path / name).symlink_to(secret)
    (folder / "marks.json").write_text(json.dumps(["../secret", "/etc/passwd"]))
    clean_up(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "copy of way in.png",
        "old way out.png",
        "way in.png",
        "way out.png",
    }
    assert secret.read_bytes() == b"secret"


def test_nothing_of_a_sound_is_kept(tmp_path: Path, killed: Callable[[str], Path]) -> None:
    folder = killed(SOUND_PREFIX)
    (folder / "old sound.partial.wav").write_bytes(b"half")
    clean_up(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_lock_file_stays_for_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_file: object) -> None:
        raise OSError("this disk has no locks")

    with monkeypatch.context() as without_locks:
        without_locks.setattr(locked_folders, "_lock", refuse)
        folder = StageFolder(tmp_path)
    clean_up(tmp_path)
    assert folder.path.exists()
    folder.discard()
