"""A movie, a still or a sound that is whole, and cannot be put in its place, stays where it is."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.output import locked_folders
from async_render.output.integrity import find_damage
from async_render.output.locked_folders import KEPT, LOCK

from ...support.disks import LIBC, MS_RDONLY, mounted

MS_REMOUNT = 32

MOVIE = ar.RenderSettings(file_format="FFMPEG", container="MKV", video_codec="FFV1", audio_codec="NONE", frame_end=2)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", options=b"size=16m") as disk:
        yield disk


@pytest.fixture
def at_the_end() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Calls something when Blender has written the last frame."""
    added = []

    def add(function: Callable[[], object]) -> None:
        def call(*_: object) -> None:
            function()

        added.append(call)
        bpy.app.handlers.render_complete.append(call)

    yield add
    for call in added:
        bpy.app.handlers.render_complete.remove(call)


def make_read_only(disk: Path) -> None:
    for folder in locked_folders._living:
        # mount refuses while a file is open; the kernel, on a damaged disk, does not
        if folder.path.is_relative_to(disk):
            folder._lock_file.close()
    if LIBC.mount(None, os.fsencode(disk), None, MS_REMOUNT | MS_RDONLY, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def make_folder(place: Path) -> None:
    place.mkdir()
    (place / "somebody's").touch()


def named_in(error: ar.OutputError, place: Path) -> Path:
    """The file that the error names."""
    found = re.search(r"the new one is (.+)", error.damaged[place])
    assert found is not None
    assert str(error).count(found[1]) == 1
    return Path(found[1])


def render(kind: str, place: Path) -> Any:
    path = place.with_suffix("")
    if kind == "movie":
        return ar.render_animation(MOVIE.replace(filepath=place))
    return ar.render_still(ar.RenderSettings(filepath=path, file_format="PNG"))


@pytest.mark.parametrize(("kind", "name"), [("movie", "film.mkv"), ("still", "card.png")])
def test_on_a_disk_that_becomes_read_only(
    scene: bpy.types.Scene, disk: Path, at_the_end: Any, kind: str, name: str
) -> None:
    place = disk / name
    at_the_end(lambda: make_read_only(disk))
    with pytest.raises(ar.OutputError, match=r"cannot be replaced \(Read-only file system\)") as caught:
        ar.run(render(kind, place))
    assert find_damage(named_in(caught.value, place)) is None
    assert not place.exists()


@pytest.mark.parametrize(("kind", "name"), [("movie", "film.mkv"), ("still", "card.png")])
def test_where_there_is_a_folder_by_now(
    scene: bpy.types.Scene, tmp_path: Path, at_the_end: Any, kind: str, name: str
) -> None:
    place = tmp_path / name
    at_the_end(lambda: make_folder(place))
    with pytest.raises(ar.OutputError, match="cannot be replaced") as caught:
        ar.run(render(kind, place))
    assert find_damage(named_in(caught.value, place)) is None
    assert [item.name for item in place.iterdir()] == ["somebody's"]


def test_a_sound_stays_too(scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from async_render.blender.kinds import sound

    place, written = tmp_path / "sound.wav", sound._written
    built_with: Any = bpy.app.build_options
    if not built_with.audaspace:
        with pytest.raises(ar.RenderError, match="this Blender was built without sound"):
            ar.run(ar.mixdown(place))
        return

    async def and_then_a_folder(file: Path) -> None:
        await written(file)
        make_folder(place)

    monkeypatch.setattr(sound, "_written", and_then_a_folder)
    with pytest.raises(ar.OutputError, match="cannot be replaced") as caught:
        ar.run(ar.mixdown(place))
    assert find_damage(named_in(caught.value, place)) is None
    assert [item.name for item in place.iterdir()] == ["somebody's"]


def test_an_unfinished_movie_stays_too(scene: bpy.types.Scene, disk: Path) -> None:
    """Nothing takes the place of what ended the render."""
    scene.frame_end = 1000

    async def cancelled() -> None:
        async with ar.render_frames(MOVIE.replace(filepath=disk / "film.mkv", frame_end=1000)) as frames:
            await anext(frames)
            (disk / "film.partial.mkv").mkdir()

    ar.run(cancelled())
    (folder,) = disk.glob(".async_render_*")
    assert sorted(file.name for file in folder.iterdir()) == [KEPT, LOCK, "film.partial.mkv"]
    assert not (disk / "film.mkv").exists()
