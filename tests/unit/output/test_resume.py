"""Which frames are still missing after a crash, and which have files."""

import os
from pathlib import Path

import pytest
from PIL import Image

from async_render.output.frame_files import FilePattern, FrameFiles
from async_render.output.resume import existing_frames, missing_frames
from async_render.render.frame_list import FrameList

COUNTS = pytest.mark.parametrize("count", [6, 1_000_000], ids=["looked at one by one", "listed"])


def files_in(folder: Path, count: int = 6, views: tuple[str, ...] = ("",)) -> FrameFiles:
    frames = FrameList([range(1, count + 1)])
    return FrameFiles(frames, [FilePattern(f"{folder}/f_", 4, f"{view}.png") for view in views])


@pytest.fixture
def after_the_crash(tmp_path: Path) -> Path:
    """Of the first six frames: two whole, one cut off, one full of zeros, one a placeholder, and one never begun."""
    files = files_in(tmp_path)
    for frame in range(1, 5):
        Image.effect_noise((64, 48), 50).save(files[frame][0])
    os.truncate(files[3][0], 1000)
    size = files[4][0].stat().st_size
    os.truncate(files[4][0], 0)
    os.truncate(files[4][0], size)
    files[5][0].touch()
    return tmp_path


@COUNTS
def test_frames_that_are_not_whole_are_missing_each_with_its_reason(after_the_crash: Path, count: int) -> None:
    (after_the_crash / "f_0001.png.txt").touch()
    (after_the_crash / "f_.png").touch()
    missing = missing_frames(files_in(after_the_crash, count))
    assert missing.frames == FrameList([range(3, count + 1)])
    assert missing.complete == (1, 2)
    assert "f_0003.png is cut off after 1,000 of " in missing.reasons[3]
    assert "f_0004.png begins with zero bytes: it was never written" in missing.reasons[4]
    assert missing.reasons[5].endswith("f_0005.png is empty")
    assert missing.reasons.get(6, "f_0006.png is missing").endswith("f_0006.png is missing")
    assert len(missing.reasons) <= 4


def test_nothing_is_missing_when_all_are_rendered_again(after_the_crash: Path) -> None:
    files = files_in(after_the_crash)
    for frame in missing_frames(files).frames:
        Image.effect_noise((64, 48), 50).save(files[frame][0])
    assert missing_frames(files).frames == ()
    assert missing_frames(files).complete == (1, 2, 3, 4, 5, 6)


@COUNTS
def test_a_frame_is_missing_when_one_of_its_views_is(tmp_path: Path, count: int) -> None:
    files = files_in(tmp_path, count, ("_L", "_R"))
    left, right = files[1]
    Image.new("L", (8, 8)).save(left)
    missing = missing_frames(files)
    assert missing.frames == files.frames
    assert missing.reasons[1] == f"{right} is missing"


@COUNTS
def test_frames_have_files_for_all_their_views_or_for_some(tmp_path: Path, count: int) -> None:
    files = files_in(tmp_path, count, ("_L", "_R"))
    for file in (*files[1], files[3][0], *files[4], files[6][1]):
        file.touch()
    existing = existing_frames(files)
    assert existing.complete == (1, 4)
    assert existing.partial == (3, 6)


def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    files = files_in(tmp_path, 1_000_000)
    files[3][0].symlink_to(tmp_path / "gone.png")
    existing = existing_frames(files)
    assert (len(existing.complete), len(existing.partial)) == (0, 0)


def test_a_timeline_without_an_end_costs_one_listing_and_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_in(tmp_path, 1_000_000, ("_L", "_R"))
    for file in files[3]:
        Image.new("L", (8, 8)).save(file)
    named: list[int] = []
    listed: list[str] = []
    name, scan = FrameFiles.__getitem__, os.scandir

    def counted_name(self: FrameFiles, frame: int) -> tuple[Path, ...]:
        named.append(frame)
        return name(self, frame)

    def counted_scan(folder: str) -> object:
        listed.append(folder)
        return scan(folder)

    monkeypatch.setattr(FrameFiles, "__getitem__", counted_name)
    monkeypatch.setattr(os, "scandir", counted_scan)
    assert missing_frames(files).complete == (3,)
    assert (named, listed) == ([3], [str(tmp_path)] * 2)


def test_no_frames_miss_nothing(tmp_path: Path) -> None:
    files = FrameFiles(FrameList(), [FilePattern(f"{tmp_path}/f_", 4, ".png")])
    assert (len(missing_frames(files).frames), missing_frames(files).reasons) == (0, {})


def test_a_file_of_no_format_is_missing_where_the_name_tells_none(tmp_path: Path) -> None:
    """*File Extensions* is off: names tell no format, and a file of another program counted as complete."""
    files = FrameFiles(FrameList([range(1, 5)]), [FilePattern(f"{tmp_path}/f_", 4, "")])
    Image.new("RGB", (4, 4)).save(tmp_path / "f_0001", "PNG")
    Image.new("RGB", (4, 4)).save(tmp_path / "f_0002", "JPEG")
    (tmp_path / "f_0003").write_bytes(b"a note of another program " * 4)
    (tmp_path / "f_0004").write_bytes(b"x")
    missing = missing_frames(files, any_format=True)
    assert (list(missing.frames), list(missing.complete)) == ([3, 4], [1, 2])
    assert missing.reasons == {
        3: f"{tmp_path}/f_0003 has none of the formats that Blender writes",
        4: f"{tmp_path}/f_0004 is cut off after 1 bytes",
    }
