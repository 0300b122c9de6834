"""Links at the destination of a file: Blender writes through them, and so does everything here."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from async_render.output import stage as module
from async_render.output.beside import Beside
from async_render.output.folders import check_destinations, check_frame_files
from async_render.output.frame_files import FilePattern, FrameFiles
from async_render.output.in_place import InPlace
from async_render.output.links import move, real_file
from async_render.render.errors import RenderError
from async_render.render.frame_list import FrameList

from ...support.disks import mounted


@pytest.fixture(autouse=True)
def all_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is no picture."""
    monkeypatch.setattr(module, "find_damage", lambda file, **_: None if file.exists() else "is missing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The staging folder beside the file behind the link."""
    folder = tmp_path / "behind" / "kept"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def target(folder: Path) -> Path:
    target = folder.parent / "real.bin"
    target.write_text("old")
    return target


def link_to(target: Path | str, link: Path) -> Path:
    link.symlink_to(target)
    return link


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if not file.is_dir())


def others(target: Path, folder: Path) -> dict[Path, Path]:
    return {target.parent: folder}


@pytest.mark.parametrize("is_complete", [True, False])
@pytest.mark.parametrize("is_dangling", [True, False])
def test_a_movie_is_delivered_through_a_link(
    tmp_path: Path, target: Path, is_complete: bool, is_dangling: bool
) -> None:
    film = link_to("behind/real.bin", tmp_path / "film.bin")
    if is_dangling:
        target.unlink()
    at_home = tmp_path / "home"
    at_home.mkdir()
    folder = target.parent / "kept"
    stage = Beside(at_home, {film: film}, True, others(target, folder), is_movie=True, has_frames=lambda: True)
    stage.clear()
    film.write_text("new")  # Blender opens the link
    stage.move_opened()
    assert target.exists() != is_dangling  # a player sees what was there
    stage.is_complete = is_complete
    stage.end()
    assert film.readlink() == Path("behind/real.bin")
    if is_complete:
        assert (target.read_text(), stage.delivered) == ("new", [film])
        assert names(target.parent) == ["real.bin"]
    else:
        assert is_dangling or target.read_text() == "old"
        assert stage.partial == [target.with_name("real.partial.bin")]
        assert stage.partial[0].read_text() == "new"
    assert (names(at_home), names(folder), names(tmp_path)) == ([], [], ["film.bin"])


@pytest.mark.parametrize("is_complete", [True, False])
def test_a_still_is_delivered_through_a_link_to_another_disk(tmp_path: Path, is_complete: bool) -> None:
    with mounted(tmp_path / "disk") as disk:
        (target := disk / "real.bin").write_text("old")
        poster = link_to(target, tmp_path / "poster.bin")
        home, kept = tmp_path / "home", disk / "kept"
        home.mkdir()
        kept.mkdir()
        written = tmp_path / "poster.bin0007.bin"
        written.write_text("another file")
        stage = Beside(home, {written: poster}, True, {tmp_path: home, disk: kept})
        stage.clear()
        written.write_text("new")
        stage.is_complete = is_complete
        stage.check()
        stage.end()
        assert poster.is_symlink()
        assert target.read_text() == ("new" if is_complete else "old")
        assert written.read_text() == "another file"
        assert names(disk) == ["real.bin"]
        assert not stage.damaged


@pytest.mark.parametrize("had", [None, "old"])
def test_a_picture_that_blender_wrote_through_a_link_is_as_it_was(
    tmp_path: Path, folder: Path, target: Path, had: str | None
) -> None:
    if had is None:
        target.unlink()
    place = link_to(target, tmp_path / "0001.png")
    stage = InPlace(tmp_path / "nowhere", [place], False, others(target, folder))
    asyncio.run(stage.begin())
    place.write_text("half a picture")
    stage.end()
    assert place.readlink() == target
    assert target.exists() == bool(had)
    assert not had or target.read_text() == had


def test_all_names_of_a_picture_have_what_was_there_before(tmp_path: Path, target: Path) -> None:
    """Blender has emptied the file under all its names."""
    place = tmp_path / "0001.png"
    os.link(target, place)
    os.utime(target, (1, 1))
    kept = tmp_path / "kept"
    kept.mkdir()
    stage = InPlace(kept, [place], False)
    asyncio.run(stage.begin())
    place.write_text("half a picture")
    stage.end()
    assert place.read_text() == target.read_text() == "old"
    assert place.stat().st_mtime == 1


