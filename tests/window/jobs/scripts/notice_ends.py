"""Counts the turns of Blender's main loop from the end of a render's job until its script goes on."""

from __future__ import annotations

import bpy

import async_render as ar

late: list[int] = []


class Watch:
    is_awaiting = had_job = False


def count_late_turns() -> float:
    has_job = bpy.app.is_job_running("RENDER")
    Watch.had_job |= has_job
    if Watch.is_awaiting and Watch.had_job and not has_job:
        late[-1] += 1
    return 0.0


async def render_again_and_again(count: int) -> None:
    for _ in range(count):
        late.append(0)
        Watch.is_awaiting, Watch.had_job = True, False
        await ar.render_animation(ar.RenderSettings(engine="BLENDER_WORKBENCH", frame_end=9, resolution_percentage=100))
        Watch.is_awaiting = False
    bpy.app.timers.unregister(count_late_turns)
