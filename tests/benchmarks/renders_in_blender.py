"""What the benchmark of renders does inside Blender."""

from __future__ import annotations

import asyncio
import gc
import resource
from collections.abc import Callable, Generator
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time
from typing import Any, TypeAlias

import bpy

import async_render as ar

from .ratios import beside, to_neighbours

FRAMES = 60
TURNS = 15


def make_scene(engine: str, folder: str, frames: int = FRAMES) -> str:
    """A scene with a cube, a light and a camera, small."""
    scene = bpy.context.scene
    scene.render.engine = engine
    scene.frame_start, scene.frame_end = 1, frames
    scene.render.resolution_x, scene.render.resolution_y = 320, 180
    scene.render.filepath = f"{folder}/frame_"
    cycles: Any = scene.cycles
    cycles.samples, cycles.use_denoising = 8, False
    return scene.name


def start(folder: str, short_renders: int) -> tuple[list[str], Future[None]]:
    """Measure; rows of a table, which come one after another, and their end.

    A timer goes on with it and no coroutine: the loop has to sleep while Blender's own ways are measured.
    """
    rows: list[str] = []
    ended: Future[None] = Future()
    measures = _measure(folder, short_renders, rows)

    def go_on() -> float | None:
        try:
            return next(measures)
        except StopIteration:
            ended.set_result(None)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the table has to get it
            ended.set_exception(error)
        return None

    bpy.app.timers.register(go_on)
    return rows, ended


def _measure(folder: str, short_renders: int, rows: list[str]) -> Generator[float, None, None]:
    """Adds rows, and yields the seconds until it wants to go on."""
    for engine, frames in (("BLENDER_WORKBENCH", 3 * FRAMES), ("CYCLES", FRAMES)):
        make_scene(engine, folder, frames)
        rows += yield from _whole_animations(engine, frames)
    make_scene("BLENDER_WORKBENCH", folder)
    for measure in (_gaps(), _chained(), _short_renders(short_renders)):
        task = ar.run(measure)
        while not task.done():
            yield 0.2
        rows += task.result()


class Turns:
    """When Blender's main loop turned.

    Attributes:
        job_gone: when it first turned without a render job after one.
    """

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.job_gone = 0.0
        self._had_job = False

    def __call__(self) -> float:
        self.moments.append(perf_counter())
        has_job = bpy.app.is_job_running("RENDER")
        if self._had_job and not has_job:
            self.job_gone = self.moments[-1]
        self._had_job = has_job
        return 0.0

    def p95(self) -> float:
        """Seconds of a turn."""
        return quantiles([after - before for before, after in pairwise(self.moments)], n=20)[-1]


Way: TypeAlias = "Callable[[], Generator[float, None, float]]"
"""A render: yields the seconds until it wants to look again, and returns when it was over; 0: with its job."""


def _timed(way: Way) -> Generator[float, None, tuple[float, float, float]]:
    """Seconds of a render, those of the CPU, and the 95th percentile of the main loop's turns meanwhile."""
    yield 0.3
    turns = Turns()
    turn = turns.__call__
    bpy.app.timers.register(turn)
    begin, cpu = perf_counter(), process_time()
    end = yield from way()
    yield 0.03
    bpy.app.timers.unregister(turn)
    return (end or turns.job_gone) - begin, process_time() - cpu, turns.p95()


def _own_render() -> Generator[float, None, float]:
    """As F12 does. Looked at seldom: what this script does shall not count."""
    bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    while bpy.app.is_job_running("RENDER"):
        yield 0.2
    return 0.0


def _our_render() -> Generator[float, None, float]:
    ends: list[float] = []
    task = ar.run(ar.render_animation())
    task.add_done_callback(lambda _: ends.append(perf_counter()))
    while not ends:
        yield 0.2
    task.result()
    return ends[0]


def _whole_animations(engine: str, frames: int) -> Generator[float, None, list[str]]:
    bpy.context.preferences.view.render_display_type = "NONE"
    yield from _own_render()  # warm
    ratios: list[list[tuple[float, float]]] = []
    for _ in range(TURNS):
        own = yield from _timed(_own_render)
        ours = yield from _timed(_our_render)
        again = yield from _timed(_own_render)
        ratios.append([to_neighbours(*values) for values in zip(own, ours, again, strict=True)])
    whole, cpu, turns = zip(*ratios, strict=True)
    return [
        f"| {engine}, {frames} frames, whole time | {beside(whole, 'F12')} | ≤ 1.02 |",
        f"| the same, CPU time | {beside(cpu, 'F12')} | |",
        f"| {engine}, the window's turn, p95 | {beside(turns, 'F12')} | ≤ 1.1 |",
    ]


