"""How far a frame is, in the window."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

import pytest

from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state
from ...support.window.window import Window

HEAR_SAMPLES = """
import asyncio
import time
import async_render as ar
from async_render.blender.jobs import render_job

heard, seen, listening = [], {0}, []

def hear(text, _=None):
    heard.append(text)

async def look(frames):
    while True:
        await asyncio.sleep(0.005)
        seen.add(frames.progress.sample if frames.progress else 0)
        listening.append(len(bpy.app.handlers.render_stats))

async def hear_samples():
    bpy.app.handlers.render_stats.append(hear)
    await ar.render_animation(ar.RenderSettings(frame_end=1, samples=256))
    bpy.app.handlers.render_stats.remove(hear)
    begin = time.perf_counter()
    async with ar.render_frames(ar.RenderSettings(frame_end=4, samples=256)) as frames:
        looking = asyncio.create_task(look(frames))
        async for _ in frames:
            pass
        looking.cancel()
    global seconds
    seconds = time.perf_counter() - begin
    await asyncio.sleep(0.5)
"""


def test_samples_are_heard_now_and_then_and_cost_nothing_in_between(window: Window) -> None:
    """Each call of `render_stats` makes the render wait for Python's lock, up to a hundred times a frame."""
    make_segments_file(window)
    remember_state(window)
    window.exec(HEAR_SAMPLES)
    window.exec("task = ar.run(hear_samples())")
    window.wait_until("task.done()", timeout=120)
    assert window.eval("task.exception()") is None
    # In windows of 4.x Blender calls the handler once for each frame, and tells no samples.
    is_told = window.eval("any('256' in text for text in heard)")
    assert is_told or window.eval("bpy.app.version < (5, 0)")
    assert (window.eval("len(seen)") > 2) == is_told
    listening: list[int] = window.eval("listening")
    pauses = list(pairwise(listening)).count((1, 0))
    assert 0 < pauses <= window.eval("seconds / render_job.FRAME_INTERVAL + 1")
    assert_state_is_back(window)


COUNT_LISTENERS = """
import asyncio
import async_render as ar

counts = []

async def look():
    while True:
        counts.append(len(bpy.app.handlers.render_stats))
        await asyncio.sleep(0.005)

async def count_listeners():
    looking = asyncio.create_task(look())
    while len(counts) <= 20:
        result = await ar.render_animation(ar.RenderSettings(frame_end=6, samples=32))
    looking.cancel()
    return result
"""


