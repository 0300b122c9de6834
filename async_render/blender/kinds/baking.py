"""`bake` and `bake_physics`: textures of objects, and physics, baked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import bpy

from ...render.activity import activities
from ...render.blender_names import BakeType
from ...render.errors import OperatorError, quoted
from ...render.names import BlenderData, name_of
from ...render.result import OperatorResult
from ...render.task_activity import in_queue
from ..datablocks import by_name, by_uid
from ..host.handlers import handler_stream
from ..host.own_loop import require_own_loop
from ..operators.call import label_of, run_operator, with_names
from ..operators.pending_call import OperatorRequest
from ..settings.scenes import found_again, known_scene
from ..window.windows import where_shown


async def bake(type: BakeType = "COMBINED", **properties: Any) -> OperatorResult:  # noqa: A002 - the operator's name
    """Bake the selected objects, as *Bake* of Cycles does: into the image that is active in each material.

    The window stays alive. When the task is cancelled the bake stops within a sample, and its image keeps the pixels
    that it had. Without a window nothing else runs during the bake.

    In a window the user must leave three things alone until the bake ends, which Blender itself does not survive well.
    For an undo or a render by F12 Blender waits for the bake, and its window stands still. A window that shows another
    scene meanwhile crashes Blender at the end of the bake (4.3, 5.2).

    Args:
        type: `"COMBINED"`, `"NORMAL"`, `"DIFFUSE"` …, as of `bpy.ops.object.bake`.
        **properties: further properties of the operator, as `margin` in pixels. A datablock stands for its name.

    Returns:
        How the bake ended, and its seconds.

    Raises:
        OperatorError: Blender cannot bake, or the bake failed (with Blender's own words), or the user pressed Esc.
        RenderError: the scene is gone, or no window shows it any more.

    Example:
        >>> await ar.bake("DIFFUSE", pass_filter={"COLOR"}, margin=4)
        >>> bpy.data.images["Texture"].save()
    """
    require_own_loop("ar.bake()")
    complete = handler_stream("object_bake_complete")
    cancel = handler_stream("object_bake_cancel")
    try:

        def context() -> dict[str, Any]:  # right before the bake: calls for bakes before it in the queue came, too
            complete.forget()
            cancel.forget()
            return {}

        result = await _baked(bpy.ops.object.bake, {"type": type, **with_names(properties)}, context)
        if result.status == "CANCELLED" or cancel.was_called:
            raise OperatorError(f"the bake type={type!r} was cancelled in Blender, by Esc or another job")
        if result.status == "UNKNOWN" and not complete.was_called:
            raise OperatorError(f"the bake type={type!r} ended, and Blender does not say why")
        return OperatorResult(result.name, "FINISHED", result.seconds)
    finally:
        await complete.aclose()
        await cancel.aclose()


async def bake_physics(fluid: str | BlenderData | None = None) -> OperatorResult:
    """Bake all point caches of the window's scene (cloth, particles, soft and rigid bodies), or one fluid.

    The window stays alive, but takes no input: Blender locks it. Scripts must not change anything either until the bake
    has ended. When the task is cancelled the bake stops after the frame that is simulated; the cache keeps the frames
    that are baked.

    Args:
        fluid: a fluid's domain object, or its name; None: the point caches.

    Returns:
        How the bake ended, and its seconds.

    Raises:
        OperatorError: Blender cannot bake, with Blender's own words.
        TypeError: `fluid` is no object and no name.
        RenderError: the scene is gone, or no window shows it any more.

    Example:
        >>> await ar.bake_physics()
    """
    require_own_loop("ar.bake_physics()")
    if fluid is None:
        return await _baked(bpy.ops.ptcache.bake_all, {"bake": True})
    name: str = name_of("fluid", fluid, ["Object"])
    uid = _domain(name).session_uid

    def context() -> dict[str, Any]:
        domain = by_uid(bpy.data.objects, uid)
        if domain is None:
            raise OperatorError(f"fluid={name!r} is gone: it was deleted, or another file was loaded, before its turn")
        return {"object": domain, "active_object": domain}

    return await _baked(bpy.ops.fluid.bake_all, {}, context)


async def _baked(
    function: Any, properties: dict[str, Any], context: Callable[[], dict[str, Any]] = dict
) -> OperatorResult:
    """Run an operator when it is its turn, in the scene of the window; the panel and `queue` show it.

    Args:
        function: the operator.
        properties: the operator's properties.
        context: returns further members of the operator's context; called right before the operator.
    """
    scene = known_scene()
    mode = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
    with in_queue(label_of(function)) as activity:
        request = OperatorRequest(
            function,
            mode,
            properties,
            context=lambda: {**where_shown(found_again(scene)), **context()},
            on_start=partial(activities.start, activity),
        )
        return await run_operator(request, locks=True)


def _domain(name: str) -> bpy.types.Object:
    if not isinstance(name, str):
        raise TypeError(f"fluid={quoted(name)} is no object; give a fluid's domain object, or its name")
    found: bpy.types.Object | None = by_name(bpy.data.objects, name)
    if found is None:
        domains = [item.name for item in bpy.data.objects if any(part.type == "FLUID" for part in item.modifiers)]
        raise OperatorError(f"fluid={name!r} is not an object in this file; those with fluids: {domains or 'none'}")
    return found
