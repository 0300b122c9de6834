"""The benchmark of the loop runs; what it measures is no test."""

from __future__ import annotations

import pytest

from ...benchmarks.loop import MUST, as_markdown
from ...support.window.blenders import ROOT
from ...support.window.window import Window


@pytest.mark.slow
def test_it_measures_every_row_in_every_way(window: Window) -> None:
    window.exec(f"import sys; sys.path.insert(0, {str(ROOT)!r})")
    window.exec("from tests.benchmarks import in_blender; ended = in_blender.start(quick=True)")
    window.wait_until("ended.done()", timeout=400)
    table = window.eval("ended.result()")
    assert list(table) == list(MUST)
    assert list(table["100,000 sleep(0) hops"]) == [
        "ours",
        "(1) timer 1 ms",
        "(1) timer 100 ms",
        "(2) modal 10 µs",
        "(3) plain asyncio",
    ]
    assert table["nothing pending"] == {"ours": "a heartbeat"}
    assert "| a thread's wake-up | " in as_markdown(table)
    assert window.quit() == 0
