"""What frames and workers cost a farm's client and scheduler, by Blenders that answer at once, and where that leads.

Each Dask worker, and the scheduler, is a real process. Only their Blenders are not (`idle_blender.py`).
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, process_time

import async_render as ar

from ..support.dask_cluster import DaskCluster
from ..support.processes import PATIENCE
from . import idle_blender
from .pool import Machine
from .ratios import cpu_of, memory_of_process

CHUNKED, ALONE, MANY = 20_000, 1_000, 100_000
"""Frames in long chunks, frames that go out alone, and frames of the job whose memory is watched."""

IN_CHUNKS, ONE_BY_ONE, IN_TENS = 0.001, 10.0, 0.29
"""What a frame is said to take, in seconds: so many frames make a chunk of three seconds."""

CLUSTERS = (1, 4, 16)
"""Numbers of workers whose overhead is measured."""

GROWN = 1_000
"""Number of workers to which the overhead is extrapolated."""

AT_REST = 10.0
"""Seconds in which the cost of workers that do nothing is measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What frames have cost: seconds of the clock, and seconds of CPU time of the client and of the scheduler."""

    frames: int
    clock: float
    client: float
    scheduler: float

    def __str__(self) -> str:
        each = 1000 / self.frames
        parts = f"client {self.client * each:.2f}, scheduler {self.scheduler * each:.2f} ms of CPU"
        return f"{self.clock * each:.2f} ms ({parts})"


@dataclass(frozen=True, slots=True)
class Growth:
    """What a cluster of so many workers costs while it does nothing, and what a frame alone in its chunk costs."""

    workers: int
    client: float
    scheduler: float
    megabytes: float
    files: int
    alone: Cost


@asynccontextmanager
async def idle_farm(cluster: DaskCluster, blender: Path, workers: int) -> AsyncIterator[ar.DaskFarm]:
    """A farm without `nice` whose workers are all idle."""
    file = cluster.folder / "nothing.blend"
    file.touch()
    async with ar.DaskFarm(cluster.address, blender=blender, file=file, nice=0) as farm:
        await until_idle(farm, workers)
        yield farm


async def until_idle(farm: ar.DaskFarm, workers: int) -> None:
    """Wait until a farm has so many idle workers."""
    deadline = monotonic() + 4 * PATIENCE
    while [worker.state for worker in farm.workers] != ["idle"] * workers:
        assert monotonic() < deadline, farm.workers
        await asyncio.sleep(0.05)


async def cost(farm: ar.DaskFarm, cluster: DaskCluster, count: int, filepath: str) -> Cost:
    """Return what frames of idle Blenders cost."""
    begin, client, scheduler = perf_counter(), process_time(), cpu_of(cluster.scheduler.pid)
    await farm.render_animation(filepath=filepath, frames=f"1-{count}")
    clock = perf_counter() - begin
    return Cost(count, clock, process_time() - client, cpu_of(cluster.scheduler.pid) - scheduler)


async def overhead(machine: Machine, folder: Path, workers: int) -> tuple[Growth, list[str]]:
    """Return the cost of frames and of rest with so many workers."""
    cluster = DaskCluster(folder)
    pid = cluster.scheduler.pid
    try:
        for _ in range(workers):
            cluster.add_worker()
        costs = []
        for seconds, frames in ((IN_CHUNKS, CHUNKED), (ONE_BY_ONE, ALONE)):
            async with idle_farm(cluster, idle_blender.program(folder, seconds), workers) as farm:
                filepath = str(folder / "out" / "f_####")
                await farm.render_animation(filepath=filepath, frames="1-50")
                costs.append(await cost(farm, cluster, machine.count(frames), filepath))
                begin, client, scheduler = perf_counter(), process_time(), cpu_of(pid)
                await asyncio.sleep(AT_REST)
                rest = perf_counter() - begin
                at_rest = (process_time() - client) / rest, (cpu_of(pid) - scheduler) / rest
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        growth = Growth(workers, *at_rest, memory_of_process(pid), files, costs[1])
    finally:
        cluster.close()
    told = f"with {workers} workers that render nothing, beside the render"
    return growth, [
        f"| a frame in a long chunk, {told} | {costs[0]} | told |",
        f"| a frame alone in its chunk, {told} | {costs[1]} | told |",
        f"| {workers} workers at rest | client {at_rest[0]:.1%}, scheduler {at_rest[1]:.1%} of a core | told |",
    ]


async def memory(machine: Machine, folder: Path) -> str:
    """The memory of client and scheduler while many frames are rendered in chunks of ten."""
    count = machine.count(MANY)
    cluster = DaskCluster(folder)
    pid = cluster.scheduler.pid
    found = []
    try:
        for _ in range(4):
            cluster.add_worker()
        async with idle_farm(cluster, idle_blender.program(folder, IN_TENS), 4) as farm:
            done, marks = 0, [max(count * percent // 100, 1) for percent in (1, 50, 100)]
            begin = perf_counter()
            filepath = str(folder / "out" / "f_####")
            async with farm.render_frames(filepath=filepath, frames=f"1-{count}") as frames:
                async for _ in frames:
                    done += 1
                    if done in marks:
                        found.append((memory_of_process(None), memory_of_process(pid)))
            seconds = perf_counter() - begin
    finally:
        cluster.close()
    client, scheduler = (" → ".join(f"{value:.0f}" for value in values) for values in zip(*found, strict=True))
    return (
        f"| {count:,} frames in chunks of ten, four workers, in {seconds:.0f} s: memory at 1, 50, 100 % | "
        f"client {client} MB, scheduler {scheduler} MB | flat |"
    )


def extrapolated(few: Growth, many: Growth) -> list[str]:
    """Where the numbers of two clusters lead when they grow in the same way, and which limit comes first."""
    more = many.workers - few.workers

    def at(size: float, before: float, after: float) -> float:
        return before + max(after - before, 0.0) / more * (size - few.workers)

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    each = {
        "the client's core is busy with renewals": (few.client, many.client, 1.0),
        "the scheduler's core is busy with heartbeats": (few.scheduler, many.scheduler, 1.0),
        f"the scheduler has {limit:,} open files (ulimit -n)": (few.files, many.files, limit),
    }
    sizes = {what: few.workers + (end - a) * more / max(b - a, 1e-9) for what, (a, b, end) in each.items()}
    first = min(sizes, key=lambda what: sizes[what])
    busiest = max(many.alone.client, many.alone.scheduler) / many.alone.frames
    rest = at(GROWN, few.client, many.client), at(GROWN, few.scheduler, many.scheduler)
    free = 1 - min(max(rest), 0.99)
    sentence = (
        f"at rest client {rest[0]:.0%}, scheduler {rest[1]:.0%} of a core, "
        f"{at(GROWN, few.megabytes, many.megabytes):.0f} MB, {at(GROWN, few.files, many.files):.0f} open files"
    )
    return [
        f"| {GROWN:,} workers, extrapolated from {few.workers} and {many.workers} | {sentence} | told |",
        f"| all of them are busy if a chunk takes | {GROWN * busiest / free:.1f} s | told |",
        f"| what breaks first | {first}: at {sizes[first]:,.0f} workers | told |",
    ]
