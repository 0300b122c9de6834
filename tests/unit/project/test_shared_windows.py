"""Tests that share a window run in one process, one after another, and one that fails harms no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from ...conftest import SHARED, sharing_tests, who_runs_together
from ...support.checkout import ROOT
from ...support.window import shared as module
from ...support.window.shared import SharedWindow
from ...support.window.window import Window, WindowError

CONSOLE = "tests/window/addon/test_console.py"
TEXT_EDITOR = "tests/window/addon/test_text_editor.py"


class FakeWindow:
    """A window that has what a test says, and whose Blender lives until it is told otherwise."""

    def __init__(self) -> None:
        self.process = self.display = self
        self.left: dict[str, object] = {}
        self.error: Exception | None = None
        self.code: int | None = None
        self.quits_with = 0
        self.is_ended = False
        self.output = "what it has printed"

    def poll(self) -> int | None:
        return self.code

    def exec(self, code: str) -> None:
        if self.error is not None:
            raise self.error

    def eval(self, code: str) -> object:
        return self.left if "changed" in code else []

    def quit(self) -> int:
        return self.quits_with

    def end(self) -> None:
        self.is_ended = True

    def key(self, key: str) -> None: ...

    def settle(self) -> None: ...

    def begin(self, folder: Path) -> None: ...


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> SharedWindow:
    monkeypatch.setattr(module, "LIMIT", 0.0)
    return SharedWindow(lambda: cast(Window, FakeWindow()))


def begin(shared: SharedWindow, test: str = "test_a") -> Any:
    return shared.begin(test, Path())


def test_a_clean_window_goes_to_the_next_test(shared: SharedWindow) -> None:
    window = begin(shared)
    shared.end(has_failed=False)
    assert begin(shared) is window
    shared.end(has_failed=False)
    assert not window.is_ended
    shared.close()
    assert window.is_ended


def test_what_is_left_is_named_and_the_next_test_has_a_new_window(shared: SharedWindow) -> None:
    window = begin(shared)
    window.left = {"handlers": ["stays"]}
    with pytest.raises(WindowError, match=r"has left in its window: \{'handlers': \['stays'\]\}"):
        shared.end(has_failed=False)
    assert window.is_ended
    assert begin(shared) is not window


@pytest.mark.parametrize("error", [BrokenPipeError(), TimeoutError(), WindowError("no")])
def test_a_window_that_cannot_be_reset_is_given_up(shared: SharedWindow, error: Exception) -> None:
    window = begin(shared)
    window.error = error
    with pytest.raises(type(error)):
        shared.end(has_failed=False)
    assert window.is_ended
    assert begin(shared) is not window


def test_after_a_failed_test_the_next_one_has_a_new_window(shared: SharedWindow) -> None:
    window = begin(shared)
    shared.end(has_failed=True)
    assert window.is_ended
    assert begin(shared) is not window


@pytest.mark.parametrize("code", [0, -11])
def test_a_test_may_quit_and_not_crash(shared: SharedWindow, code: int) -> None:
    window = begin(shared)
    window.code = code
    if code:
        with pytest.raises(WindowError, match="Blender ended with -11:\nwhat it has printed"):
            shared.end(has_failed=False)
    else:
        shared.end(has_failed=False)
    assert window.is_ended
    assert begin(shared) is not window


def test_a_crash_after_the_reset_harms_no_other_test_and_is_an_error_in_the_end(shared: SharedWindow) -> None:
    window = begin(shared, "test_crashes_later")
    shared.end(has_failed=False)
    window.code = -11
    assert begin(shared, "test_b") is not window
    shared.end(has_failed=False)
    with pytest.raises(WindowError, match=r"ended with -11 after the reset: \['test_crashes_later'\]"):
        shared.close()


def test_a_crash_at_the_end_names_the_tests_of_that_window(shared: SharedWindow) -> None:
    begin(shared, "test_a")
    shared.end(has_failed=False)
    window = begin(shared, "test_b")
    shared.end(has_failed=False)
    window.quits_with = 139
    with pytest.raises(WindowError, match=r"quit with 139 after \['test_a', 'test_b'\]"):
        shared.close()
    assert window.is_ended


def test_sharing_tests_a_window_run_together_by_module_and_blender() -> None:
    name = "test_a_render_can_be_awaited"
    assert who_runs_together(f"{CONSOLE}::{name}[trixie]") == f"{CONSOLE}[trixie"
    assert who_runs_together(f"{CONSOLE}::{name}[trixie-with a parameter]") == f"{CONSOLE}[trixie"
    assert who_runs_together(f"{CONSOLE}::{name}[sid]") == f"{CONSOLE}[sid"
    alone = "tests/window/host/test_loop_life.py::test_a[trixie]"
    assert who_runs_together(alone) == alone


def test_a_test_with_a_window_of_its_own_runs_in_any_process() -> None:
    alone = (
        f"{TEXT_EDITOR}::test_a_script_that_swallows_its_cancellation_is_named_and_blender_quits[trixie]",
        f"{TEXT_EDITOR}::test_an_error_in_a_scripts_clean_up_is_told_when_the_add_on_ends[trixie-quit]",
    )
    assert [who_runs_together(test) for test in alone] == list(alone)


def test_the_marker_is_found_without_importing_the_module() -> None:
    files = [
        file for file in (ROOT / "tests" / "window").rglob("test_*.py") if "mark.shared_window" in file.read_text()
    ]
    assert len(files) > 3
    assert [file for file in files if not sharing_tests(str(file.relative_to(ROOT)))] == [], f"write {SHARED}"
