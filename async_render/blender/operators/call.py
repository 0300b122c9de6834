"""`operator`: any operator, awaited, also one that starts a job of Blender's, or runs modally."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import bpy

from ...loop.shielded import cancel_and_wait, to_the_end
from ...render.errors import quoted
from ...render.names import name_of
from ...render.result import OperatorResult
from ..host.host import get_host
from ..host.own_loop import require_own_loop
from .pending_call import POLL_INTERVAL, OperatorRequest, PendingCall

CANCEL_TIMEOUT = 10.0
"""Seconds that a cancelled task waits for its operator to end: Python has no way to end a modal operator of others."""

Stop = Callable[[], Awaitable[None] | None]


async def operator(
    function: Any, /, *, area: str | None = None, stop: Stop | None = None, **properties: Any
) -> OperatorResult:
    """Call an operator, and wait until it is over: its modal part, too.

    In a window the operator is invoked, as by a button; headless it is executed. Operators of Blender's own wait for
    renders, and renders wait for them: starting a render would end their jobs. Operators of add-ons do not wait, so
    that they may render.

    When the task is cancelled, Blender's jobs (renders, bakes, exports) end as by the Esc key. Headless a render ends
    so, within its frame; nothing stops other operators there. Python has no way to end other modal operators. The task
    waits at most 10 seconds for such an operator, and renders of ours wait for its end.

    Args:
        function: the operator, as `bpy.ops.object.bake`.
        area: the type of the editor that the operator needs: `"VIEW_3D"`, `"IMAGE_EDITOR"` …; the largest editor of
            this type is taken.
        stop: called when the task is cancelled; the function has to end the operator. None: as the Esc key ends jobs.
        **properties: the operator's properties. A datablock stands for its name.

    Returns:
        How the operator ended, and how long it took.

    Raises:
        TypeError: `function` is no operator.
        OperatorError: the operator cannot be called now, or it failed (with the operator's own words), or there is no
            such area.

    Example:
        >>> result = await ar.operator(bpy.ops.object.bake, type="NORMAL")
        >>> result.status
        'FINISHED'
    """
    require_own_loop("ar.operator()")
    _check_function(function)
    mode = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
    request = OperatorRequest(function, mode, with_names(properties), area)
    return await run_operator(request, stop=stop, locks=not request.is_pythons)


def _check_function(function: Any) -> None:
    if not hasattr(function, "idname"):
        name = function if isinstance(function, str) else getattr(function, "bl_idname", "object.bake")
        module, _, rest = name.replace("_OT_", ".").rpartition(".")
        raise TypeError(
            f"function={quoted(function)} is no operator; write bpy.ops.{module.lower() or 'object'}.{rest}, "
            "without brackets behind it"
        )


def with_names(properties: dict[str, Any]) -> dict[str, Any]:
    """Return an operator's properties with names instead of datablocks."""
    return {key: name_of(key, value) for key, value in properties.items()}


async def run_operator(request: OperatorRequest, *, stop: Stop | None = None, locks: bool = False) -> OperatorResult:
    """Call an operator, and wait until it is over, as `operator` does.

    Args:
        request: what is called.
        stop: makes the operator end when the task is cancelled; None: as the Esc key ends jobs.
        locks: whether the operator waits for renders, and renders wait for it.

    Raises:
        TypeError: `function` is no operator.
        OperatorError: the operator cannot be called now, or it failed.
    """
    call = PendingCall(request)
    # A task of its own: renders must wait as long as the operator goes on, also when its caller was cancelled.
    work = call.with_render_lock() if locks else call.to_its_end()
    running = get_host().loop.create_task(work, name=request.name)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if not call.is_started:
            running.cancel()
        elif call.is_render_without_window:
            await cancel_and_wait(running)
        else:
            await to_the_end(lambda: _stop(call, stop))
            await asyncio.wait([running], timeout=2 * POLL_INTERVAL)
        raise


async def _stop(call: PendingCall, stop: Stop | None) -> None:
    """Stop an operator, and wait for its end, `CANCEL_TIMEOUT` at most.

    The task of the call may be cancelled, too, as all tasks are when the add-on is disabled. So this polls by itself.
    """
    if not call.is_modal:
        return
    if stop is not None:
        wait = stop()
        if wait is not None:
            await wait
    is_stopped = stop is not None or call.request.is_pythons
    ending = asyncio.ensure_future(call.gone() if is_stopped else call.stopped())
    _ending.add(ending)  # it goes on for as long as the operator does
    ending.add_done_callback(_ending.discard)
    await asyncio.wait([ending], timeout=CANCEL_TIMEOUT)


_ending: set[asyncio.Future[None]] = set()
"""The tasks that wait for operators which go on after their caller: asyncio itself keeps no reference."""


def label_of(function: Any) -> str:
    """Return an operator's name, as menus show it."""
    label: str = bpy.app.translations.pgettext_iface(function.get_rna_type().name, "Operator")
    return label
