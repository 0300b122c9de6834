"""Ends while a still is staged, as Blender does that quits while it renders: nothing ends the task."""

from __future__ import annotations

import asyncio
from pathlib import Path

import bpy

from async_render.blender.kinds.plan import Output
from async_render.blender.kinds.staging import staged
from async_render.blender.settings.still_files import still_files
from async_render.render.frame_list import FrameList
from tests.support.small_scene import folder, scene

assert scene is not None
poster = Path(folder, "poster.png")
poster.write_text("old")
scene.render.filepath = f"{folder}/poster"
still = still_files(scene, 1, is_image=False)
output = Output(
    files=still.of(FrameList([range(1, 2)])),
    still=still,
    path=scene.render.filepath,
    begin=0.0,
    any_format=False,
    is_movie=False,
    is_shared=False,
    is_kept=True,
)


async def render(scene: bpy.types.Scene) -> None:
    async with staged(output, scene, lambda: False) as stage:
        stage.clear()
        (written,) = still.written
        written.write_text("half")
        loop.stop()
        await asyncio.Event().wait()


loop = asyncio.new_event_loop()
tasks = [loop.create_task(render(scene))]
loop.run_forever()
assert len(list(Path(folder).iterdir())) == 3, "the poster, its new picture, and the folder beside them"
