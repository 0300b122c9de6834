"""An engine that tells how far a frame is, and waits until a script was told of it."""

from __future__ import annotations

import asyncio
import time

import bpy

import async_render as ar

told: dict[int, list[float]] = {1: [], 2: []}


class Telling(bpy.types.RenderEngine):
    bl_idname, bl_label = "TELLING", "Telling"
    bl_use_preview = False

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]
        frame = depsgraph.scene.frame_current
        wait_until_told(frame, 0.0)
        for fraction in (0.25, 0.5, 0.75):
            self.update_progress(fraction)
            wait_until_told(frame, fraction)


def wait_until_told(frame: int, fraction: float) -> None:
    limit = time.monotonic() + 30
    while fraction not in told[frame] and time.monotonic() < limit:
        time.sleep(0.02)


bpy.utils.register_class(Telling)


async def look(frames: ar.Frames) -> None:
    while True:
        await asyncio.sleep(0.1)
        if frames.progress.frame is not None:
            told[frames.progress.frame].append(frames.progress.fraction)


async def render_fractions() -> None:
    async with ar.render_frames(ar.RenderSettings(frame_end=2, engine="TELLING")) as frames:
        looking = asyncio.create_task(look(frames))
        async for _ in frames:
            pass
        looking.cancel()