def test_samples_are_not_heard_while_the_render_result_is_shown(window: Window) -> None:
    """5.2 hangs when a handler of `render_stats` is called while the editor draws the picture for the first time."""
    make_segments_file(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Rendering']")
    window.wait_until("bpy.context.screen.name == 'Rendering'")
    window.exec(COUNT_LISTENERS)
    window.exec("task = ar.run(count_listeners())")
    window.wait_until("task.done()")
    assert window.eval("task.result().frames") == [1, 2, 3, 4, 5, 6]
    assert window.eval("len(counts) > 20")
    assert window.eval("max(counts)") == 0


FRACTIONS = """
import asyncio
import time
import async_render as ar

class Telling(bpy.types.RenderEngine):
    bl_idname, bl_label = "TELLING", "Telling"
    bl_use_preview = False

    def render(self, depsgraph):
        frame = depsgraph.scene.frame_current
        wait_until_told(frame, 0.0)
        for fraction in (0.25, 0.5, 0.75):
            self.update_progress(fraction)
            wait_until_told(frame, fraction)

def wait_until_told(frame, fraction):
    limit = time.monotonic() + 30
    while fraction not in told[frame] and time.monotonic() < limit:
        time.sleep(0.02)

bpy.utils.register_class(Telling)
told = {1: [], 2: []}

async def fractions():
    async with ar.render_frames(ar.RenderSettings(frame_end=2, engine="TELLING")) as frames:
        async def look():
            while True:
                await asyncio.sleep(0.1)
                if frames.progress is not None and frames.progress.frame is not None:
                    told[frames.progress.frame].append(frames.progress.fraction)
        looking = asyncio.create_task(look())
        async for _ in frames:
            pass
        looking.cancel()
"""


def test_it_is_told_how_far_a_frame_is_while_the_render_result_is_shown(window: Window) -> None:
    """What the status bar shows; that of the frame before stands there until the next one has something to tell."""
    make_segments_file(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Rendering']")
    window.wait_until("bpy.context.screen.name == 'Rendering'")
    window.exec(FRACTIONS)
    window.exec("task = ar.run(fractions())")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    for told in window.eval("list(told.values())"):
        assert told == sorted(told)
        assert {0.0, 0.5} <= set(told) <= {0.0, 0.25, 0.5, 0.75}


THREE_TURNS = "[host.get_host().turn() for _ in range(3)]"


def test_a_loop_with_nothing_to_do_rests_while_blender_renders(window: Window) -> None:
    make_segments_file(window)
    window.exec("import asyncio; import async_render as ar; from async_render.blender.host import host, pace")
    window.exec("sleeping = ar.run(asyncio.sleep(300))")
    assert three_turns(window)[1:] == [0.0, 0.0]  # while nothing renders it is asked in every turn
    window.exec("task = ar.run(ar.render_animation(ar.RenderSettings(frame_end=1, samples=4096)))")
    window.wait_until("bpy.app.is_job_running('RENDER')")
    # From the first look on: until then the render may be over at any time.
    assert 0.0 < window.wait_until(f"max({THREE_TURNS}[1:])") <= window.eval("pace.REST")
    near = "setattr(host.get_host().pace, 'render_end_expected', 0.0)"
    assert window.eval(f"[{near} or host.get_host().turn() for _ in range(3)]")[1:] == [0.0, 0.0]  # no turn is missed
    window.exec("task.cancel()")
    window.wait_until("task.done()")
    assert three_turns(window)[1:] == [0.0, 0.0]


def three_turns(window: Window) -> list[float]:
    """The seconds that each lets pass until the next; the first may have had something to do."""
    return window.eval(THREE_TURNS)  # type: ignore[no-any-return]


NOTICE_ENDS = """
import async_render as ar

late = []

class Watch:
    is_awaiting = had_job = False

def count_late_turns():
    has_job = bpy.app.is_job_running("RENDER")
    Watch.had_job |= has_job
    if Watch.is_awaiting and Watch.had_job and not has_job:
        late[-1] += 1
    return 0.0

async def render_again_and_again(count):
    for _ in range(count):
        late.append(0)
        Watch.is_awaiting, Watch.had_job = True, False
        await ar.render_animation(ar.RenderSettings(engine="BLENDER_WORKBENCH", frame_end=9, resolution_percentage=10))
        Watch.is_awaiting = False
    bpy.app.timers.unregister(count_late_turns)
"""


def test_the_end_of_a_render_is_noticed_in_the_turn_in_which_its_job_goes(window: Window) -> None:
    """Blender draws its windows after that turn: to wait for the next one is to wait for the drawing."""
    make_segments_file(window)
    window.exec(NOTICE_ENDS)
    for _ in range(5):
        window.exec("late.clear(); task = ar.run(render_again_and_again(9))")
        window.exec("bpy.app.timers.register(count_late_turns)")
        window.wait_until("task.done()")
        late = median(window.eval("late"))
        if late == 0:
            break
    # Not each, and not at all times: on a busy machine a render may end before it is expected.
    assert late == 0


DRAW_AND_RENDER = """
import async_render as ar

drawings, turns = [], []

def note_drawing():
    if bpy.app.is_job_running("RENDER"):
        drawings.append(1)

def note_turn():
    if bpy.app.is_job_running("RENDER"):
        turns.append(1)
    return 0.0

async def render_twice():
    settings = ar.RenderSettings(engine="BLENDER_EEVEE", samples=1, frame_end=8)
    await ar.render_animation(settings.replace(filepath="//first_", frame_end=1))  # compiles its shaders
    bpy.types.SpaceView3D.draw_handler_add(note_drawing, (), "WINDOW", "POST_VIEW")
    bpy.app.timers.register(note_turn)
    await ar.render_animation(settings.replace(filepath="//second_"))
    await ar.render_animation(settings.replace(filepath="//third_"))
    bpy.app.timers.unregister(note_turn)
"""


@pytest.mark.factory_layout
@pytest.mark.slow
def test_a_viewport_that_draws_the_settings_does_not_hold_the_window_up_for_each_frame_of_eevee(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")  # its viewport is quickly drawn
    window.settle()
    window.exec(DRAW_AND_RENDER)
    window.exec("task = ar.run(render_twice())")
    window.wait_until("task.done()", timeout=400)
    assert window.eval("task.exception()") is None
    drawings, turns = window.eval("(len(drawings), len(turns))")
    print(f"{drawings} drawings of the viewport in {turns} turns, 16 frames")
    assert drawings <= 2
    assert turns > 3 * 16
    assert window.quit() == 0
