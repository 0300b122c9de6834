"""Files that replace others when they are whole, and what was there before."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from async_render.output.at_exit import also_at_exit
from async_render.output.beside import Beside
from async_render.output.folders import folder_beside
from async_render.output.in_place import InPlace
from async_render.output.stage import Stage
from async_render.output.stage_folders import StageFolder
from async_render.render.errors import RenderError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def movie(folder: Path, *places: Path, is_split: bool = False) -> Beside:
    written = dict(zip(places, places, strict=True))
    return Beside(folder, written, any_format=True, is_movie=True, is_split=is_split, has_frames=lambda: True)


def left(tmp_path: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in tmp_path.iterdir() if file.is_file()}


def test_what_was_there_stays_when_the_job_does_not_start(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "film.mkv"
    place.write_text("old")
    stage = movie(folder, place)
    stage.end()  # another file was loaded while it waited
    assert left(tmp_path) == {"film.mkv": "old"}


def test_all_comes_back_when_one_of_the_old_files_cannot_be_moved(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_eye, right_eye = tmp_path / "film_L.mkv", tmp_path / "film_R.mkv"
    left_eye.write_text("old left")
    right_eye.write_text("old right")
    stage = movie(folder, left_eye, right_eye)
    keep_open(monkeypatch, right_eye)
    with pytest.raises(RenderError, match=r"film_R\.mkv cannot be replaced: it is open; close the program"):
        stage.clear()
    stage.end()
    assert left(tmp_path) == {"film_L.mkv": "old left", "film_R.mkv": "old right"}
    assert not stage.is_needed


def keep_open(monkeypatch: pytest.MonkeyPatch, *files: Path) -> None:
    """As on Windows, where a file that is open cannot be moved."""
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self in files or target in files:
            raise PermissionError(13, "it is open")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)


def test_a_movie_grows_beside_its_place_as_soon_as_it_is_open(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "film.mkv"
    place.write_text("old")
    stage = movie(folder, place)

    async def render() -> None:
        stage.clear()
        with place.open("w") as opened:
            await stage.follow()
            assert left(tmp_path) == {"film.mkv": "old"}
            opened.write("half")

    asyncio.run(render())
    stage.end()
    assert left(tmp_path) == {"film.mkv": "old", "film.partial.mkv": "half"}
    assert stage.partial == [tmp_path / "film.partial.mkv"]


def test_a_movie_that_cannot_be_moved_grows_in_its_place(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, until Blender has closed it."""
    place = tmp_path / "film.mkv"
    place.write_text("old")
    stage = movie(folder, place)
    stage.clear()
    place.write_text("half")
    with monkeypatch.context() as while_open:
        keep_open(while_open, place)
        stage._move_new()
    assert left(tmp_path) == {"film.mkv": "half"}
    stage.end()
    assert left(tmp_path) == {"film.mkv": "old", "film.partial.mkv": "half"}


