"""The private folder of the session, or a copy in it, that somebody has removed: users and programs empty `/tmp`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import bpy
import pytest

import async_render as ar
from async_render.blender.session import source
from async_render.blender.session.source import BlenderSession, SnapshotFile
from async_render.output import locked_folders

T = TypeVar("T")


@pytest.fixture
def session(scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlenderSession]:
    """A session whose copies are below the test's folder, and that has two files for each copy."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(locked_folders, "_living", set())
    image: Any = bpy.data.images.new("Painted", 4, 2)
    image.use_fake_user = True
    image.pixels.foreach_set([0.5] * 32)
    session = BlenderSession()
    yield session
    session.close()
    assert not locked_folders._living


def run(make: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await make()

    return ar.run(main()).result()


def names(snapshot: SnapshotFile) -> list[str]:
    return sorted(file.name for file in snapshot.file.parent.iterdir())


GONE = r"session_\w+/tmp\w+ is gone: somebody has removed it while it was in use; try again, or set TMPDIR to"

WHOLE = ["0.raw", "Unsaved.blend", "pixels.json"]


def test_a_session_whose_folder_is_gone_is_saved_into_a_new_one(
    session: BlenderSession, caplog: pytest.LogCaptureFixture
) -> None:
    first = run(session.snapshot)
    private = first.file.parent.parent
    shutil.rmtree(private)
    second = run(session.snapshot)
    assert names(second) == WHOLE
    assert second.file.parent.parent != private
    assert caplog.messages == [f"{private} is gone: a program has removed it; the session is saved into a new folder"]
    assert second.key != first.key, (
        "a worker that has the lost copy open reads beside it, so it has to open the new one"
    )
    first.release()
    assert names(second) == WHOLE
    assert run(session.snapshot) is second


def test_a_folder_that_somebody_else_has_made_in_its_place_gets_no_copy(session: BlenderSession) -> None:
    private = run(session.snapshot).file.parent.parent
    shutil.rmtree(private)
    private.mkdir()
    second = session.snapshot_now()
    assert second.file.parent.parent != private
    assert names(second) == WHOLE


@pytest.mark.parametrize("lost", [*WHOLE, ""])
def test_a_copy_that_has_lost_a_file_is_made_whole_at_the_same_place(session: BlenderSession, lost: str) -> None:
    """Some cleaners remove each old file."""
    first = run(session.snapshot)
    if lost:
        (first.file.parent / lost).unlink()
    else:
        shutil.rmtree(first.file.parent)
    assert run(session.snapshot) is first
    assert names(first) == WHOLE
    first.release()
    assert names(first) == WHOLE
    first.release()
    assert not first.file.parent.exists()


def test_a_copy_that_goes_while_it_is_read_is_a_clear_error(
    session: BlenderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest_of = source.digest_of

    def digest_of_lost(folder: Path, more: str) -> str:
        shutil.rmtree(folder.parent)
        return digest_of(folder, more)

    with monkeypatch.context() as emptied:
        emptied.setattr(source, "digest_of", digest_of_lost)
        with pytest.raises(ar.RenderError, match=GONE):
            run(session.snapshot)
        with pytest.raises(ar.RenderError, match=GONE):
            session.snapshot_now()
    assert names(run(session.snapshot)) == WHOLE


def test_a_copy_whose_folder_goes_while_it_is_saved_is_a_clear_error(session: BlenderSession) -> None:
    def remove(*_: object) -> None:
        assert session._private is not None
        shutil.rmtree(session._private.path)

    bpy.app.handlers.save_pre.append(remove)
    try:
        with pytest.raises(ar.RenderError, match=r"no copy of it can be saved in .*MB are free.*TMPDIR"):
            run(session.snapshot)
    finally:
        bpy.app.handlers.save_pre.remove(remove)
    assert names(run(session.snapshot)) == WHOLE


def test_a_full_disk_that_takes_no_folder_is_named_with_the_remedy(
    session: BlenderSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = run(session.snapshot).file.parent.parent

    def refuse(**_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(ar.RenderError, match=rf"{private} takes no files: No space left on device; set TMPDIR to"):
        run(session.snapshot)


def test_calls_that_wait_for_a_copy_meanwhile_are_served(session: BlenderSession) -> None:
    async def main() -> None:
        first = await session.snapshot()
        shutil.rmtree(first.file.parent.parent)
        second, third = await asyncio.gather(session.snapshot(), session.snapshot())
        assert second is third
        assert names(second) == WHOLE

    run(main)
