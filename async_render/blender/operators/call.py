"""Any operator, awaited: also one that starts a job of Blender's, or runs modally."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

import bpy

from ...loop.shielded import to_the_end
from ...render.errors import OperatorError
from ..datablocks import by_uid
from ..host.host import MAIN_LOOP_SLEEP, BlenderHost, get_host
from ..jobs.cancel import stop_job
from ..jobs.queue import render_lock
from ..quirks.break_flag import BreakFlag
from ..window.event_timers import events
from ..window.reports import message_of, new_errors, newest_report
from ..window.windows import LaterRenders, find_area, modal_operators

LOOK_INTERVAL = 0.02
"""Seconds between two looks whether an operator or a job is over."""

OWN_LOOKS = 50
"""In how many looks before the end of an operator of Blender's errors are taken for its own: its job may have reported
them, as a bake does at once, and Blender looks twice a second whether the job is gone (`WM_jobs_timer` in
source/blender/editors/object/object_bake_api.cc)."""

CANCEL_TIMEOUT = 10.0
"""Seconds that a cancelled task waits for its operator to end."""

EVALUATING = (
    "PTCACHE_OT_bake",
    "FLUID_OT_bake",
    "DPAINT_OT_bake",
    "OBJECT_OT_simulation_nodes_cache_",
    "OBJECT_OT_geometry_node_bake_",
)
"""How the names of those operators begin whose job evaluates the window's own data, on a thread of its own."""

_NAMES = {"RENDER_OT_render": {"scene": "scenes"}, "OBJECT_OT_bake": {"cage_object": "objects"}}
"""Properties of operators that name a datablock, and where those are in `bpy.data`. While the operator waits for its
turn they may be renamed; and where there is no such scene Blender renders that of the window, without a word."""

