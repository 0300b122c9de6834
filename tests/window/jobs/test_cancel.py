"""A render is stopped in the middle of a frame, in the window, and nothing of it stays behind."""

from __future__ import annotations

import os
from statistics import median

import pytest

from ...support.pictures import open_picture
from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from ...support.window.window import Window

CANCELS = int(os.environ.get("ASYNC_RENDER_CANCELS", "12"))
"""How often in a row; 200 by hand, before a release."""

CANCEL_AT_RANDOM = """
import asyncio, random, time
import async_render as ar

waits, left, alive = [], [], []

def remains():
    return [name for kind in (bpy.data.scenes, bpy.data.meshes, bpy.data.objects) for name in kind.keys()
            if name.startswith("Async Render")]

async def cancel_again_and_again(count, seconds):
    for turn in range(count):
        render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=200)))
        await asyncio.sleep(random.uniform(0.0, seconds))
        alive.append(bpy.app.is_job_running("RENDER"))
        begin = time.perf_counter()
        render.cancel()
        try:
            await render
        except asyncio.CancelledError:
            waits.append(time.perf_counter() - begin)
        left.extend(remains())
        assert not bpy.app.is_job_running("RENDER")
        assert bpy.context.scene.cycles.samples == 8
    await ar.render_animation(ar.RenderSettings(frame_end=1, filepath="//next_"))
"""


def test_many_renders_are_cancelled_at_random_moments(window: Window) -> None:
    make_segments_file(window)
    remember_state(window)
    window.exec(CANCEL_AT_RANDOM)
    window.exec(f"task = ar.run(cancel_again_and_again({CANCELS}, 1.5))")
    window.wait_until("task.done()", timeout=60 + 6 * CANCELS)
    assert window.eval("task.exception()") is None
    waits = window.eval("waits")
    running = sum(window.eval("alive"))
    print(f"{len(waits)} cancels, {running} with a job: median {median(waits):.2f} s, at most {max(waits):.2f} s")
    assert len(waits) == CANCELS
    assert running > 0
    assert window.eval("left") == []
    assert [file.name for file in window.folder.glob("*.png")] == ["next_0001.png"]
    assert_state_is_back(window)
    assert window.quit() == 0


CANCEL_AND_LISTEN = """
import asyncio
import async_render as ar

updated, until_cancelled = [], []

async def cancel_and_listen():
    render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=200)))
    while not bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    def note(_, graph):
        updated.extend(update.id.name for update in graph.updates)
    bpy.app.handlers.depsgraph_update_post.append(note)
    bpy.app.handlers.render_cancel.append(lambda *_: until_cancelled.append(list(updated)))
    render.cancel()
    await asyncio.wait([render])
    assert render.cancelled()
"""


@pytest.mark.factory_layout
def test_nothing_is_evaluated_anew_to_cancel_a_render(window: Window) -> None:
    """The viewports would be drawn anew, and take the time that Cycles needs for the samples that it is at."""
    make_segments_file(window)
    window.exec(CANCEL_AND_LISTEN)
    window.exec("task = ar.run(cancel_and_listen())")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    assert window.eval("until_cancelled") == [[]]
    assert window.quit() == 0


CANCEL_AFTER_LOAD = """
async def cancel_once():
    render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=200)))
    while not bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    render.cancel()
    await asyncio.wait([render])
    assert render.cancelled()
    assert not bpy.app.is_job_running("RENDER")

async def cancel_after_load(path):
    await cancel_once()
    await ar.open_file(path, discard=True)
    await cancel_once()
    bpy.context.scene.frame_preview_start = 6
    bpy.ops.ed.undo_push(message="After")
    bpy.ops.ed.undo()
    assert bpy.context.scene.frame_preview_start != 6
    await cancel_once()
"""


def test_a_render_is_cancelled_in_another_file_and_after_an_undo(window: Window) -> None:
    file = make_segments_file(window)
    window.exec("import asyncio\nimport async_render as ar")
    window.exec(CANCEL_AFTER_LOAD)
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    window.exec(f"task = ar.run(cancel_after_load({str(file)!r}))")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    assert window.quit() == 0
    assert "Not freed" not in window.output


STOP_AND_LOOK = """
import asyncio
import async_render as ar

async def stop_and_look():
    render = asyncio.create_task(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=200)))
    while not any(item.fraction for item in ar.queue()):  # which says that there are samples
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    render.cancel()
    await asyncio.wait([render])
    bpy.data.images["Render Result"].save_render("SEEN")
"""


def test_the_picture_that_was_seen_stays_in_the_render_result(window: Window) -> None:
    make_segments_file(window)
    seen = window.folder / "seen.png"
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Rendering']")
    window.exec(STOP_AND_LOOK.replace("SEEN", str(seen)))
    window.exec("task = ar.run(stop_and_look())")
    window.wait_until("task.done()")
    assert window.eval("task.exception()") is None
    picture = open_picture(seen).convert("RGB")
    assert picture.size == (640, 360)
    red, green, _blue = picture.resize((1, 1)).tobytes()
    assert red > green + 20
    window.settle()
    window.display.screenshot(window.folder / "stopped.png")


GROUP = """
import asyncio
import async_render as ar

async def fail():
    await asyncio.sleep(1)
    raise ValueError("mine")

async def group():
    async with asyncio.TaskGroup() as group:
        group.create_task(ar.render_animation(ar.RenderSettings(samples=4096)))
        group.create_task(fail())
"""


def test_a_failing_task_group_stops_its_render(window: Window) -> None:
    make_segments_file(window)
    remember_state(window)
    window.exec(GROUP)
    window.exec("task = ar.run(group())")
    window.wait_until("task.done()")
    assert "mine" in window.eval("task.exception().exceptions[0]")
    assert window.eval("len(task.exception().exceptions)") == 1
    wait_for_idle(window)
    assert_state_is_back(window)
    assert window.quit() == 0


def test_blender_quits_in_the_middle_of_a_render(window: Window) -> None:
    make_segments_file(window)
    window.exec("import async_render as ar")
    window.exec("ar.run(ar.render_animation(ar.RenderSettings(samples=4096, resolution_percentage=200)))")
    window.wait_until("bpy.app.is_job_running('RENDER')")
    window.settle()
    assert window.quit() == 0
    assert not list(window.folder.glob("*.png"))
    assert "/async_render/" not in window.output, window.output  # no traceback of ours; sid has one of its own
