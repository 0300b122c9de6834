"""Runs CPython's own asyncio tests on hosted loops that only get ticks.

    python -m tests.cpython.suite {hosted,plain} [PATTERN …]

Prints one line of JSON at the end: how many tests ran, and the names of those that failed.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import selectors
import signal
import sys
import unittest
import warnings
from time import sleep
from typing import Any

from async_render.loop import HostedLoop

if sys.platform != "win32":
    import resource

TURN = 0.0005
"""Seconds between two ticks when there is nothing to do."""

MAY_FAIL = {
    f"test.test_asyncio.test_events.{kind}EventLoopTests.test_timeout_rounding": (
        "it counts loop iterations, and every tick ends with one in which nothing happens"
    )
    for kind in ("Select", "Poll", "EPoll")
}
"""Tests that a hosted loop may fail, each with its reason. There would also be those that plain CPython fails on the
machines of this project; there are none: 3.11.7, 3.12.1 and 3.13.0 pass them all."""


MEMORY = 4 << 30
"""Bytes of address space that a run may take; it takes 0.3 GB. A test that goes wild ends with a `MemoryError`."""

LIMIT = 400.0
"""Seconds after which a run that hangs ends, and says where: the whole suite takes 110."""


class NoHost:
    """Needs no waking: whoever calls `run_forever` gives the ticks."""

    def wake(self) -> None:
        """It ticks anyway."""


class TickedLoop(HostedLoop):
    """A hosted loop whose `run_forever` is a host: it gives ticks, and does nothing else."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        if selector is not None:
            selector.close()
        self._is_in_tick = False
        self._is_stopped = False
        super().__init__(NoHost())

    def stop(self) -> None:
        self._is_stopped = True
        super().stop()

    def run_forever(self) -> None:
        if self._is_in_tick or self.is_running():
            return super().run_forever()
        try:
            return self.tick_until_stopped()
        finally:
            self._is_stopped = False

    def tick_until_stopped(self) -> None:
        """Be the host."""
        while True:
            delay, is_stopped = self.tick_once()
            if is_stopped:
                return
            if delay != 0.0:
                sleep(TURN)

    def tick_once(self) -> tuple[float | None, bool]:
        """One tick: what it answered, and whether somebody has stopped the loop."""
        self._is_in_tick = True
        try:
            delay = self.run_slice()
        finally:
            self._is_in_tick = False
        return delay, self._is_stopped


class Results(unittest.TextTestResult):
    """Knows the names."""

    def failed(self) -> list[str]:
        """The names of the tests that failed, without parameters."""
        return sorted({test.id().split(" ")[0] for test, _ in (*self.failures, *self.errors)})


def use_loops(kind: type[TickedLoop]) -> None:
    """Let asyncio make hosted loops wherever it or a test makes a loop."""
    asyncio.SelectorEventLoop = kind  # type: ignore[assignment, misc, unused-ignore]
    asyncio.EventLoop = kind  # type: ignore[misc, attr-defined, unused-ignore]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # policies, from 3.14 on
        policy: Any = type(asyncio.get_event_loop_policy())
    policy.new_event_loop = lambda _self: kind()


def run(files: str, patterns: list[str], **options: Any) -> dict[str, Any]:
    """Run the tests of CPython in these files, as `test_*.py`, whose names have one of the patterns in them.

    Returns:
        How many ran, and the names of those that failed.
    """
    import test.test_asyncio as package  # type: ignore[import-not-found]  # no stubs

    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns] or None
    (folder,) = package.__path__
    tests = loader.discover(folder, pattern=files, top_level_dir=folder.removesuffix("test/test_asyncio"))
    result_class: Any = Results
    result = unittest.TextTestRunner(resultclass=result_class, **options).run(tests)
    assert isinstance(result, Results)
    return {"ran": result.testsRun, "failed": result.failed()}


def main() -> None:
    """Run them all."""
    kind, *patterns = sys.argv[1:]
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # A shell starts background commands with SIGINT ignored. Tests that interrupt themselves would wait for ever then,
    # and one fills the memory meanwhile, with CPython's own loop as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    if kind == "hosted":
        use_loops(TickedLoop)
    print(json.dumps(run("test_*.py", patterns)), flush=True)


if __name__ == "__main__":
    main()
