"""The options of a pool: what cannot be is refused at once, with the option, the value and the remedy."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import async_render as ar
from async_render.pool import pool_options
from async_render.pool.worker_process import memory
from async_render.pool.worker_process.memory import free_memory, memory_of
from async_render.pool.worker_process.program import IS_WORKER


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"workers": 0}, ValueError, "workers=0 is not between 1 and 256"),
        ({"workers": -1}, ValueError, "workers=-1 is not between 1 and 256"),
        ({"workers": 100_000}, ValueError, "workers=100000 is not between 1 and 256"),
        ({"workers": True}, TypeError, "workers=True is not a whole number; write workers=1"),
        ({"workers": 2.0}, TypeError, "workers=2.0 is not a whole number"),
        ({"workers": "2"}, TypeError, "workers='2' is not a whole number"),
        ({"gpu": 0}, TypeError, r"gpu=0 is not a list of devices; write gpu=\[0, 1\]"),
        ({"gpu": []}, ValueError, r"gpu=\[\] names no device"),
        ({"gpu": [-1]}, ValueError, "gpu=-1 is not between 0 and 1000"),
        ({"recycle_after": 0}, ValueError, "recycle_after=0 is not between"),
        ({"recycle_after": "4 KB"}, ValueError, "recycle_after='4 KB': write a number of frames, or '4000 MB'"),
        ({"recycle_after": "0 MB"}, ValueError, "recycle_after='0 MB'"),
        ({"nice": 20}, ValueError, "nice=20 is not between 0 and 19"),
        ({"start_timeout": None}, TypeError, "start_timeout=None is not a number of seconds"),
        ({"frame_timeout": 0}, ValueError, "frame_timeout=0 is not more than 0 seconds"),
        ({"job_timeout": float("nan")}, ValueError, "job_timeout=nan"),
        ({"job_timeout": "60"}, TypeError, "job_timeout='60' is not a number of seconds"),
        ({"tries": 0}, ValueError, "tries=0 is not between 1 and 100"),
        ({"blender": ""}, ValueError, "blender='' is not a path"),
        ({"file": 4}, TypeError, "file=4 is not a path"),
        ({"file": "a\0b"}, ValueError, "is not a path"),
        ({"log_folder": ""}, ValueError, "log_folder='' is not a path"),
    ],
)
def test_what_no_pool_can_have_is_refused(options: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        ar.BlenderPool(**options)


def test_more_workers_than_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_options, "free_memory", lambda: 1000 << 20)
    with pytest.raises(
        ValueError, match=r"workers=7: each needs 150 MB at least, and 1,000 MB are free; write workers=6"
    ):
        ar.BlenderPool(7)
    assert repr(ar.BlenderPool(6)) == "BlenderPool(workers=6, closed)"
    monkeypatch.setattr(pool_options, "free_memory", lambda: None)
    ar.BlenderPool(256)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not tell")
def test_memory_is_read_from_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    free = free_memory()
    assert free is not None
    assert free > 1 << 20
    own = memory_of(os.getpid())
    assert own is not None
    assert 1 << 20 < own < 1 << 40
    assert memory_of(1 << 30) is None
    monkeypatch.setattr(memory, "Path", lambda _: Path("/nowhere"))
    assert free_memory() is None


def test_workers_are_half_of_the_cores_and_one_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, workers in ((None, 1), (1, 1), (2, 1), (7, 3)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert repr(ar.BlenderPool()) == f"BlenderPool(workers={workers}, closed)"


def test_a_limit_is_frames_or_memory() -> None:
    for given, frames, megabytes in ((20, 20, None), ("20 frames", 20, None), ("4 GB", None, 4000), (None, None, None)):
        assert pool_options._wear_limits(given) == (frames, megabytes)


def test_a_call_needs_an_open_pool() -> None:
    pool = ar.BlenderPool(1)
    with pytest.raises(ar.RenderError, match=r"the pool is not open; write 'async with ar\.BlenderPool"):
        asyncio.run(pool.render_animation())
    with pytest.raises(ar.RenderError, match="the pool is not open"):
        pool.submit()
    pool.close()
    pool.cancel_all()
    assert pool.workers == ()


def test_a_pool_in_a_worker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(IS_WORKER, "1")
    with pytest.raises(ar.RenderError, match="in a worker of a pool"), ar.BlenderPool(1):
        pass


def test_a_process_without_blender_has_to_name_a_program_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("current_session", "own_program"):
        monkeypatch.setattr(f"async_render.pool.opened_files.{name}", lambda: None)
    file = tmp_path / "shot.blend"
    file.write_bytes(b"BLENDER")
    for options in ({}, {"blender": sys.executable}, {"file": file}):
        with pytest.raises(ar.RenderError, match=r"this process has no Blender: write BlenderPool\(blender="):
            ar.BlenderPool(1, **options).open()
    with pytest.raises(
        ar.RenderError, match=r"nowhere\.blend' cannot be read: No such file or directory; give the path"
    ):
        ar.BlenderPool(1, blender=sys.executable, file=tmp_path / "nowhere.blend").open()
    with pytest.raises(
        ar.RenderError, match=r"shot\.blend/logs' cannot be made: Not a directory; choose another folder"
    ):
        ar.BlenderPool(1, blender=sys.executable, file=file, log_folder=file / "logs").open()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("/nowhere/blender", "is not a file; give the path of Blender's program"),
        ("/etc/passwd", "may not be executed"),
        ("/bin/true", "is no Blender: --version answers"),
    ],
)
def test_a_program_that_is_no_blender_is_the_error_of_the_first_call(
    tmp_path: Path, program: str, message: str
) -> None:
    file = tmp_path / "shot.blend"
    file.write_bytes(b"BLENDER")

    async def main() -> None:
        async with ar.BlenderPool(2, blender=program, file=file) as pool:
            await pool.render_still()

    with pytest.raises(ar.WorkerError, match=message):
        asyncio.run(main())
