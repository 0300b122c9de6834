"""What a pool of two workers gains, and what it costs: the rows of the pool's table, all in one run.

    uv run --extra bpy python -m tests.benchmarks.pool [--scale 0.2] [--blender PATH] [--window sid]

Prints a table in the way of Markdown. Each ratio stands beside Blender's own way, which was measured in the same run;
nothing else should run on the machine. `--scale` makes it shorter. Without `--blender` the workers, and Blender's own
way, are this Python with the module `bpy`. `--window` adds the turns of a Blender's window meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import async_render as ar
from async_render.pool.crew.dealing import Dealing
from async_render.render.frame_list import FrameList

from ..support.window.blenders import ROOT
from ..support.window.window import Window
from .pool_scenes import MODIFIED, SEGMENT, SEGMENTS, SINGLE, VARIED
from .ratios import cpu_of_children
from .windows import blenders_here, installed_window

SCRIPTS = Path(__file__).parent

DEALT = 10_000
"""Frames that are dealt out without a render."""


class Machine:
    """A folder with the scenes, and the two ways to render them.

    Attributes:
        blender: the program of the workers.
        scale: the part of frames and segments that is rendered.
    """

    def __init__(self, folder: Path, blender: Path, scale: float) -> None:
        self.blender = blender
        self.scale = scale
        self._folder = folder

    def count(self, number: int) -> int:
        """Return a smaller number, as the scale has it."""
        return max(round(number * self.scale), 2)

    def scene(self, kind: str) -> Path:
        """Return the file of a scene, made once."""
        file = self._folder / f"{kind}.blend"
        if not file.exists():
            command = [sys.executable, "-m", "tests.benchmarks.pool_scenes", kind, str(file)]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=600)
        return file

    def alone(self, file: Path, frames: Sequence[int]) -> float:
        """Return the seconds of one process that renders frames, as `blender -b FILE -s FIRST -e LAST -a` does."""
        begin = perf_counter()
        if self.blender.name.startswith("python"):
            code = (
                f"import bpy; bpy.ops.wm.open_mainfile(filepath={str(file)!r}); s = bpy.context.scene; "
                f"s.frame_start, s.frame_end = {frames[0]}, {frames[-1]}; bpy.ops.render.render(animation=True)"
            )
            command = [str(self.blender), "-c", code]
        else:
            ends = ["-s", str(frames[0]), "-e", str(frames[-1])]
            command = [str(self.blender), "-b", str(file), *ends, "-a"]
        subprocess.run(command, check=True, capture_output=True, timeout=3000)
        return perf_counter() - begin


async def segments(machine: Machine) -> str:
    """Many short segments: one process each, one after another, beside a pool."""
    file, count = machine.scene("light"), machine.count(SEGMENTS)
    parts = [range(1 + SEGMENT * number, 1 + SEGMENT * (number + 1)) for number in range(count)]
    alone = sum([await asyncio.to_thread(machine.alone, file, part) for part in parts])
    begin = perf_counter()
    async with pool_of(machine, file) as pool:
        for part in parts:
            await pool.render_animation(frames=f"{part[0]}-{part[-1]}")
    ours = perf_counter() - begin
    return f"| {count} segments of {SEGMENT} frames, beside a process each | {alone / ours:.1f} × faster | ≥ 6 |"


async def single_threaded(machine: Machine) -> str:
    """Frames whose cost is in one thread: one process beside a pool of two."""
    file, count = machine.scene("modified"), machine.count(MODIFIED)
    before = cpu_of_children()
    alone = await asyncio.to_thread(machine.alone, file, range(1, count + 1))
    cores = (cpu_of_children() - before) / alone
    begin = perf_counter()
    async with pool_of(machine, file) as pool:
        await pool.render_animation(frames=f"1-{count}")
    faster = alone / (perf_counter() - begin)
    return (
        f"| {count} single-threaded frames, beside one process that uses {cores:.2f} cores | {faster:.2f} × | ≥ 1.7 |"
    )


async def heavy(machine: Machine) -> list[str]:
    """Jobs of one frame each of a file that takes seconds to open."""
    file, count = machine.scene("heavy"), machine.count(SINGLE)
    async with pool_of(machine, file, workers=1) as pool:
        begin = perf_counter()
        first = await pool.render_animation(frames="1")
        opened = perf_counter() - begin - first.seconds
        begin, rendered = perf_counter(), 0.0
        for frame in range(1, count + 1):
            rendered += sum((await pool.render_animation(frames=str(frame))).frame_seconds.values())
        whole = perf_counter() - begin
        memory = pool.workers[0].megabytes
    return [
        f"| {count} one-frame jobs, file opens in {opened:.1f} s: whole ÷ render | {whole / rendered:.2f} | ≤ 1.1 |",
        f"| memory of that worker | {memory} MB | told |",
    ]


async def varied(machine: Machine) -> list[str]:
    """Frames of very different cost: how long both workers are busy."""
    file, count = machine.scene("varied"), machine.count(VARIED)
    rows = []
    async with pool_of(machine, file) as pool:
        await pool.render_still(frame=1, write=False)
        for what in ("not known yet", "known from before"):
            result = await pool.render_animation(frames=f"1-{count}")
            busy = sum(result.frame_seconds.values())
            costs = max(result.frame_seconds.values()) / min(result.frame_seconds.values())
            share = busy / (2 * result.seconds)
            rows.append(
                f"| {count} frames, costs {costs:.0f} : 1, {what}: both workers render | {share:.0%} | ≥ 95 % |"
            )
    return rows


async def dealing(machine: Machine) -> list[str]:
    """The cost of dealing out frames that cost nothing, by real workers and by the logic alone."""
    count = machine.count(1000)
    file = machine.scene("light")
    async with pool_of(machine, file) as pool:
        await pool.render_animation(frames="1-2")
        begin = perf_counter()
        result = await pool.render_animation(frames=f"1-{count}")
        each = 1000 * (2 * (perf_counter() - begin) - sum(result.frame_seconds.values())) / count
    begin = perf_counter()
    logic = Dealing(FrameList([range(1, DEALT + 1)]), workers=2)
    while chunk := logic.take(0):
        for frame in chunk:
            logic.done(0, frame, 1e-6)
        logic.finished(0)
    alone = 1e6 * (perf_counter() - begin) / DEALT
    return [
        f"| beside the render, for each of {count} frames, of one worker's time | {each:.1f} ms | ≤ 5 |",
        f"| the dealing alone, for each of {DEALT:,} frames | {alone:.1f} µs | |",
    ]


def window_turns(suite: str, seconds: float) -> list[str]:
    """How long a window's turns are while a pool renders, beside those of the same window at rest."""
    made = []
    for name, command, extension, display in blenders_here(suite):
        with installed_window(command, extension, display) as window:
            window.run_file(SCRIPTS / "pool_in_window.py")
            at_rest = measured_turns(window, seconds)
            window.exec("task = ar.create_task(render())")
            window.wait_until("is_rendering()")
            rendering = measured_turns(window, seconds)
            window.exec("task.cancel()")
            window.wait_until("task.done()")
        ratio = rendering / at_rest
        made.append(f"| a window of {name}: turns (p95) while two workers render, beside rest | {ratio:.2f} × | ≤ 2 |")
    return made


def measured_turns(window: Window, seconds: float) -> float:
    """The 95th percentile of a window's turns, in seconds."""
    window.exec("turns.clear()")
    window.wait_until(f"is_over({seconds})")
    found: float = window.eval("p95()")
    return found


def pool_of(machine: Machine, file: Path, workers: int = 2) -> ar.BlenderPool:
    """A pool without `nice`: what it is compared with has none."""
    return ar.BlenderPool(workers, blender=machine.blender, file=file, nice=0)


async def rows(machine: Machine) -> None:
    """Print each row as it comes."""
    print("| measure | result | aim |\n|---|---|---|")
    print(await segments(machine), await single_threaded(machine), sep="\n", flush=True)
    for many in (heavy, varied, dealing):
        print(*await many(machine), sep="\n", flush=True)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the frames: 0.2 is a fifth")
    parser.add_argument("--blender", type=Path, default=Path(sys.executable), help="program of the workers")
    parser.add_argument("--window", help="the Blender whose window is measured: sid or trixie")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(rows(Machine(Path(folder), given.blender, given.scale)))
    if given.window is not None:
        print(*window_turns(given.window, 20 * given.scale), sep="\n")


if __name__ == "__main__":
    main()
