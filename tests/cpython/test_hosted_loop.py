"""CPython's own asyncio tests, all of them, on a hosted loop that gets ticks and nothing else."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ..support.checkout import ROOT
from ..support.requirements import skip
from .suite import MAY_FAIL

pytestmark = [pytest.mark.unit, pytest.mark.slow]


def run(*patterns: str) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.cpython.suite", "hosted", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def test_a_hosted_loop_passes_what_a_plain_one_passes() -> None:
    if not has_testsuite():
        debian = "`sudo apt-get install libpython3-testsuite`"
        remedy = debian if sys.base_prefix == "/usr" else "take a Python that has them, as Debian's with " + debian
        skip("testsuite", f"CPython's own tests are missing: {remedy}")
    with ThreadPoolExecutor() as threads:  # each waits for a process: the tests sleep most of their time
        results = list(threads.map(lambda part: run(*part), parts()))
    assert sum(result["ran"] for result in results) > 2000
    failed = {name for result in results for name in result["failed"]} - set(MAY_FAIL)
    if failed:  # once more, as CPython's own runner does: some depend on the machine's load
        failed &= set(run(*failed)["failed"])
    assert failed == set()


def parts() -> list[list[str]]:
    """The files of tests, in parts that take about as long."""
    package: Any = importlib.import_module("test.test_asyncio")
    files = {file.stem for folder in package.__path__ for file in Path(folder).glob("test_*.py")}
    long = [{"test_tasks"}, {"test_events", "test_ssl"}]
    return [[f".{file}." for file in sorted(part)] for part in (*long, files.difference(*long))]


def has_testsuite() -> bool:
    """Whether this Python has its own tests: Debian packs them apart, Python's images are without them."""
    try:
        return importlib.util.find_spec("test.test_asyncio") is not None
    except ModuleNotFoundError:
        return False
