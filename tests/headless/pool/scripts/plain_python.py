"""A plain Python that has no `bpy`, with a pool of workers that have it.

`plain_python.py FILE`: prints how many files an animation has, the width of a still, and the frames of a future.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

sys.modules["bpy"] = None  # as where it is not installed

import async_render as ar  # noqa: E402

OPTIONS: Any = {"blender": sys.executable, "file": sys.argv[1]}


async def main() -> None:
    async with ar.BlenderPool(1, **OPTIONS) as pool:
        result = await pool.render_animation(filepath="//out/####")
        still = await pool.render_still(frame=3, write=False, pixels=True)
        print(json.dumps([len(result.files), still.pixels.width]))


asyncio.run(main())
with ar.BlenderPool(1, **OPTIONS) as pool:
    print(json.dumps(pool.submit(frames="2-3", filepath="//more/####").result().frames))
