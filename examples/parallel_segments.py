"""Render the segments between the timeline markers by several Blenders at the same time, each to its own folder.

- in Blender's text editor: *Text > Run Render Script*, or Blender's own *Run Script*; the window stays free
- without a window: `blender -b scene.blend --python examples/parallel_segments.py`
"""

import asyncio

import async_render as ar

WORKERS = 2


async def main() -> None:
    async with ar.BlenderPool(workers=WORKERS) as pool, asyncio.TaskGroup() as group:
        for segment in ar.segments():
            settings = segment.settings(filepath=f"//out/{segment.filename}/####")
            group.create_task(render(pool, segment.name, settings))


async def render(pool: ar.BlenderPool, name: str, settings: ar.RenderSettings) -> None:
    result = await pool.render_animation(settings)
    print(f"{name}: {len(result.frames)} frames in {result.seconds:.1f} s")


ar.run(main())