def test_another_name_of_a_movie_keeps_the_older_content(tmp_path: Path, target: Path) -> None:
    """As a backup by `rsync --link-dest` wants it; and no half movie is ever under two names."""
    film = tmp_path / "film.bin"
    os.link(target, film)
    kept = tmp_path / "kept"
    kept.mkdir()
    stage = Beside(kept, {film: film}, True, is_movie=True)
    stage.clear()
    film.write_text("new")
    stage.is_complete = True
    stage.end()
    assert (film.read_text(), target.read_text()) == ("new", "old")


def test_a_part_of_a_split_movie_that_is_a_link_is_named(tmp_path: Path, target: Path, folder: Path) -> None:
    part = link_to(target, tmp_path / "film_000.bin")
    film = tmp_path / "film.bin"
    stage = Beside(folder, {film: film}, True, is_movie=True, is_split=True)
    with pytest.raises(RenderError, match=r"film_000\.bin is a link, and a movie that Blender splits .*: remove the"):
        stage.clear()
    stage.end()
    assert (part.readlink(), target.read_text()) == (target, "old")


def test_a_file_that_cannot_be_moved_to_a_full_disk_stays(tmp_path: Path) -> None:
    (new := tmp_path / "new").write_bytes(bytes(1 << 20))
    with mounted(tmp_path / "disk", options=b"size=64k") as disk:
        (target := disk / "real.bin").write_text("old")
        place = link_to(target, tmp_path / "place")
        with pytest.raises(OSError, match="No space left"):
            move(new, place)
        assert (target.read_text(), names(disk)) == ("old", ["real.bin"])
        assert not [item for item in disk.iterdir() if item.is_dir()]
    assert new.stat().st_size == 1 << 20


def test_a_link_that_leads_nowhere_is_refused_before_the_render(tmp_path: Path) -> None:
    loop = link_to("loop.png", tmp_path / "loop.png")
    gone = link_to("gone/real.png", tmp_path / "gone.png")
    device = link_to("/dev/null", tmp_path / "device.png")
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert real_file(loop) == loop
    for file, message in (
        (loop, r"loop\.png: its links lead back to themselves"),
        (gone, r"gone\.png is a link to .*/gone/real\.png, where there is no folder: make the folder"),
        (device, r"device\.png is not a file but a device or a pipe"),
        (pipe, r"pipe\.png is not a file but a device or a pipe"),
    ):
        for in_place in (True, False):
            with pytest.raises(RenderError, match=message):
                check_destinations([file], "//x", in_place=in_place)
    assert not (tmp_path / "gone").exists()


def test_two_links_to_one_file_are_refused(tmp_path: Path, target: Path) -> None:
    eyes = [link_to(target, tmp_path / name) for name in ("a_L.png", "a_R.png")]
    with pytest.raises(RenderError, match=r"a_L\.png and .*a_R\.png are links to one file: remove one of the links"):
        check_destinations(eyes, "//a")
    check_destinations(eyes, "//a", in_place=True)  # frames of an animation, as Blender writes them


def test_the_folder_behind_a_link_must_take_the_new_file(tmp_path: Path) -> None:
    """A picture of an animation is written into the file itself."""
    with mounted(tmp_path / "disk", options=b"size=64k") as disk:
        (disk / "0001.png").write_text("old")
        (tmp_path / "0001.png").symlink_to(disk / "0001.png")
        (tmp_path / "shot.mkv").symlink_to(disk / "0001.png")
        with pytest.raises(OSError, match="No space left"):
            (disk / "rubbish").write_bytes(bytes(1 << 17))
        movie, pictures = FilePattern(f"{tmp_path}/shot.mkv", None, ""), FilePattern(f"{tmp_path}/", 4, ".png")
        frames = FrameList([range(1, 2)])
        with pytest.raises(RenderError, match=rf"in the folder {disk}: the disk is full"):
            check_frame_files(FrameFiles(frames, [movie]), "//shot")
        check_frame_files(FrameFiles(frames, [pictures]), "//####")
