"""A cluster of this machine's own leaves no keys behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.cluster.dask_module import distributed
from async_render.farm.cluster.embedded import started
from async_render.output.temporary_folders import CLUSTER_PREFIX

from ....support.checkout import ROOT


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_a_cluster_that_cannot_start_leaves_nothing(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def refuse(*_: Any, **__: Any) -> Any:
        seen.extend(file.name for file in temporary.rglob("*.pem"))
        raise OSError("no port is free")

    monkeypatch.setattr(distributed(), "Scheduler", refuse)
    with pytest.raises(OSError, match="no port"):
        await started(1)
    assert sorted(seen) == ["ca.pem", "cert.pem", "key.pem"]
    assert list(temporary.iterdir()) == []


async def test_a_cluster_without_numpy_has_no_dashboard_and_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "distributed.dashboard.scheduler", None)
    caplog.set_level("INFO")
    cluster = await started(0)
    await cluster.close()
    assert not cluster.has_dashboard
    assert "pip install 'async-render[dashboard]'" in caplog.text


@pytest.fixture
def left(temporary: Path) -> Path:
    """The folder of a cluster whose process was killed."""
    script = ROOT / "tests" / "support" / "scripts" / "leave_locked_folder.py"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, script, temporary, CLUSTER_PREFIX], check=False, env=environment)
    (folder,) = temporary.iterdir()
    return folder


async def test_the_keys_of_a_killed_process_go_with_the_next_cluster(temporary: Path, left: Path) -> None:
    cluster = await started(0)
    (own,) = temporary.glob(f"{CLUSTER_PREFIX}*")
    assert own != left
    assert (own / "key.pem").exists()
    assert own.stat().st_mode & 0o777 == 0o700
    await cluster.close()
    assert not own.exists()


@pytest.mark.slow
async def test_a_cluster_ends_its_workers_before_its_scheduler() -> None:
    """In the other order Dask's nanny and its worker wait for each other, until both are killed."""
    cluster = await started(1)
    while not cluster._scheduler.workers:
        await asyncio.sleep(0.05)
    await cluster.close()
    assert [process.returncode for process in cluster._workers] == [0]
