"""Stopping Blender's jobs at once, in the window: renders in the middle of a frame, bakes within a step.

Python has no call for it. What the Esc key does is to set the break flag that all jobs look at
(`wm_event_add_ghostevent` in source/blender/windowmanager/intern/wm_event_system.cc). One operator sets it without any
key, and does nothing else: *Pause Bake* of a fluid (`fluid_pause_exec` in
source/blender/editors/physics/physics_fluid.cc, the same in 4.2 to 5.2). So it is called for a domain in no scene, which
Blender never simulates.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from .host import MAIN_LOOP_SLEEP

log = logging.getLogger(__name__)

NAME = "Async Render Stop"

AGAIN = 0.25
"""Seconds after which the flag is set once more: some jobs clear it on their own thread when they begin."""


async def stop_render_job() -> None:
    """Stop the render job that runs, and wait until it is gone. The picture it was at stays in the Render Result."""
    await stop(job_gone())


async def stop(gone: Coroutine[Any, Any, None]) -> None:
    """Stop the jobs that Blender runs.

    Args:
        gone: ends when that which shall be stopped is gone. A Blender that was built without fluids lets it come to its
            own end.
    """
    waiting = asyncio.ensure_future(gone)
    try:
        if not bpy.app.build_options.fluid:
            log.warning("this Blender was built without fluids, which stopping needs: its job goes on to its end")
            await waiting
            return
        with _helpers() as (scene, domain):  # until all is gone: to remove objects while Blender bakes can crash it
            while not waiting.done():
                _set_break_flag(scene, domain)
                await asyncio.wait([waiting], timeout=AGAIN)
        await waiting
    finally:
        waiting.cancel()


async def job_gone() -> None:
    """Wait until Blender has no render job, not even one that the user started."""
    while bpy.app.is_job_running("RENDER"):
        await asyncio.sleep(MAIN_LOOP_SLEEP)


def _set_break_flag(scene: str, domain: str) -> None:
    if scene not in bpy.data.scenes or domain not in bpy.data.objects:
        return  # another file was loaded, or something undone: Blender ends its jobs by itself then
    helper, found = bpy.data.scenes[scene], bpy.data.objects[domain]
    # Whoever calls an operator brings the view layer up to date first. During a bake of physics that of the window must
    # not be touched: 4.3 refuses ("Dependency graph update requested during evaluation"), or crashes.
    override: Any = bpy.context.temp_override
    with override(scene=helper, view_layer=helper.view_layers[0], object=found, active_object=found):
        bpy.ops.fluid.pause_bake()


@contextmanager
def _helpers() -> Iterator[tuple[str, str]]:
    """The names of an empty scene, and of a fluid's domain in no scene."""
    scene = bpy.data.scenes.new(NAME)
    mesh = bpy.data.meshes.new(NAME)
    domain = bpy.data.objects.new(NAME, mesh)
    fluid: Any = domain.modifiers.new(NAME, "FLUID")
    fluid.fluid_type = "DOMAIN"
    uids = (scene.session_uid, domain.session_uid, mesh.session_uid)
    try:
        yield scene.name, domain.name
    finally:
        # Found again by their ids: a file may have been loaded, or something undone, since.
        for uid, datablocks in zip(uids, (bpy.data.scenes, bpy.data.objects, bpy.data.meshes), strict=True):
            _remove(datablocks, uid)


def _remove(datablocks: Any, uid: int) -> None:
    for datablock in datablocks:
        if datablock.session_uid == uid:
            datablocks.remove(datablock)
            return
