"""What the terminal says of skipped tests and of processes that fail in their exit, and how tests are told apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ...support.checkout import ROOT

COPIED = (
    "pyproject.toml",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/support/__init__.py",
    "tests/support/process_state.py",
    "tests/support/requirements.py",
)

TESTS = """
import pytest

from support.requirements import skip


@pytest.mark.parametrize("number", range(200))
def test_needs_a_window(number):
    pytest.skip("no window: get one")


def test_needs_more():
    skip("more", "no more: get it")


def test_passes():
    pass
"""

FAILS_IN_ITS_EXIT = """
import atexit
import os


def test_passes():
    atexit.register(os._exit, 139)
"""

WITHOUT_BPY = "import sys; sys.modules['bpy'] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"


def run(folder: Path, *arguments: str, require: str = "", tests: str = TESTS) -> subprocess.CompletedProcess[str]:
    """Run tests with this project's settings and its own tests/conftest.py."""
    for name in ("window", "support"):
        (folder / "tests" / name).mkdir(parents=True)
    for name in COPIED:
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "tests" / "window" / "test_some.py").write_text(tests)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-o", "pythonpath=tests", *arguments],
        cwd=folder,
        env={"ASYNC_RENDER_REQUIRE": require, "PATH": "", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_skipped_tests_are_one_line_with_each_reason_once(tmp_path: Path, workers: str) -> None:
    ended = run(tmp_path, "--numprocesses", workers)
    assert ended.returncode == 0, ended.stdout
    lines = [line for line in ended.stdout.splitlines() if "SKIP" in line or "get " in line]
    assert lines == ["SKIPPED 200: no window: get one; 1: no more: get it"]


def test_a_test_that_is_required_fails_instead(tmp_path: Path) -> None:
    ended = run(tmp_path, require="bpy,more")
    assert ended.returncode == 1
    assert "FAILED tests/window/test_some.py::test_needs_more - Failed: no more: get it" in ended.stdout
    assert "SKIPPED 200: no window: get one\n" in ended.stdout


def test_a_process_that_fails_in_its_exit_fails_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, "--numprocesses", "1", tests=FAILS_IN_ITS_EXIT)
    assert ended.returncode == 1
    assert " 1 passed in " in ended.stdout
    assert ended.stdout.splitlines()[-1] == "ERROR: the process gw0 has ended with exit code 139"


def test_tests_are_told_apart_by_their_folder(tmp_path: Path) -> None:
    assert "202 tests" in run(tmp_path / "a", "--collect-only", "-q", "-m", "window").stdout
    assert "202 deselected" in run(tmp_path / "b", "--collect-only", "-q", "-m", "unit").stdout


def test_without_bpy_the_headless_tests_are_skipped_and_no_conftest_fails() -> None:
    folders = sorted(str(file.parent) for file in (ROOT / "tests" / "headless").rglob("conftest.py"))
    assert len(folders) > 1
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_BPY, "--collect-only", "-q", "-p", "no:cacheprovider", *folders],
        cwd=ROOT,
        env={"PATH": "", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, ended.stdout + ended.stderr
    lines = [line for line in ended.stdout.splitlines() if "ERROR" in line or "SKIP" in line]
    assert len(lines) == 1
    assert "headless tests need the bpy module: `.ci/task headless`, with Python 3.11 or 3.13" in lines[0]
