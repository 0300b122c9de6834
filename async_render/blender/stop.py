"""Stopping Blender's render job in the middle of a frame, and its bakes, in the window.

Python has no call for either. But whoever starts to render another scene makes Blender stop and join the job that runs:
`screen_render_invoke` in source/blender/editors/render/render_internal.cc kills all jobs first. So a small helper scene
is rendered, by an engine that only waits, and removed when its job is gone.

A bake does not heed that, and the window would freeze until its end. It looks at Blender's break flag only
(`bake_break` in source/blender/editors/object/object_bake_api.cc), which a blocking render leaves set when its engine
reports an error (`RE_engine_render` in source/blender/render/intern/engine.cc).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import bpy

from ..render.errors import RenderError
from .display import render_display
from .host import MAIN_LOOP_SLEEP

PATIENCE = 10.0
"""Seconds after which the waiting engine gives up, should nobody release it."""

NAME = "Async Render Stop"


class ASYNC_RENDER_ENGINE_stop(bpy.types.RenderEngine):
    """Renders nothing, and waits until it is released.

    It must not end while the operator is still returning: 4.3 dies of a GLX error then, because the render thread
    destroys its OpenGL context while the main thread uses the display.
    """

    bl_idname = "ASYNC_RENDER_STOP"
    bl_label = NAME
    bl_use_preview = False
    released = threading.Event()

    # mypy: fake-bpy-module takes the method for a property. ruff: Blender gives it, needed or not.
    def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]  # noqa: ARG002
        """Called by Blender on the render thread."""
        self.released.wait(PATIENCE)


class ASYNC_RENDER_ENGINE_break(bpy.types.RenderEngine):
    """Renders nothing, and reports an error."""

    bl_idname = "ASYNC_RENDER_BREAK"
    bl_label = NAME
    bl_use_preview = False

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:  # type: ignore[override]  # noqa: ARG002
        """Called by Blender on the main thread."""
        self.report({"ERROR"}, "Async Render stops the bake")


async def stop_render_job() -> None:
    """Stop the render job that runs, and wait until it is gone. The picture it was at stays in the Render Result.

    Raises:
        RenderError: Blender did not let go of it.
    """
    engine = ASYNC_RENDER_ENGINE_stop
    engine.released.clear()
    with _registered(engine), _helper_scene(engine) as scene:
        try:
            with render_display("NONE"):
                answer = bpy.ops.render.render("INVOKE_DEFAULT", scene=scene)
            await asyncio.sleep(2 * MAIN_LOOP_SLEEP)  # a later turn of the main loop
        finally:
            engine.released.set()
        await job_gone()
    if "RUNNING_MODAL" not in answer:
        raise RenderError(f"Blender did not stop its render job, and answered {answer}")


async def stop_bake_job() -> None:
    """Stop the bake that runs, within a sample, and wait until it is gone."""
    engine = ASYNC_RENDER_ENGINE_break
    with _registered(engine), _helper_scene(engine) as name:
        scene = bpy.data.scenes[name]
        # The operator brings the view layer of its context up to date at its end: not that of the bake.
        with bpy.context.temp_override(scene=scene, view_layer=scene.view_layers[0]), suppress(RuntimeError):
            bpy.ops.render.render("EXEC_DEFAULT")
        # The helper objects stay until then: to remove some while Blender bakes crashes 4.3 and 5.2.
        while bpy.app.is_job_running("OBJECT_BAKE"):
            await asyncio.sleep(MAIN_LOOP_SLEEP)


async def job_gone() -> None:
    """Wait until Blender has no render job, not even one that the user started."""
    while bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(MAIN_LOOP_SLEEP)


@contextmanager
def _registered(engine: type[bpy.types.RenderEngine]) -> Iterator[None]:
    """Known to Blender only meanwhile: its name would stand in the list of engines otherwise."""
    bpy.utils.register_class(engine)
    try:
        yield
    finally:
        bpy.utils.unregister_class(engine)


@contextmanager
def _helper_scene(engine: type[bpy.types.RenderEngine]) -> Iterator[str]:
    """The name of a scene for that engine, with the camera that Blender insists on."""
    scene = bpy.data.scenes.new(NAME)
    data = bpy.data.cameras.new(NAME)
    camera = bpy.data.objects.new(NAME, data)
    scene.camera = camera
    render: Any = scene.render
    render.engine = engine.bl_idname
    scene.render.resolution_x = scene.render.resolution_y = 4
    uids = (scene.session_uid, camera.session_uid, data.session_uid)
    try:
        yield scene.name
    finally:
        # Found again by their ids: a file may have been loaded, or something undone, since.
        for uid, datablocks in zip(uids, (bpy.data.scenes, bpy.data.objects, bpy.data.cameras), strict=True):
            _remove(datablocks, uid)


def _remove(datablocks: Any, uid: int) -> None:
    for datablock in datablocks:
        if datablock.session_uid == uid:
            datablocks.remove(datablock)
            return
