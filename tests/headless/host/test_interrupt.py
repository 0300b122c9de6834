"""Ctrl-C while a script runs without a window."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

import async_render as ar
from async_render.blender.quirks import sigint

from ...support.interrupt import NEVER_AWAITS, SCRIPT, interrupt, interrupt_again
from ...support.processes import start_script

pytestmark = pytest.mark.core


def test_it_cancels_the_script_and_ends_with_the_usual_traceback(tmp_path: Path) -> None:
    process = start_script(SCRIPT)
    output = interrupt(process)
    assert "cleaned up" in output
    assert "Traceback (most recent call last)" in output
    assert f'File "{SCRIPT}"' in output
    assert "KeyboardInterrupt" in output
    assert process.returncode in {-signal.SIGINT, 130}


@pytest.mark.parametrize("is_ignored", [True, False])
def test_a_script_in_the_background_of_a_shell_ignores_it_as_before(is_ignored: bool) -> None:
    """A shell, and `nohup`, let such processes ignore Ctrl-C: the user presses it for the one in front."""

    async def main() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(10):
            await asyncio.sleep(0)
        return "goes on"

    before = signal.signal(signal.SIGINT, signal.SIG_IGN if is_ignored else signal.default_int_handler)
    try:
        if is_ignored:
            assert ar.run(main()).result() == "goes on"
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        else:
            with pytest.raises(KeyboardInterrupt):
                ar.run(main())
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_second_one_ends_a_line_that_never_awaits_and_names_it() -> None:
    process = start_script(NEVER_AWAITS)
    output = interrupt_again(process)
    assert f'File "{NEVER_AWAITS}", line 1' in output, "line 11 or 12"
    assert "KeyboardInterrupt" in output
    assert process.returncode in {-signal.SIGINT, 130}


def test_on_windows_the_handler_is_looked_for_in_the_c_runtime_of_blender_and_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = importlib.util.spec_from_file_location("async_render.blender.quirks.sigint_on_windows", sigint.__file__)
    assert spec is not None
    assert spec.loader is not None
    on_windows = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        spec.loader.exec_module(on_windows)
    asked: list[str | None] = []

    def load(name: str | None) -> SimpleNamespace:
        def c_signal(_number: int, _handler: int) -> int:
            return 0

        asked.append(name)
        return SimpleNamespace(signal=c_signal)

    monkeypatch.setattr(on_windows.ctypes, "CDLL", load)
    on_windows.restore()
    assert asked == ["ucrtbase"]