class Gaps:
    """The window's turns without a job, between two jobs."""

    def __init__(self) -> None:
        self._gaps: list[int] = []
        self._idle_turns: int | None = None

    def __enter__(self) -> Gaps:
        self._look = self._look_in_every_turn
        bpy.app.timers.register(self._look)
        return self

    def __exit__(self, *_: object) -> None:
        bpy.app.timers.unregister(self._look)

    def _look_in_every_turn(self) -> float:
        if not bpy.app.is_job_running("RENDER"):
            self._idle_turns = None if self._idle_turns is None else self._idle_turns + 1
        else:
            if self._idle_turns:
                self._gaps.append(self._idle_turns)
            self._idle_turns = 0
        return 0.0

    def text(self, jobs: int) -> str:
        """A job that begins in the turn in which the last one goes leaves no gap that can be seen."""
        gaps = sorted([0] * (jobs - 1 - len(self._gaps)) + self._gaps)
        return f"{gaps[len(gaps) // 2]} turns in the median, at most {gaps[-1]}"


async def _gaps(count: int = 10) -> list[str]:
    with Gaps() as ours:
        for _ in range(count):
            await ar.render_animation(ar.RenderSettings(frame_end=2))
        await asyncio.sleep(0.1)
    bpy.utils.register_class(BENCHMARK_OT_modal)
    with Gaps() as modal:
        BENCHMARK_OT_modal.left, BENCHMARK_OT_modal.is_over = count, False
        bpy.ops.benchmark.modal("INVOKE_DEFAULT")
        while not BENCHMARK_OT_modal.is_over:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)  # to unregister one that still runs crashes Blender
    bpy.utils.unregister_class(BENCHMARK_OT_modal)
    return [
        f"| turns of the window from a job gone to the next | {ours.text(count)} | ≤ 1 |",
        f"| the same by a modal operator with a 0.5 s timer | {modal.text(count)} | |",
    ]


class BENCHMARK_OT_modal(bpy.types.Operator):
    """The usual answer: look twice a second whether the last render is over, and start the next one."""

    bl_idname, bl_label = "benchmark.modal", "Modal"
    left = 0
    is_over = False

    def invoke(self, context: Any, event: Any) -> Any:
        context.scene.frame_end = 2
        self.timer = context.window_manager.event_timer_add(0.5, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> Any:
        if event.type != "TIMER" or bpy.app.is_job_running("RENDER"):
            return {"PASS_THROUGH"}
        if not BENCHMARK_OT_modal.left:
            context.scene.frame_end = FRAMES
            context.window_manager.event_timer_remove(self.timer)
            BENCHMARK_OT_modal.is_over = True
            return {"FINISHED"}
        BENCHMARK_OT_modal.left -= 1
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
        return {"PASS_THROUGH"}


async def _chained() -> list[str]:
    """The way that people try first: the next render from the handler of the last one."""
    answers: list[str] = []

    def chain(*_: object) -> None:
        try:
            answers.append(str(bpy.ops.render.render("INVOKE_DEFAULT", animation=True)))
        except RuntimeError as error:
            answers.append(str(error).strip().splitlines()[-1])

    bpy.app.handlers.render_complete.append(chain)
    await ar.render_animation(ar.RenderSettings(frame_end=1))
    bpy.app.handlers.render_complete.remove(chain)
    return [f"| a render started in `render_complete` | {answers[0]} | (fails) |"]


async def _short_renders(count: int) -> list[str]:
    settings = ar.RenderSettings(frame_end=1, resolution_x=16, resolution_y=16)
    for _ in range(20):
        await ar.render_animation(settings)
    before = _left_behind()
    memory = _memory()
    for _ in range(count):
        await ar.render_animation(settings)
    growth = (_memory() - memory) / count
    after = _left_behind()
    changed = {name: after[name] - before[name] for name in before if after[name] != before[name]}
    return [
        f"| {count} short renders in a row | left behind: {changed or 'nothing'}; {growth:.1f} KiB each | nothing |"
    ]


def _left_behind() -> dict[str, int]:
    gc.collect()
    handlers = sum(
        len(found) for name in dir(bpy.app.handlers) if isinstance(found := getattr(bpy.app.handlers, name), list)
    )
    return {
        "handlers": handlers,
        "scenes": len(bpy.data.scenes),
        "objects": len(bpy.data.objects),
        "meshes": len(bpy.data.meshes),
        "images": len(bpy.data.images),
        "tasks": len(asyncio.all_tasks()),
    }


def _memory() -> float:
    """KiB in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024
