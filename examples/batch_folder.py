"""Render all .blend files of a folder by several Blenders, one file after another. No Blender runs this script.

`python examples/batch_folder.py FOLDER /path/to/blender`

The pictures of `shot.blend` come to `shot/` beside it. What is there already is not rendered again. A Python with the
module `bpy` may stand in the place of Blender.
"""

import asyncio
import sys
from pathlib import Path

import async_render as ar

WORKERS = 2


async def main(files: list[Path], blender: str) -> int:
    failed = 0
    for file in files:
        try:
            async with ar.BlenderPool(WORKERS, blender=blender, file=file) as pool:
                result = await pool.render_animation(filepath=f"//{file.stem}/####", resume=True)
            print(f"{file.name}: {len(result.frames)} frames, {len(result.skipped)} were there")
        except ar.RenderError as error:
            failed += 1
            print(f"{file.name}: {error}")
    return failed


if len(sys.argv) != 3:
    sys.exit(f"write: python {sys.argv[0]} FOLDER /path/to/blender")
sys.exit(asyncio.run(main(sorted(Path(sys.argv[1]).glob("*.blend")), sys.argv[2])))
