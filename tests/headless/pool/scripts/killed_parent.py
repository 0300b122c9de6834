"""A process whose pool does one thing for hours, until the test kills it; or for a moment, and closes the pool.

Arguments: a folder, what is done, and whether it takes hours.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import bpy

import async_render as ar
from async_render.pool.pool import BlenderPool

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` before the tests lets all processes ignore it

folder, kind, is_long = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "long"

MOVIE: Any = {"file_format": "FFMPEG", "container": "MKV", "video_codec": "FFV1"}


async def do(pool: BlenderPool) -> object:
    scene = bpy.context.scene
    assert scene is not None
    scene.render.engine, scene.cycles.use_denoising, scene.cycles.use_adaptive_sampling = "CYCLES", False, False
    scene.render.resolution_x, scene.render.resolution_y = 320, 180
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    if kind == "still":
        return await pool.render_still(filepath=folder / "out" / "still", samples=1 << 24 if is_long else 1)
    if kind == "mixdown":
        scene.frame_end = 1_000_000 if is_long else 10
        return await pool.mixdown(folder / "out" / "sound.flac")
    picture = (await pool.render_still(filepath=folder / "picture", samples=1)).files[0]
    pictures = [folder / f"picture_{number:04}.png" for number in range(3000 if is_long else 2)]
    for name in pictures:
        if not name.exists():
            name.hardlink_to(picture)
    return await pool.encode(pictures, filepath=folder / "out" / "film", **MOVIE)


async def main() -> None:
    async with ar.BlenderPool(1) as pool:
        doing = asyncio.create_task(do(pool))
        while is_long and not list((folder / "out").glob(".async_render_*")):
            assert not doing.done(), doing
            await asyncio.sleep(0.01)
        print("workers", *[worker.pid for worker in pool.workers], flush=True)
        await doing


ar.run(main())
