"""Renders twenty stills, and a long animation whose file it saves after each frame, until it is killed.

python render_and_save.py NUMBER FILE
"""

from __future__ import annotations

import sys

import bpy

import async_render as ar

number, file = int(sys.argv[1]), sys.argv[2]
# With backups a file is replaced in two steps, and a Blender that is killed between them leaves none of its name.
bpy.context.preferences.filepaths.save_version = 0
scene = bpy.context.scene
scene.camera = bpy.data.objects["Camera"]
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x, scene.render.resolution_y = 100 + number, 16
scene.render.filepath = f"//own_{number}_"
bpy.ops.wm.save_as_mainfile(filepath=file)


def save(*_: object) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=file)
    print("saved", flush=True)


async def main() -> None:
    for _ in range(20):  # an entry of the journal each
        await ar.render_still(ar.RenderSettings(filepath=f"//still_{number}", resolution_x=32), frame=1)
    print("go", flush=True)
    bpy.app.handlers.render_post.append(save)
    await ar.render_animation(ar.RenderSettings(filepath=f"//job_{number}_####", resolution_x=32, frame_end=100_000))


ar.run(main())
