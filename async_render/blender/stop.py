"""Stopping Blender's jobs at once: renders in the middle of a frame, bakes within a step.

Python has no call for it. What the Esc key does is to set the break flag that all jobs look at
(`wm_event_add_ghostevent` in source/blender/windowmanager/intern/wm_event_system.cc). One operator sets it without any
key, and does nothing else: *Pause Bake* of a fluid (`fluid_pause_exec` in
source/blender/editors/physics/physics_fluid.cc, the same in 4.2 to 5.2). So it is called for a domain that is in no
scene, which Blender never simulates.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import bpy

from .host import REST, get_host
from .properties import by_uid

log = logging.getLogger("async_render")

NAME = "Async Render Stop"

AGAIN = 0.25
"""Seconds after which the flag is set once more: some jobs clear it on their own thread when they begin."""


class BreakFlag:
    """Blender's break flag. What it takes to set it is made when it is set, and goes away at the end of the `with`
    block: not while Blender renders or bakes, to remove objects then may crash it."""

    def __init__(self) -> None:
        self._uids: dict[str, int] = {}

    def __enter__(self) -> BreakFlag:
        return self

    def set(self) -> None:
        """End what Blender renders or bakes now, as the Esc key does."""
        built_with: Any = bpy.app.build_options
        if not built_with.fluid:
            log.warning("this Blender was built without fluids, and cannot be stopped: its job goes on to its end")
            return
        if not self._uids:
            self._make_helpers()
        scene, domain = by_uid(bpy.data.scenes, self._uids["scenes"]), by_uid(bpy.data.objects, self._uids["objects"])
        if scene is None or domain is None:
            return  # another file was loaded, or something undone: Blender ends its jobs by itself then
        # Whoever calls an operator brings the view layer up to date first. That of the window must not be touched
        # during a bake of physics: 4.3 refuses ("Dependency graph update requested during evaluation"), or crashes.
        override: Any = bpy.context.temp_override
        with override(scene=scene, view_layer=scene.view_layers[0], object=domain, active_object=domain):
            bpy.ops.fluid.pause_bake()

    def _make_helpers(self) -> None:
        scene = bpy.data.scenes.new(NAME)
        mesh = bpy.data.meshes.new(NAME)
        domain = bpy.data.objects.new(NAME, mesh)
        fluid: Any = domain.modifiers.new(NAME, "FLUID")
        fluid.fluid_type = "DOMAIN"
        self._uids = {"scenes": scene.session_uid, "objects": domain.session_uid, "meshes": mesh.session_uid}

    def __exit__(self, *_: object) -> None:
        # Found again by their ids: a file may have been loaded, or something undone, since.
        for kind, uid in self._uids.items():
            datablocks = getattr(bpy.data, kind)
            found = by_uid(datablocks, uid)
            if found is not None:
                datablocks.remove(found)
        self._uids = {}


async def stop_render_job() -> None:
    """Stop the render job that runs, and wait until it is gone. The picture it was at stays in the Render Result."""
    await stop(job_gone())


async def stop(gone: Coroutine[Any, Any, None]) -> None:
    """Stop the job that Blender runs.

    Args:
        gone: ends when that which shall be stopped is gone.
    """
    waiting = asyncio.ensure_future(gone)
    try:
        with BreakFlag() as flag:
            await asyncio.sleep(0)  # it may be gone already
            while not waiting.done():
                flag.set()
                await asyncio.wait([waiting], timeout=AGAIN)
        await waiting
    finally:
        waiting.cancel()


async def job_gone() -> None:
    """Wait until Blender has no render job, not even one that the user started."""
    while bpy.app.is_job_running("RENDER"):
        await get_host().next_turn()


async def free_for_render() -> None:
    """Wait until a render may start: it would end the user's render, and his bake."""
    while bpy.app.is_job_running("RENDER") or bpy.app.is_job_running("OBJECT_BAKE"):
        await asyncio.sleep(REST)
