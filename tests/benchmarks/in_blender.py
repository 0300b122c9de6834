"""What the benchmark measures, inside Blender: a generator that a timer goes on with when what it waits for is done."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Generator
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

import bpy

from async_render.blender.host import host

from .ways import Main, Ours, Plain, StepModal, StepTimer, Way

Row = dict[str, str]
Steps = Generator[Future[Any], Any, Row]

ECHO_SERVER = Path(__file__).with_name("echo_server.py")

scale = 1.0
"""Of all numbers; the smoke test makes it small."""


def start(quick: bool, only: str = "") -> Future[dict[str, Row]]:
    """Begin to measure.

    Args:
        quick: a hundredth of everything.
        only: what the names of the rows have to contain.

    Returns:
        For each measure what each way has reached.
    """
    global scale
    scale = 0.01 if quick else 1.0
    ended: Future[dict[str, Row]] = Future()
    measures = measure_all(only)
    waits_for: list[Future[Any]] = [_done()]

    def go_on() -> float | None:
        if not waits_for[0].done():
            return 0.02
        try:
            waits_for[0] = measures.send(waits_for[0].result() if waits_for[0].result() is not None else None)
        except StopIteration as end:
            ended.set_result(end.value)
            return None
        except BaseException as error:  # noqa: BLE001 - whoever waits for the table has to get it
            ended.set_exception(error)
            return None
        return 0.02

    bpy.app.timers.register(go_on, first_interval=0.5)
    return ended


def measure_all(only: str) -> Generator[Future[Any], Any, dict[str, Row]]:
    """The rows of the table, one after another."""
    table: dict[str, Row] = {}
    for name, measure in MEASURES.items():
        if only not in name:
            continue
        print(f"measuring {name}", flush=True)
        gc.collect()
        table[name] = yield from measure()
        yield _later(0.3)
    return table


def in_each_way(main: Callable[[Way], Main], result: Callable[[Way, Any, float], str], *skip: type[Way]) -> Steps:
    """A row: run what `main` makes for each way, and let `result` say what came out and how long it took."""
    row: Row = {}
    ways = (Ours(), StepTimer(0.001), StepTimer(0.1), StepModal(), Plain())
    for way in ways:
        if isinstance(way, skip):
            way.end()
            continue
        begin = perf_counter()
        running = way.start(main(way))
        value = yield running
        row[way.name] = result(way, value, perf_counter() - begin)
        way.end()
        yield _later(0.1)
    return row


def number(way: Way, of_fast: int) -> int:
    """How often: ways of one iteration in a turn would take minutes."""
    if isinstance(way, Ours | Plain):
        return max(int(of_fast * scale), 10)
    return max(int((20 if way.name.endswith("100 ms") else 400) * scale), 4)


def rates(main: Callable[[Way], Main]) -> Steps:
    """A row of how often a second: of the budget, where there is one, and of the clock.

    What `main` makes returns how often, and how many seconds it took. The median of nine rounds, in which the ways take
    turns: where the system puts two processes, and how long it lets a core idle, makes a factor of two.
    """
    of_budget: list[float] = []
    of_clock: defaultdict[str, list[float]] = defaultdict(list)
    for rounds in range(9):
        ways: tuple[Way, ...] = (Ours(), Plain())
        if rounds == 0:  # the others are so slow that no round more is needed
            ways = (Ours(), StepTimer(0.001), StepTimer(0.1), StepModal(), Plain())
        for way in ways:
            count, seconds = yield way.start(main(way))
            of_clock[way.name].append(count / seconds)
            if isinstance(way, Ours):
                of_budget.append(count / sum(way.ticks))
            way.end()
            yield _later(0.1)
    row = {name: f"{median(each):,.0f}/s" for name, each in of_clock.items()}
    share = median(of_budget) / median(of_clock[Plain.name])
    row[Ours.name] = f"{median(of_budget):,.0f}/s of budget, {row[Ours.name]} ({share:.2f} of (3) per budget)"
    return row


def hops() -> Steps:
    """`sleep(0)`."""

    def main(way: Way) -> Main:
        async def hop() -> tuple[int, float]:
            begin = perf_counter()
            for _ in range(number(way, 100_000)):
                await asyncio.sleep(0)
            return number(way, 100_000), perf_counter() - begin

        return hop

    return rates(main)


def thread_wake_up() -> Steps:
    """From `call_soon_threadsafe` in a thread to the coroutine that awaits it."""

    def main(way: Way) -> Main:
        async def wait() -> list[float]:
            loop = asyncio.get_running_loop()
            took = []
            for _ in range(number(way, 400) // (1 if isinstance(way, Ours | Plain) else 4) or 1):
                news: asyncio.Future[float] = loop.create_future()
                pause = random.uniform(0.005, 0.02)
                threading.Thread(target=_tell_after, args=(pause, loop, news)).start()
                told = await news
                took.append(perf_counter() - told)
            return took

        return wait

    row = yield from in_each_way(main, lambda _way, took, _: median_p99_max(took))
    row["ours"] += f" (a turn of the idle window: {(yield from _turns())})"
    return row


def _turns() -> Generator[Future[Any], Any, str]:
    """How long the main loop's turns are when the window has nothing to do."""
    turns: list[float] = []

    def note_turn() -> float:
        turns.append(perf_counter())
        return 0.0

    bpy.app.timers.register(note_turn)
    yield _later(2 * scale)
    bpy.app.timers.unregister(note_turn)
    return median_p99_max([after - before for before, after in pairwise(turns)])