def test_what_was_there_is_kept_where_a_player_has_the_half_movie_open(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "film.mkv"
    place.write_text("old")
    stage = movie(folder, place)
    stage.clear()
    place.write_text("half")
    keep_open(monkeypatch, place)
    stage.end()
    assert stage.is_needed
    assert str(folder / "old film.mkv") in stage.damaged[place]
    assert (folder / "old film.mkv").read_text() == "old"


def test_the_parts_of_a_split_movie_are_known_by_their_names(tmp_path: Path, folder: Path) -> None:
    names = ["film_0000001-0009.mkv", "film_0010001-0009.mkv"]
    others = ["film_00001-0009.mkv", "other_000.mkv", "film0001-0009.mkv.bak"]
    for name in (names[0], *others):
        (tmp_path / name).write_text("old")
    stage = movie(folder, tmp_path / "film0001-0009.mkv", is_split=True)
    stage.clear()
    for name in names:
        (tmp_path / name).write_text("half")
    stage.end()
    partial = {f"{Path(name).stem}.partial.mkv": "half" for name in names}
    assert left(tmp_path) == {names[0]: "old", **dict.fromkeys(others, "old"), **partial}


@pytest.mark.parametrize("had", [None, "old"])
def test_a_file_that_is_written_in_its_place_is_as_it_was_when_it_is_not_complete(
    tmp_path: Path, folder: Path, had: str | None
) -> None:
    place = tmp_path / "pic_0001.png"
    if had:
        place.write_text(had)
        os.utime(place, (1, 1))
    stage = InPlace(folder, [place], any_format=False)
    asyncio.run(stage.begin())
    place.write_text("half")
    stage.end()
    assert left(tmp_path) == ({place.name: had} if had else {})
    assert not had or place.stat().st_mtime == 1


def test_a_disk_without_room_for_a_copy_is_an_error(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "pic_0001.png"
    place.write_text("old")
    stage = InPlace(folder, [place], any_format=False)

    def copy(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", copy)
    with pytest.raises(RenderError, match=r"no copy of .*pic_0001\.png can be kept: No space left on device"):
        asyncio.run(stage.begin())
    stage.end()
    assert left(tmp_path) == {"pic_0001.png": "old"}


@pytest.mark.parametrize("kind", [InPlace, movie])
@pytest.mark.parametrize("had", [None, "old"])
def test_a_complete_job_that_has_not_written_is_told(
    tmp_path: Path, folder: Path, kind: object, had: str | None
) -> None:
    place = tmp_path / "pic_0001.png"
    if had:
        place.write_text(had)
    stage: Stage = InPlace(folder, [place], any_format=True) if kind is InPlace else movie(folder, place)
    asyncio.run(stage.begin())
    stage.clear()
    stage.is_complete = True
    stage.end()
    assert stage.damaged == {place: "is from before this render" if had else "is missing"}
    assert left(tmp_path) == ({place.name: had} if had else {})


def test_a_half_file_that_cannot_be_removed_keeps_no_other_from_coming_back(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, replaced = tmp_path / "pic_L.png", tmp_path / "pic_R.png"
    replaced.write_text("old")
    stage = InPlace(folder, [new, replaced], any_format=False)
    asyncio.run(stage.begin())
    new.write_text("half")
    replaced.write_text("half")

    def unlink(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "it is open")

    monkeypatch.setattr(Path, "unlink", unlink)
    stage.end()
    assert left(tmp_path) == {"pic_L.png": "half", "pic_R.png": "old"}
    assert stage.damaged == {new: "is not whole, and cannot be removed (it is open)"}


@pytest.mark.parametrize("is_complete", [True, False])
@pytest.mark.parametrize(
    ("kind", "name"), [("in place", "film.mkv"), ("movie", "film.mkv"), ("split movie", "film_000.mkv")]
)
def test_a_folder_that_is_gone_is_told_and_raises_nothing(
    tmp_path: Path, folder: Path, kind: str, name: str, is_complete: bool
) -> None:
    place, old = tmp_path / "out" / "film.mkv", tmp_path / "out" / name
    place.parent.mkdir()
    old.write_text("old")
    stage: Stage = InPlace(folder, [place], any_format=True)
    if kind != "in place":
        stage = movie(folder, place, is_split=kind == "split movie")

    async def render() -> None:
        await stage.begin()
        stage.clear()
        old.write_text("half")
        shutil.rmtree(old.parent)
        stage.move_opened()
        following = asyncio.create_task(stage.follow())
        await asyncio.sleep(0)
        following.cancel()
        await asyncio.wait([following])
        assert following.cancelled() or following.exception() is None

    asyncio.run(render())
    stage.is_complete = is_complete
    stage.check()
    stage.end()
    (kept,) = folder.iterdir()
    assert kept.read_text() == "old"
    assert stage.is_needed
    assert str(kept) in stage.damaged[old]
    assert stage.delivered == []


def test_a_folder_that_nobody_may_read_any_more_is_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "pic_0001.png"
    place.write_text("old")
    stage = InPlace(folder, [place], any_format=False)
    asyncio.run(stage.begin())
    look, replace = Path.stat, Path.replace

    def refused(self: Path, *arguments: Any, **keywords: Any) -> Any:
        if place in {self, *arguments}:
            raise PermissionError(13, "not yours")
        return (look if keywords or not arguments else replace)(self, *arguments, **keywords)

    monkeypatch.setattr(Path, "stat", refused)
    monkeypatch.setattr(Path, "replace", refused)
    stage.is_complete = True
    stage.check()
    stage.end()
    assert stage.damaged[place].startswith("cannot be replaced (not yours); what was there is ")
    assert stage.is_needed
    assert (folder / f"copy of {place.name}").read_text() == "old"


def test_a_disk_that_takes_no_folder_is_an_error_that_names_the_path(tmp_path: Path) -> None:
    words = r"^filepath='//poster': no file can be written in the folder .*/gone: No such"
    with pytest.raises(RenderError, match=words):
        folder_beside(tmp_path / "gone" / "poster.png", "//poster", StageFolder)


def test_a_cancel_waits_for_the_copy_since_its_folder_is_removed_next(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "pic_0001.png"
    place.write_text("old")
    stage = InPlace(folder, [place], any_format=False)
    begun, may_go_on = threading.Event(), threading.Event()

    def copy(source: Path, destination: Path) -> None:
        begun.set()
        assert may_go_on.wait(30)
        destination.write_text(source.read_text())

    monkeypatch.setattr(shutil, "copy2", copy)

    async def main() -> None:
        task = asyncio.create_task(stage.begin())
        await asyncio.to_thread(begun.wait, 30)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        may_go_on.set()
        await asyncio.wait([task])
        assert task.cancelled()
        assert [file.read_text() for file in folder.iterdir()] == ["old"]

    asyncio.run(main())


def test_a_stage_is_left_at_the_end_of_its_block_and_when_the_process_ends_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_exit: list[object] = []
    left: list[str] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    monkeypatch.setattr(atexit, "unregister", at_exit.remove)

    def leave() -> None:
        left.append("left")

    with also_at_exit(leave):
        assert (at_exit, left) == ([leave], [])
    assert (at_exit, left) == ([], ["left"])
    with pytest.raises(KeyboardInterrupt), also_at_exit(leave):
        raise KeyboardInterrupt
    assert (at_exit, left) == ([], ["left", "left"])
