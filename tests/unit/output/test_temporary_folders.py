"""Folders in the system's folder for temporary files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

import async_render as ar
from async_render.output.temporary_folders import CALL_PREFIX, temporary_folder


def test_a_folder_for_temporary_files_that_takes_nothing_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ar.RenderError, match=r"gone takes no new folder: No such file or directory; set TMPDIR to"):
        temporary_folder(CALL_PREFIX)
