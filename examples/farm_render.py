"""Render a .blend file by all workers of a Dask cluster. No Blender runs this script.

`python examples/farm_render.py shot.blend tcp://scheduler:8786`

Without an address a cluster of two workers starts on this machine, whose Python must have the module `bpy`. A scheduler
is started by `dask scheduler`, and each of its workers by `dask worker tcp://scheduler:8786 --nthreads 1`.
"""

import asyncio
import sys

import async_render as ar


async def main(file: str, address: str | None) -> None:
    workers = 2 if address is None else None
    async with ar.DaskFarm(address, file=file, workers=workers) as farm:
        if farm.dashboard is not None:
            print("dashboard:", farm.dashboard)
        async with farm.render_frames(filepath="//out/####", resume=True) as frames:
            async for frame in frames:
                print(f"frame {frame.number}, {frame.seconds:.1f} s")
    if frames.result is not None:
        print(f"{len(frames.result.frames)} frames in {frames.result.seconds:.1f} s")


if len(sys.argv) not in {2, 3}:
    sys.exit(f"write: python {sys.argv[0]} shot.blend [tcp://scheduler:8786]")
asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None))
