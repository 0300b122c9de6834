"""How much time `render_animation` adds to Blender's own renders, in the window and without one.

    uv run --extra bpy python -m tests.benchmarks.renders [--suite trixie] [--short-renders 1000]

Prints a table for each Blender, in the way of Markdown: every number is a ratio to Blender's own way, which takes turns
with ours in the same run. Takes some thirty minutes each; nothing else should run on the machine. Where it is a part of
one that others use, too, CPU time tells better what is ours.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from time import perf_counter

from ..support.window.blenders import ROOT
from ..support.window.display import Display
from ..support.window.window import environment
from .ratios import beside, cpu_of_children, to_neighbours
from .windows import blenders_here, install, installed_window

LIMIT = 1500.0
"""Seconds for one measure, whose rows are printed when it is over."""

TURNS = 9
"""How often each way is measured, in turns."""

HEADLESS_SCRIPT = """
import async_render as ar
ar.run(ar.render_animation())
"""


def in_window(command: tuple[str, ...], extension: Path, display: Display, short_renders: int) -> Iterator[str]:
    """The rows that a window measures, as they come."""
    with installed_window(command, extension, display) as window:
        window.exec("from tests.benchmarks import renders_in_blender")
        window.exec(f"rows, ended = renders_in_blender.start({str(window.folder)!r}, {short_renders})")
        count = 0
        while not window.eval("ended.done()"):
            window.wait_until(f"len(rows) > {count} or ended.done()", timeout=LIMIT)
            rows: list[str] = window.eval(f"rows[{count}:]")
            count += len(rows)
            yield from rows
        yield from window.eval(f"rows[{count}:]")
        window.exec("ended.result()")


def headless(command: tuple[str, ...], extension: Path) -> Iterator[str]:
    """Whole processes: `blender -b -a`, beside `blender -b --python` with a script of one line."""
    with tempfile.TemporaryDirectory() as folder:
        home, file, script = (Path(folder, name) for name in ("home", "scene.blend", "script.py"))
        install(command, extension, home)
        script.write_text(HEADLESS_SCRIPT)
        make = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.benchmarks import renders_in_blender as r; "
        make += f"r.make_scene('CYCLES', {folder!r}); import bpy; bpy.ops.wm.save_as_mainfile(filepath={str(file)!r})"
        run(command, home, "-b", "--python-expr", make)
        turns = []
        for _ in range(TURNS):
            arguments = (str(file), "-a"), (str(file), "--python", str(script)), (str(file), "-a")
            own, ours, again = (run(command, home, "-b", *way) for way in arguments)
            turns.append([to_neighbours(*values) for values in zip(own, ours, again, strict=True)])
    whole, cpu = zip(*turns, strict=True)
    yield f"| headless, whole process | {beside(whole, '`blender -b -a`')} | ≤ 1.02 |"
    yield f"| the same, CPU time | {beside(cpu, '`blender -b -a`')} | |"


def run(command: tuple[str, ...], home: Path, *arguments: str) -> tuple[float, float]:
    """Seconds of a process, and those of the CPU."""
    begin, cpu = perf_counter(), cpu_of_children()
    subprocess.run([*command, *arguments], env=environment(home), check=True, capture_output=True, timeout=300)
    return perf_counter() - begin, cpu_of_children() - cpu


def main() -> None:
    """Measure in all Blenders that are here, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", help="only this Blender: trixie, sid or own")
    parser.add_argument("--short-renders", type=int, default=1000, help="how many in a row, for what they leave behind")
    arguments = parser.parse_args()
    for name, command, extension, display in blenders_here(arguments.suite):
        print(f"\n{name}, {os.cpu_count()} cores\n\n| measure | reached | must reach |\n|---|---|---|", flush=True)
        rows = headless(command, extension), in_window(command, extension, display, arguments.short_renders)
        for row in chain(*rows):
            print(row, flush=True)


if __name__ == "__main__":
    main()
