"""A script whose render is cancelled, and that catches the error outside of `ar.run`, or not."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import bpy

import async_render as ar

folder, how = sys.argv[sys.argv.index("--") + 1 :]


async def cancelled() -> None:
    async with ar.render_frames(frames="1-50", filepath=f"{folder}/a_####") as rendering:
        async for _ in rendering:
            raise SystemExit(4) if how == "exit" else asyncio.CancelledError()


def fail(*_: object) -> None:
    raise ValueError("a handler of another add-on")


scene: Any = bpy.context.scene
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.frame_start, scene.frame_end, scene.render.filepath = 2, 3, f"{folder}/b_"
try:
    ar.run(cancelled())
except BaseException as error:
    if how == "exit":
        raise
    if how == "as a cause":
        raise ValueError("the script's own") from error
if how == "caught, and others fail":
    bpy.app.handlers.render_pre.append(fail)
    bpy.ops.render.render(animation=True)
    bpy.app.handlers.render_pre.remove(fail)
print("ended well")
