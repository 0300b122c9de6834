"""CPython's own tests of event loops, in real windows: events, sockets, subprocesses, files, servers."""

from __future__ import annotations

import pytest

from ..support.window.blenders import ROOT
from ..support.window.window import Window
from .suite import MAY_FAIL

pytestmark = [pytest.mark.window, pytest.mark.slow]

MAIN_THREAD = {
    f"test.test_asyncio.test_events.{name}"
    for name in (
        "PolicyTests.test_get_event_loop",
        "PolicyTests.test_get_event_loop_calls_set_event_loop",
        "TestCGetEventLoop.test_get_event_loop_returns_running_loop2",
        "TestPyGetEventLoop.test_get_event_loop_returns_running_loop2",
    )
}
"""Up to 3.13 a policy makes a loop when the main thread asks for one; these ask from the tests' thread."""


def test_a_loop_that_blender_ticks_passes_cpythons_tests(window: Window) -> None:
    window.exec(f"import sys; sys.path.insert(0, {str(ROOT)!r})")
    window.exec("from tests.cpython import in_blender")
    log = window.folder / "cpython.log"
    window.exec(f"log = open({str(log)!r}, 'w'); ended = in_blender.start(log)")
    window.wait_until("ended.done()", timeout=400)
    window.exec("log.close()")
    results = window.eval("ended.result()")
    turns = window.eval("in_blender.turns")
    ran = {name: result["ran"] for name, result in results.items()}
    print(f"{ran} tests in {turns} turns of Blender's main loop")
    at_least = {"events": 250, "sock_lowlevel": 30, "subprocess": 50, "sendfile": 60, "server": 10}
    assert all(ran[name] >= number for name, number in at_least.items()), ran
    failed = {name for result in results.values() for name in result["failed"]} - set(MAY_FAIL) - MAIN_THREAD
    assert failed == set(), log.read_text()
    assert turns > 1000
    assert window.quit() == 0
