"""Frames of a worker that is not heard any more: none of them gets its final name afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from async_render.output.locked_folders import FRAMES_PREFIX, LockedFolder
from async_render.output.revocation import OWNED, call_this_process, check_owned, own, revoke
from async_render.render.errors import RenderError

HERE = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _named() -> Iterator[None]:
    call_this_process(HERE)
    yield
    call_this_process("")


def test_a_frame_that_was_written_before_cannot_be_renamed_any_more(tmp_path: Path) -> None:
    with LockedFolder(tmp_path, FRAMES_PREFIX) as folder:
        own(folder)
        check_owned(folder)
        (folder / "0001.png").write_bytes(b"frame")
        revoke(f"{tmp_path}/####", HERE)
        with pytest.raises(FileNotFoundError):
            (folder / "0001.png").replace(tmp_path / "0001.png")
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_blender_has_made_again_is_not_owned(tmp_path: Path) -> None:
    with LockedFolder(tmp_path, FRAMES_PREFIX) as folder:
        own(folder)
        revoke(f"{tmp_path}/####", HERE)
        folder.mkdir()
        with pytest.raises(RenderError, match=f"{tmp_path}: the worker's hidden folder is gone: others render"):
            check_owned(folder)
    assert list(tmp_path.iterdir()) == []


def test_marks_of_frames_that_others_render_now_go(tmp_path: Path) -> None:
    locked = LockedFolder(tmp_path, FRAMES_PREFIX)
    (tmp_path / "0002.png").write_bytes(b"whole")
    own(locked.path)
    locked.mark([tmp_path / "0001.png", tmp_path / "0002.png"])
    revoke(f"{tmp_path}/####", HERE)
    assert [file.name for file in tmp_path.iterdir()] == ["0002.png"]
    locked.remove()


@pytest.mark.parametrize("template", ["{out}/####/shot_####", "{out}/{{scene}}/a"])
def test_a_folder_that_differs_from_frame_to_frame_is_found(tmp_path: Path, template: str) -> None:
    for name in ("0001", "0002"):
        (tmp_path / name).mkdir()
    with LockedFolder(tmp_path / "0001", FRAMES_PREFIX) as folder:
        own(folder)
        revoke(template.format(out=tmp_path), HERE)
        assert not folder.exists()


@pytest.mark.parametrize("owner", ["fedcba9876543210", "", "*"])
def test_folders_of_others_stay(tmp_path: Path, owner: str) -> None:
    with LockedFolder(tmp_path, FRAMES_PREFIX) as folder:
        own(folder)
        (nameless := tmp_path / f"{FRAMES_PREFIX}of a pool").mkdir()
        (nameless / OWNED).touch()
        revoke(f"{tmp_path}/####", owner)
        check_owned(folder)
        check_owned(nameless)


def test_a_forged_folder_is_left_alone(tmp_path: Path) -> None:
    """A pipe would be read for ever, and a link leads elsewhere."""
    for name, make in (("pipe", os.mkfifo), ("link", lambda file: file.symlink_to(tmp_path / "secret"))):
        (tmp_path / "secret").write_text(HERE)
        (folder := tmp_path / f"{FRAMES_PREFIX}{name}").mkdir()
        make(folder / OWNED)
        revoke(f"{tmp_path}/####", HERE)
        assert folder.exists()
