"""Folders in the system's folder for temporary files."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

import async_render as ar
from async_render.output.temporary_folders import CALL_PREFIX, temporary_folder, using


def test_a_folder_for_temporary_files_that_takes_nothing_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ar.RenderError, match=r"gone takes no new folder: No such file or directory; set TMPDIR to"):
        temporary_folder(CALL_PREFIX)


def test_a_temporary_folder_that_is_gone_or_full_is_named_with_the_remedy(tmp_path: Path) -> None:
    with (
        pytest.raises(ar.RenderError, match=r"/gone is gone: somebody has removed it while it was in use; try again"),
        using(tmp_path / "gone"),
    ):
        (tmp_path / "gone" / "file").read_bytes()
    with (
        pytest.raises(ar.RenderError, match=r"takes no files: No space left on device; set TMPDIR to a folder with"),
        using(tmp_path),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