def _tell_after(pause: float, loop: asyncio.AbstractEventLoop, news: asyncio.Future[float]) -> None:
    sleep(pause)
    loop.call_soon_threadsafe(news.set_result, perf_counter())


def overshoot() -> Steps:
    """How much longer than asked for a sleep takes."""

    def main(way: Way) -> Main:
        async def wait() -> list[float]:
            took = []
            for _ in range(number(way, 200) // (1 if isinstance(way, Ours | Plain) else 4) or 1):
                pause = random.uniform(0.001, 0.03)
                begin = perf_counter()
                await asyncio.sleep(pause)
                took.append(perf_counter() - begin - pause)
            return took

        return wait

    return in_each_way(main, lambda _way, took, _: median_p99_max(took))


def echoes_inside() -> Steps:
    """Round trips of a line over TCP, client and server in the same loop."""

    def main(way: Way) -> Main:
        async def talk() -> tuple[int, float]:
            server = await asyncio.start_server(_echo, "127.0.0.1", 0)
            answer = await _converse(server.sockets[0].getsockname()[1], number(way, 1000))
            server.close()
            return answer

        return talk

    return rates(main)


def echoes_outside() -> Steps:
    """Round trips of a line over TCP to a server in another process."""
    server = subprocess.Popen([sys.executable, ECHO_SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    try:
        return (yield from rates(lambda way: lambda: _converse(port, number(way, 1000))))
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line)
    writer.close()


async def _converse(port: int, count: int) -> tuple[int, float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begin = perf_counter()
    for _ in range(count):
        writer.write(b"hello\n")
        await reader.readline()
    seconds = perf_counter() - begin
    writer.close()
    await writer.wait_closed()
    return count, seconds


def parked() -> Steps:
    """What an idle Blender takes of a core, and how much more: with an empty timer, and with 10,000 tasks that wait."""
    loop = host.get_host().loop
    count = int(10_000 * scale)
    more: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(5):
        idle = yield from _cpu(4 * scale)
        more["idle"].append(idle)
        bpy.app.timers.register(_empty_timer)
        more["empty"].append((yield from _cpu(4 * scale)) - idle)
        bpy.app.timers.unregister(_empty_timer)
        for what in ("asleep", "for a future"):
            waiting = (asyncio.sleep(3600) if what == "asleep" else _wait_for_ever() for _ in range(count))
            tasks = [loop.create_task(each) for each in waiting]
            yield _later(0.5)
            more[what].append((yield from _cpu(4 * scale)) - idle)
            for task in tasks:
                task.cancel()
            yield _later(0.5)
    return {
        "ours": ", ".join(f"{what}: {median(more[what]):+.2%}" for what in ("asleep", "for a future")),
        "(1) timer 1 ms": f"an empty timer in each turn: {median(more['empty']):+.2%}",
        "(3) plain asyncio": f"idle Blender: {median(more['idle']):.2%} in all",
    }


def _empty_timer() -> float:
    return 0.0


async def _wait_for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def _cpu(seconds: float) -> Generator[Future[Any], Any, float]:
    begin, used = perf_counter(), process_time()
    yield _later(seconds)
    return (process_time() - used) / (perf_counter() - begin)


def nothing_pending() -> Steps:
    """Whether the timer is a slow heartbeat soon after the last task has ended."""
    task = host.get_host().loop.create_task(asyncio.sleep(0.05))
    yield _later(0.5)
    assert task.done()
    return {"ours": "a heartbeat" if host.get_host().is_resting else "a timer"}


def busy(step: float) -> Steps:
    """50 tasks in steps of so many seconds."""
    turns: list[float] = []
    stop_at = perf_counter() + max(4 * scale, 0.2)

    def note_turn() -> float | None:
        turns.append(perf_counter())
        return 0.0 if turns[-1] < stop_at else None

    async def work() -> None:
        while perf_counter() < stop_at:
            until = perf_counter() + step
            while perf_counter() < until:
                pass
            await asyncio.sleep(0)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(work())

    way = Ours()
    bpy.app.timers.register(note_turn)
    yield way.start(main)
    way.end()
    intervals = [after - before for before, after in pairwise(turns)]
    ticks = f"tick median {at(way.ticks, 0.5):.1f}, p99 {at(way.ticks, 0.99):.1f}, max {max(way.ticks) * 1000:.1f} ms"
    return {"ours": f"{ticks}; the window's turn p95 {at(intervals, 0.95):.1f} ms"}


def memory() -> Steps:
    """Resident memory, and objects, that ten times 100,000 tasks have left behind."""

    async def batch() -> None:
        for _ in range(int(100 * scale) or 1):
            await asyncio.gather(*(asyncio.sleep(0) for _ in range(1000)))

    way = Ours()
    kibibytes, objects = [], []
    for _ in range(13):
        yield way.start(batch)
        yield _later(0.1)
        gc.collect()
        kibibytes.append(_resident() / 1024)
        objects.append(len(gc.get_objects()))
    way.end()
    growth = [after - before for before, after in pairwise(kibibytes[2:])]  # the first times fill caches that stay
    in_all = f"{kibibytes[-1] - kibibytes[2]:+,.0f} KiB and {objects[-1] - objects[2]:+} objects in all"
    return {"ours": f"{median(growth):+,.0f} KiB each time, {in_all}"}


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def at(values: list[float], part: float) -> float:
    """The quantile, in milliseconds."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000


def median_p99_max(values: list[float]) -> str:
    """In milliseconds."""
    return f"{at(values, 0.5):.2f}, {at(values, 0.99):.2f}, {max(values) * 1000:.2f} ms"


def _done() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(None)
    return future


def _later(seconds: float) -> Future[Any]:
    future: Future[Any] = Future()

    def ring() -> None:
        future.set_result(None)

    bpy.app.timers.register(ring, first_interval=seconds)
    return future


MEASURES: dict[str, Callable[[], Steps]] = {
    "100,000 sleep(0) hops": hops,
    "a thread's wake-up": thread_wake_up,
    "asyncio.sleep(x) overshoot": overshoot,
    "1,000 TCP echoes inside the loop": echoes_inside,
    "1,000 TCP echoes with another process": echoes_outside,
    "10,000 parked tasks": parked,
    "nothing pending": nothing_pending,
    "50 tasks, 20 µs steps": lambda: busy(2e-5),
    "50 tasks, 200 µs steps": lambda: busy(2e-4),
    "memory over 100,000 tasks": memory,
}