Status = Literal["FINISHED", "CANCELLED", "UNKNOWN"]
Stop = Callable[[], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class OperatorResult:
    """How an operator ended.

    Attributes:
        name: as `OBJECT_OT_bake`.
        status: `"UNKNOWN"` for a modal operator with neither `REGISTER` nor `UNDO` among its `bl_options`: Blender
            keeps no trace of how it ended.
        seconds: from its call until it was over.
    """

    name: str
    status: Status
    seconds: float


async def operator(
    function: Any, /, *, area: str | None = None, stop: Stop | None = None, **properties: Any
) -> OperatorResult:
    """Call an operator, and wait until it is over: its modal part, too.

    In the window it is invoked, as by a button; headless it is executed. Operators of Blender's own wait for renders,
    and renders for them: starting a render would end their jobs. Those of add-ons do not wait, so that they may render.

    When the task is cancelled, Blender's jobs (renders, bakes, exports) end as by the Esc key. Python has no way to end
    other modal operators: the task waits at most 10 seconds for them, and no render of ours starts while one goes on.

    Args:
        function: as `bpy.ops.object.bake`.
        area: the type of the editor that it needs: `"VIEW_3D"`, `"IMAGE_EDITOR"` …; the largest one is taken.
        stop: called when the task is cancelled; it shall make the operator end. None: as the Esc key ends jobs.
        **properties: of the operator.

    Returns:
        How it ended, and how long it took.

    Raises:
        OperatorError: it cannot be called now, or it failed (with the operator's own words), or there is no such area.

    Example:
        >>> result = await ar.operator(bpy.ops.object.bake, type="NORMAL")
        >>> result.status
        'FINISHED'
    """
    mode = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
    return await run_operator(function, mode, properties, area=area, stop=stop, locks=not _is_pythons(function))


async def run_operator(
    function: Any,
    mode: str,
    properties: dict[str, Any],
    *,
    area: str | None = None,
    stop: Stop | None = None,
    locks: bool = False,
    context: Callable[[], dict[str, Any]] | None = None,
    on_start: Callable[[], object] = lambda: None,
) -> OperatorResult:
    """As `operator`, in the given execution context.

    Args:
        function: the operator.
        mode: `"INVOKE_DEFAULT"` or `"EXEC_DEFAULT"`.
        properties: of the operator.
        area: the type of the editor that it needs.
        stop: how to end it.
        locks: whether it waits for renders, and renders for it.
        context: further members for `temp_override`; asked for right before the call.
        on_start: called when it is its turn.
    """
    host = get_host()
    run = _Run(host, function, mode, properties, area, context, on_start)
    # A task of its own: it keeps the renders out as long as the operator goes on, however early its caller leaves.
    running = host.loop.create_task(run.locked() if locks else run.to_its_end(), name=run.name)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if not run.is_started:
            running.cancel()
        else:
            await to_the_end(lambda: _stop(run, stop))
            await asyncio.wait([running], timeout=2 * LOOK_INTERVAL)
        raise


async def _stop(run: _Run, stop: Stop | None) -> None:
    """Let it look at the operator itself: its task may be cancelled, too, as all are when the add-on is disabled."""
    if not run.is_modal:
        return
    if stop is not None:
        wait = stop()
        if wait is not None:
            await wait
    is_ours = stop is not None or run.is_pythons
    ending = asyncio.ensure_future(run.gone() if is_ours else run.stopped())
    _ending.add(ending)  # it goes on for as long as the operator does
    ending.add_done_callback(_ending.discard)
    await asyncio.wait([ending], timeout=CANCEL_TIMEOUT)


_ending: set[asyncio.Future[None]] = set()


class _Run:
    """One call of an operator."""

    def __init__(
        self,
        host: BlenderHost,
        function: Any,
        mode: str,
        properties: dict[str, Any],
        area: str | None,
        context: Callable[[], dict[str, Any]] | None,
        on_start: Callable[[], object],
    ) -> None:
        self.name: str = function.idname()
        self.is_started = False
        self._modal: set[int] = set()
        self._errors: list[str] = []
        self._reports_before = 0
        self._host = host
        self._function = function
        self._mode = mode
        self._properties = properties
        self._named = _named_in(self.name, properties)
        self._area = area
        self._context = context
        self._on_start = on_start

    async def locked(self) -> OperatorResult:
        async with render_lock():
            return await self.to_its_end()

    async def to_its_end(self) -> OperatorResult:
        self._on_start()
        if self.name.startswith(EVALUATING) and not bpy.app.background:
            # The window takes in what the script has changed: not while the job begins. A bake right after
            # `bpy.ops.ptcache.free_bake_all()` crashes 5.2 otherwise.
            await asyncio.sleep(2 * MAIN_LOOP_SLEEP)
        begin = perf_counter()
        # Between two ticks: an operator may run a loop of its own, or call handlers that do.
        answer = await self._host.call_between_ticks(self._call)
        if not self._modal:
            status: Status = "FINISHED" if "FINISHED" in answer else "CANCELLED"
            return OperatorResult(self.name, status, perf_counter() - begin)
        await self.gone()
        errors = new_errors(self._reports_before)
        self._errors += [message for message in errors if message not in self._errors]
        if self._errors:
            raise OperatorError(f"{self.name} failed: {' '.join(self._errors)}")
        return OperatorResult(self.name, self._status(), perf_counter() - begin)

    @property
    def is_pythons(self) -> bool:
        """Whether it is written in Python."""
        return _is_pythons(self._function)

    @property
    def is_modal(self) -> bool:
        """Whether it has a modal part, and that goes on."""
        return bool(self._modal & modal_operators(self.name).keys())

    async def stopped(self) -> None:
        """Stop its job, and wait until its modal part is over."""
        with BreakFlag() as flag:
            await stop_job(self.gone(), flag, lambda: self.is_modal and not self._later.there_are(self._modal))

    async def gone(self) -> None:
        """Wait until its modal part is over."""
        # An operator in Python hands its reports over when it ends, and has no job.
        looks = deque([self._reports_before], maxlen=1 if self.is_pythons else OWN_LOOKS)
        with nullcontext() if self.is_pythons else events(self._modal):
            while self.is_modal:
                looks.append(newest_report())
                self._reports_before = looks[0]
                await asyncio.sleep(LOOK_INTERVAL)

    def _call(self) -> set[str]:
        self.is_started = True
        self._reports_before = newest_report()
        self._later = LaterRenders()
        before = modal_operators(self.name)
        override: Any = bpy.context.temp_override
        where, members = find_area(self._area), self._context() if self._context else {}
        properties = {**self._properties, **{key: _name_now(key, *known) for key, known in self._named.items()}}
        try:
            # One after the other: a window takes away a scene that comes with it (`CTX_wm_window_set`, 4.2 to 5.2).
            with override(**where), override(**members):
                answer: set[str] = self._function(self._mode, **properties)
        except RuntimeError as error:
            message = message_of(error)
            self._modal = modal_operators(self.name).keys() - before.keys()
            if not self._modal:
                raise OperatorError(f"{self.name} cannot run: {message}{self._advice(message)}") from error
            # Its job was so quick to report an error that the operator had it before it returned: bakes on 5.2.
            self._errors.append(message)
            return {"RUNNING_MODAL"}
        if "RUNNING_MODAL" in answer:
            self._modal = modal_operators(self.name).keys() - before.keys()
        return answer

    def _advice(self, message: str) -> str:
        is_poll = self._area is None and "context is incorrect" in message
        return '; give the editor that it needs, as area="VIEW_3D"' if is_poll else ""

    def _status(self) -> Status:
        """What Blender has finished stands in its list of operators, where those that leave a trace get into.

        `wm_operator_register_check` in source/blender/windowmanager/intern/wm_event_system.cc.
        """
        manager: Any = bpy.context.window_manager
        if self._modal & {item.as_pointer() for item in manager.operators}:
            return "FINISHED"
        return "CANCELLED" if self._function.bl_options & {"REGISTER", "UNDO"} else "UNKNOWN"


def label_of(function: Any) -> str:
    """An operator's name, as menus show it."""
    label: str = bpy.app.translations.pgettext_iface(function.get_rna_type().name, "Operator")
    return label


def _named_in(operator: str, properties: dict[str, Any]) -> dict[str, tuple[str, str, int | None]]:
    """The datablocks that an operator's properties name: where they are, their names, and their `session_uid`."""
    named = {}
    for key, kind in _NAMES.get(operator, {}).items():
        if name := properties.get(key):
            datablock = getattr(bpy.data, kind).get(name)
            named[key] = kind, name, datablock and datablock.session_uid
    return named


def _name_now(key: str, kind: str, name: str, uid: int | None) -> str:
    datablocks = getattr(bpy.data, kind)
    datablock = datablocks.get(name) if uid is None else by_uid(datablocks, uid)
    if datablock is None:
        raise OperatorError(f"{key}={name!r} is not in this file; it has {', '.join(map(repr, datablocks.keys()))}")
    now: str = datablock.name
    return now


def _is_pythons(function: Any) -> bool:
    """Whether an operator is written in Python."""
    find: Any = bpy.types.Operator
    return find.bl_rna_get_subclass_py(function.idname()) is not None
