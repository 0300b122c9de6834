"""What a farm costs beside a pool, and what breaks first when it grows: the rows of the farm's table, all in one run.

    uv run --extra bpy python -m tests.benchmarks.farm [--scale 0.2]

Prints a table in the way of Markdown. Ratios stand beside the pool's time of the same run; nothing else should run on
the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from time import perf_counter

import async_render as ar

from ..support.dask_cluster import DaskCluster
from .farm_overhead import CLUSTERS, extrapolated, memory, overhead, until_idle
from .pool import Machine, pool_of

LIGHT, ROUNDS = 200, 7
"""Frames of the job that a pool and farms render, and how often each does it."""


async def light(machine: Machine, rounds: int) -> AsyncIterator[str]:
    """Light frames by a pool, by a farm's own cluster, by one of separate processes, and by a job of OpenJD."""
    file, count = machine.scene("light"), machine.count(LIGHT)
    frames = f"1-{count}"
    cluster = DaskCluster(file.parent)
    try:
        cluster.add_worker()
        cluster.add_worker()
        async with AsyncExitStack() as opened:
            pool = await opened.enter_async_context(pool_of(machine, file))
            own = ar.DaskFarm(workers=2, blender=machine.blender, file=file, nice=0)
            other = ar.DaskFarm(cluster.address, blender=machine.blender, file=file, nice=0)
            farms = [await opened.enter_async_context(farm) for farm in (own, other)]
            for farm in farms:
                await until_idle(farm, 2)
            ways = {"pool": pool, "own": own, "other": other}
            seconds: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(rounds + 1):
                for name, way in ways.items():
                    begin = perf_counter()
                    await way.render_animation(frames=frames)
                    seconds[name].append(perf_counter() - begin)
    finally:
        cluster.close()
    pools = seconds["pool"][1:]  # in the first round the file is opened
    what = f"| {count} light frames ({1000 * median(pools) / count:.1f} ms each by `BlenderPool(2)`): speed beside it, "
    for name, title in (("own", "`DaskFarm(workers=2)`"), ("other", "scheduler and two workers")):
        speeds = [beside / ours for beside, ours in zip(pools, seconds[name][1:], strict=True)]
        yield f"{what}{title} | {median(speeds):.2f} ({min(speeds):.2f}–{max(speeds):.2f}) | ≥ 0.85 |"
    job = await asyncio.to_thread(openjd, file, count)
    yield f"{what}OpenJD, two tasks that start a Blender each | {median(pools) / job:.2f} | told |"


def openjd(file: Path, count: int) -> float:
    """Return the seconds that `openjd run` needs for the job that `async-render export` has written."""
    job, command = file.parent / "job", file.parent / "our_command"
    ours = [sys.executable, "-m", "async_render"]
    export = ["export", str(file), "--openjd", str(job), "--frames", f"1-{count}", "--chunk", str(-(-count // 2))]
    subprocess.run([*ours, *export, "--output", "//out/f_####"], check=True, capture_output=True, timeout=600)
    command.write_text(f'#!/bin/sh\nexec {shlex.join(ours)} "$@"\n')
    command.chmod(0o755)
    run = [str(Path(sys.executable).with_name("openjd")), "run", str(job / "template.json")]
    begin = perf_counter()
    subprocess.run(
        [*run, "-p", f"AsyncRender={command}"], check=True, capture_output=True, timeout=600, cwd=file.parent
    )
    return perf_counter() - begin


async def rows(machine: Machine, folder: Path, rounds: int) -> None:
    """Print each row as it comes."""
    print("| measure | result | aim |\n|---|---|---|", flush=True)
    async for row in light(machine, rounds):
        print(row, flush=True)
    grown = []
    for workers in CLUSTERS:
        (part := folder / f"{workers}").mkdir()
        growth, made = await overhead(machine, part, workers)
        grown.append(growth)
        print(*made, sep="\n", flush=True)
    (part := folder / "many").mkdir()
    print(await memory(machine, part), flush=True)
    print(*extrapolated(grown[0], grown[-1]), sep="\n")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the frames: 0.2 is a fifth")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often the light frames are rendered")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(rows(Machine(folder, Path(sys.executable), given.scale), folder, given.rounds))


if __name__ == "__main__":
    main()
