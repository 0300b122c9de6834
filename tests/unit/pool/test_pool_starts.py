"""A pool whose workers cannot start, from plain Python: each call says why, and nothing is left."""

from __future__ import annotations

import gc
import sys
import tempfile
from pathlib import Path

import pytest

import async_render as ar
from async_render.output.temporary_folders import LOGS_PREFIX

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs that begin with #!")

ANSWERS = '[ "$1" = --version ] && exec echo Blender 5.0.0'


def program(folder: Path, body: str) -> Path:
    file = folder / "blender"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo hi", "is no Blender: --version answers 'hi'"),
        ("echo Blender 3.6.5", "is Blender 3.6.5; workers need 4.2 or newer"),
        (f"{ANSWERS}; exec sleep 600", "has not started in 0.5 s (signal SIGKILL); "),
        (
            f"{ANSWERS}; echo out of licence >&2; exit 11",
            "has ended before it was ready (exit code 11); the last lines",
        ),
    ],
    ids=["no Blender", "too old", "never ready", "ends at once"],
)
async def test_each_call_says_why_the_workers_cannot_start(
    body: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "shot.blend"
    file.write_bytes(b"BLENDER")
    logs = tmp_path / "logs"
    logs.mkdir()
    blender = program(tmp_path, body)
    pool = ar.BlenderPool(2, blender=blender, file=file, start_timeout=0.5, tries=2, log_folder=logs)
    messages = set()
    async with pool:
        for _ in range(3):
            with pytest.raises(ar.WorkerError) as caught:
                await pool.render_animation(filepath=f"{tmp_path}/out/")
            messages.add(str(caught.value))
            assert len(caught.traceback) < 40
    assert [message for message in messages if said not in message] == []
    assert not (tmp_path / "out").exists()
    del pool
    gc.collect()
    assert [record.message for record in caplog.records if "never retrieved" in record.message] == []


@pytest.mark.parametrize("is_own", [False, True])
async def test_a_folder_of_logs_that_somebody_has_removed_is_made_again(
    is_own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first process that starts removes it; each has its log, and says why it has ended."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = tmp_path / "shot.blend"
    file.write_bytes(b"BLENDER")
    logs = None if is_own else tmp_path / "logs"
    body = f"{ANSWERS}; rm -r {tmp_path}/{LOGS_PREFIX if is_own else 'logs'}*; exit 11"
    async with ar.BlenderPool(1, blender=program(tmp_path, body), file=file, tries=2, log_folder=logs) as pool:
        with pytest.raises(ar.WorkerError, match=r"has ended before it was ready \(exit code 11\)"):
            await pool.render_animation(filepath=f"{tmp_path}/out/")
    assert caplog.messages == []
    assert list(tmp_path.glob(f"{LOGS_PREFIX}*")) == []


async def test_a_program_or_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shot.blend"
    with pytest.raises(ar.RenderError, match=r"file=.*shot\.blend.* cannot be read: No such file"):
        ar.BlenderPool(1, blender=sys.executable, file=file).open()
    file.write_bytes(b"BLENDER")
    async with ar.BlenderPool(1, blender=tmp_path / "none", file=file) as pool:
        with pytest.raises(ar.WorkerError, match="is not a file; give the path of Blender's program"):
            await pool.render_animation(filepath=f"{tmp_path}/out/")
