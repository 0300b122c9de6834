"""What people write, right and wrong, for the type checkers: `.ci/task types` reads this file, and nothing runs it.

mypy and pyright must find no error in a right line. A wrong line has an ignore comment, and both report a comment that
hides nothing. So each wrong line is an error for both.
"""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true, reportUnusedCoroutine=false

import asyncio
from pathlib import Path
from typing import Unpack

import bpy

import async_render as ar


async def right() -> None:
    picture = await ar.render_still(ar.RenderSettings(filepath="//front"), frame=12, pixels=True)
    print(picture.pixels.width, picture.files[0], picture.all_files)
    picture = await ar.render_still(pixels=True, camera="Front", frame=12.5)
    both = await ar.render_still(filepath=Path("/front"))
    if both.pixels is not None:
        print(both.pixels.height)
    async with ar.render_frames(filepath="//out/####") as frames:
        async for frame in frames:
            print(frame.number, frame.path, f"{frame.seconds:.1f} s, {frames.progress.eta:.0f} s left")
    if frames.result is not None:
        print(frames.result.frames)
    result = await ar.render_animation(camera="Front", filepath="//front/####", resume=True)
    print(len(result.frames), round(result.seconds, 1))
    await ar.render_animation(ar.RenderSettings(samples=4), frames=[1, 2, 3])
    await ar.render_animation(frames="1-100, ^40-60")
    await ar.render_viewport(view_context=False, frame_end=24)


async def right_settings() -> None:
    scene = bpy.context.scene
    if scene is None:
        return
    settings = ar.RenderSettings(
        scene=scene,
        camera=scene.camera,
        view_layers=[scene.view_layers[0], "Far"],
        border=[0, 0, 0.5, 0.5],
        render_display_type="NONE",
        overrides={"render.border": [1, 2], "cycles.max_bounces": 4, "world": bpy.data.worlds[0]},
    )
    print(settings.replace(camera="Top").camera, ar.RenderSettings.from_scene(scene).to_json())
    for segment in ar.segments(scene):
        await ar.render_animation(segment.settings(filepath=f"//{segment.filename}_####"), samples=16)


async def right_others() -> None:
    await ar.handler("load_post", timeout=10, where=lambda path: path)
    await ar.job_done("RENDER")
    total: int = ar.call_in_main_thread(sum, [1, 2, 3])
    names = await asyncio.to_thread(ar.call_in_main_thread, lambda: [scene.name for scene in bpy.data.scenes])
    ar.progress(0.4, f"Shot {total} of {len(names)}")
    await ar.bake("DIFFUSE", margin=4)
    await ar.operator(bpy.ops.object.bake, type="NORMAL")
    state: ar.State = ar.queue()[0].state
    stream: ar.HandlerStream = ar.handler_stream("render_write")
    print(state.is_over, stream)


async def render_draft(**fields: Unpack[ar.SettingsFields]) -> ar.RenderResult:
    return await ar.render_animation(ar.RenderSettings(samples=16), **fields)


# ---------------------------------------------------------------------------------------------------------------------


async def wrong(segment: ar.Segment) -> None:
    await ar.render_animation(camra="Top")  # type: ignore[call-arg]
    await ar.render_animation("//x")  # type: ignore[arg-type]
    await ar.render_animation({"camera": "Top"})  # type: ignore[arg-type]
    await ar.render_animation(samples="16")  # type: ignore[arg-type]
    await ar.render_still(frame="12")  # type: ignore[call-overload]
    await ar.render_still(frames="1-10")  # type: ignore[call-overload]
    print((await ar.render_still()).pixels.width)  # type: ignore[union-attr]
    async for _ in ar.render_frames():  # type: ignore[attr-defined]
        pass
    segment.settings(file_path="//a")  # type: ignore[call-arg]
    ar.RenderSettings(camra="x")  # type: ignore[call-arg]
    ar.RenderSettings().replace(camra="x")  # type: ignore[call-arg]
    ar.RenderSettings(render_display_type="NONEE")  # type: ignore[arg-type]
    ar.RenderSettings(view_layers=[1])  # type: ignore[list-item]
    ar.RenderSettings(overrides={"a": object()})  # type: ignore[dict-item]
    ar.RenderSettings().camera = "x"  # type: ignore[misc]
    await render_draft(camra="Top")  # type: ignore[call-arg]
    await ar.handler("frame_chnge_post")  # type: ignore[arg-type]
    await ar.job_done("RENDERR")  # type: ignore[arg-type]
    await ar.bake("DIFUSE")  # type: ignore[arg-type]
    ar.call_in_main_thread(len, 1, 2, 3)  # type: ignore[call-arg, arg-type]
    ar.progress("half")  # type: ignore[arg-type]
    ar.segments(12)  # type: ignore[arg-type]
    ar.render_movie()  # type: ignore[attr-defined]
