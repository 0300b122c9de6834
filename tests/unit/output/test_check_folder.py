"""What is refused before a render, since its files could not be written."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from async_render.output.folders import SCARCE, check_destinations, check_folder, check_not_folders, little_room
from async_render.output.integrity import is_written
from async_render.render.errors import RenderError

from ...support.disks import MS_RDONLY, mounted


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b c" / "ä", "//a")
    assert list((tmp_path / "a" / "b c" / "ä").iterdir()) == []


def test_a_file_where_the_folder_shall_be(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(RenderError, match=r"filepath='//a/f_####': .* a file where .* folder will be: rename it"):
            check_folder(folder, "//a/f_####")


def test_a_folder_whose_name_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="a name in it is too long: choose a shorter one"):
        check_folder(tmp_path / ("x" * 300), "//x")


def test_a_file_whose_name_is_too_long_in_bytes(tmp_path: Path) -> None:
    check_not_folders([tmp_path / ("x" * 200)], "//x")
    with pytest.raises(RenderError, match="a name in it is too long: choose a shorter one"):
        check_not_folders([tmp_path / ("ä" * 200)], "//ä")


def test_a_path_that_is_longer_than_blender_can_keep(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["d" * 200] * 5)
    with pytest.raises(RenderError, match="has more than 1000 bytes, which Blender would cut off: choose a shorter"):
        check_not_folders([folder / "a.png"], "//a")


def test_a_folder_where_the_file_shall_be(tmp_path: Path) -> None:
    (tmp_path / "f_0001.png").mkdir()
    with pytest.raises(RenderError, match=r"there is a folder where the file .*f_0001\.png will be"):
        check_not_folders([tmp_path / "f_0001.png"], "//f_####")


def test_a_name_with_a_zero_byte(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="filepath="):
        check_folder(tmp_path / "a\0b", "//a\0b")


def test_a_disk_that_is_read_only_even_for_root(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", MS_RDONLY) as disk:
        for folder in (disk, disk / "new"):
            with pytest.raises(RenderError, match="the disk is read-only: choose another folder"):
                check_folder(folder, "//disk")


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", options=b"size=64k") as disk:
        check_folder(disk, "//disk")
        with pytest.raises(OSError, match="No space left"):
            (disk / "rubbish").write_bytes(bytes(1 << 17))
        with pytest.raises(RenderError, match="the disk is full: free some space"):
            check_folder(disk, "//disk")


def test_it_tells_the_time_of_its_disk(tmp_path: Path) -> None:
    begin = check_destinations([tmp_path / "a.png"], "//a")
    assert not is_written(tmp_path / "a.png", begin)
    (tmp_path / "a.png").write_text("new")
    assert is_written(tmp_path / "a.png", begin)
    os.utime(tmp_path / "a.png", (begin - 100, begin - 100))
    assert not is_written(tmp_path / "a.png", begin)


def test_a_folder_that_its_owner_may_not_write_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        check_folder(tmp_path, "//a")  # root may
    else:
        with pytest.raises(RenderError, match="you may not write there"):
            check_folder(tmp_path, "//a")


def test_a_file_is_written_when_it_has_content_since_then(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert not is_written(file, 0.0)
    file.touch()
    assert not is_written(file, 0.0)
    file.write_bytes(b"x")
    os.utime(file, (1000.0, 1000.0))
    assert is_written(file, 1000.0)
    assert not is_written(file, 1003.0)


def test_a_disk_has_little_room_when_a_picture_may_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = SCARCE - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    error = little_room(tmp_path, "//out/####")
    assert error is not None
    assert str(error).startswith("filepath='//out/####': ")
    assert f"in the folder {tmp_path}" in str(error)
    assert "the disk is full: free some space" in str(error)
    assert little_room(tmp_path / "gone", "//out/####") is None
    free = SCARCE
    assert little_room(tmp_path, "//out/####") is None
