"""How fast the loop is: in Blender's real window, beside the other ways to run asyncio there, and plain asyncio.

    uv run --extra bpy python -m tests.benchmarks.loop [--suite trixie] [--quick]

Prints one table for each Blender, in the way of Markdown. Takes about four minutes each; nothing else should run on
the machine. The ways: *ours*; (1) `call_soon(loop.stop); run_forever()` from a timer, every 1 ms and every 100 ms;
(2) the same from a modal operator with an event timer of 10 µs; (3) plain asyncio, in the same Blender, while its main
loop waits.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from ..support.window.display import Display
from .windows import blenders_here, installed_window

LIMIT = 400.0
"""Seconds for all measures of one Blender."""

MUST = {
    "100,000 sleep(0) hops": "≥ 0.75 of (3) per second of budget; ≥ 500 × (1)",
    "a thread's wake-up": "median ≤ 2.6 ms, p99 ≤ 5.3 ms (or a turn's own p99: no thread can wake Blender's main loop)",
    "asyncio.sleep(x) overshoot": "median ≤ 3 ms, max ≤ 10.6 ms",
    "1,000 TCP echoes inside the loop": "≥ 0.8 of (3)",
    "1,000 TCP echoes with another process": "≥ 0.5 of (3)",
    "10,000 parked tasks": "< 1 % of a core more than idle",
    "nothing pending": "a heartbeat",
    "50 tasks, 20 µs steps": "p99 of a tick ≤ 5.5 ms; the window's turn p95 ≤ 12 ms",
    "50 tasks, 200 µs steps": "at most one loop iteration (10 ms) over (but the first, which comes unexpected)",
    "memory over 100,000 tasks": "no growth",
}


def measure(
    command: tuple[str, ...], extension: Path, display: Display, quick: bool, only: str
) -> dict[str, dict[str, str]]:
    """Measure in one Blender: for each row what each way has reached."""
    with installed_window(command, extension, display) as window:
        window.exec(f"from tests.benchmarks import in_blender; ended = in_blender.start({quick}, {only!r})")
        window.wait_until("ended.done()", timeout=LIMIT)
        table: dict[str, dict[str, str]] = window.eval("ended.result()")
        return table


def as_markdown(table: dict[str, dict[str, Any]]) -> str:
    """The table, with what every row must reach."""
    ways = list(dict.fromkeys(way for row in table.values() for way in row))
    lines = ["| measure | " + " | ".join(ways) + " | must reach |", "|---" * (len(ways) + 2) + "|"]
    for name, row in table.items():
        lines.append(f"| {name} | " + " | ".join(row.get(way, "") for way in ways) + f" | {MUST[name]} |")
    return "\n".join(lines)


def main() -> None:
    """Measure in all Blenders that are here, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", help="only this Blender: trixie, sid or own")
    parser.add_argument("--quick", action="store_true", help="a hundredth of everything: to see that it runs")
    parser.add_argument("--only", default="", help="only rows whose names contain this")
    arguments = parser.parse_args()
    for name, command, extension, display in blenders_here(arguments.suite):
        print(f"\n{name}, {os.cpu_count()} cores\n")
        print(as_markdown(measure(command, extension, display, arguments.quick, arguments.only)))


if __name__ == "__main__":
    main()
