"""One call of an operator: the request, the call, and the wait until the operator's modal part is gone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import bpy

from ...render.errors import OperatorError
from ...render.result import OperatorResult, Status
from ..datablocks import by_name, by_uid, names_of
from ..handler_lists import added_handlers
from ..host.host import get_host
from ..host.pace import MAIN_LOOP_SLEEP
from ..jobs.cancel import stop_job
from ..jobs.headless import call_beside_loop
from ..jobs.queue import render_lock
from ..quirks.break_flag import BreakFlag
from ..window.event_timers import events
from ..window.reports import message_of, new_errors, newest_report
from ..window.windows import RENDER, LaterRenders, find_area, is_job_running, modal_operators

POLL_INTERVAL = 0.02
"""Seconds between two polls for an operator that goes on."""

POLLS_WITH_ERRORS = 50
"""Polls before the end of an operator of Blender's in which errors count as its own. Its job may have reported
them, as a bake does at once. Blender asks twice a second whether the job is gone: `WM_jobs_timer` in
source/blender/editors/object/object_bake_api.cc."""

EVALUATING = (
    "PTCACHE_OT_bake",
    "FLUID_OT_bake",
    "DPAINT_OT_bake",
    "OBJECT_OT_simulation_nodes_cache_",
    "OBJECT_OT_geometry_node_bake_",
)
"""The beginnings of the names of the operators whose job evaluates the window's own data, on a thread of its own."""

_NAMES = {"RENDER_OT_render": {"scene": "scenes"}, "OBJECT_OT_bake": {"cage_object": "objects"}}
"""The properties of operators that name a datablock, and its collection in `bpy.data`. A datablock may be renamed while
the operator waits for its turn. Where no scene has the name Blender renders the window's scene without a word."""


_ENDS_OF_A_FILE = [name for name in ("load_pre", "exit_pre") if hasattr(bpy.app.handlers, name)]
"""The handlers that Blender calls before it ends its jobs for another file, or quits. Not all versions have the second;
and for an undo or a render of the user's Blender calls none."""


class _Named:
    """A datablock that a property names, found again by its `session_uid`, since its name may change."""

    def __init__(self, key: str, collection: str, name: str) -> None:
        self._key = key
        self._collection = collection
        self._name = name
        datablock = by_name(getattr(bpy.data, collection), name)
        self._uid: int | None = None if datablock is None else datablock.session_uid

    def name_now(self) -> str:
        datablocks: Any = getattr(bpy.data, self._collection)
        datablock = datablocks.get(self._name) if self._uid is None else by_uid(datablocks, self._uid)
        if datablock is None:
            known = names_of(datablocks)
            raise OperatorError(f"{self._key}={self._name!r} is not in this file; it has {known}")
        now: str = datablock.name
        return now


@dataclass(frozen=True, slots=True)
class OperatorRequest:
    """An operator that is called when it is its turn.

    Attributes:
        function: the operator, as `bpy.ops.object.bake`.
        mode: the execution context: `"INVOKE_DEFAULT"` or `"EXEC_DEFAULT"`.
        properties: the operator's properties.
        area: the type of the editor that the operator needs; None: none.
        context: returns further members for `temp_override`; called right before the operator.
        on_start: called when it is the operator's turn.
    """

    function: Any
    mode: str
    properties: dict[str, Any]
    area: str | None = None
    context: Callable[[], dict[str, Any]] = dict
    on_start: Callable[[], object] = lambda: None
    _named: dict[str, _Named] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for key, collection in _NAMES.get(self.name, {}).items():
            if name := self.properties.get(key):
                self._named[key] = _Named(key, collection, name)

    @property
    def name(self) -> str:
        """The operator's name, as `OBJECT_OT_bake`."""
        name: str = self.function.idname()
        return name

    @property
    def is_pythons(self) -> bool:
        """Whether the operator is written in Python."""
        find: Any = bpy.types.Operator
        return find.bl_rna_get_subclass_py(self.name) is not None

    def engine(self) -> str:
        """Return the identifier of the engine by which the operator renders.

        Raises:
            OperatorError: the scene is gone.
        """
        named = self._named.get("scene")
        scene: Any = bpy.context.scene if named is None else bpy.data.scenes[named.name_now()]
        engine: str = scene.render.engine
        return engine

    def call(self) -> set[str]:
        """Call the operator.

        Raises:
            RuntimeError: the operator has reported an error, or cannot be called now.
            OperatorError: a datablock that the call names is gone, or no window has the editor that the operator needs.
        """
        override: Any = bpy.context.temp_override
        where, members = find_area(self.area), self.context()
        properties = {**self.properties, **{key: named.name_now() for key, named in self._named.items()}}
        # Two overrides: setting a window resets a scene in the same override (`CTX_wm_window_set`, 4.2 to 5.2).
        with override(**where), override(**members):
            answer: set[str] = self.function(self.mode, **properties)
        return answer


class PendingCall:
    """A call of an operator that waits for its turn, or goes on.

    Attributes:
        request: what is called.
        is_started: whether the operator was called.
    """

    def __init__(self, request: OperatorRequest) -> None:
        self.request = request
        self.is_started = False
        self._name = request.name
        self._modal: set[int] = set()
        self._errors: list[str] = []
        self._reports_before = 0
        self._later: LaterRenders

    async def with_render_lock(self) -> OperatorResult:
        """Wait for renders, call the operator, and keep renders waiting until it is over."""
        async with render_lock():
            return await self.to_its_end()

    async def to_its_end(self) -> OperatorResult:
        """Call the operator, and wait until it is over.

        Raises:
            OperatorError: the operator cannot be called, or has reported errors.
        """
        self.request.on_start()
        if self._name.startswith(EVALUATING) and not bpy.app.background:
            # The window evaluates what the script has changed, which must not happen while the job begins. A bake
            # right after `bpy.ops.ptcache.free_bake_all()` crashes 5.2 otherwise.
            await asyncio.sleep(2 * MAIN_LOOP_SLEEP)
        begin = perf_counter()
        answer = await self._called()
        if not self._modal:
            status: Status = "FINISHED" if "FINISHED" in answer else "CANCELLED"
            return OperatorResult(self._name, status, perf_counter() - begin)
        await self.gone()
        errors = new_errors(self._reports_before)
        self._errors += [message for message in errors if message not in self._errors]
        if self._errors:
            raise OperatorError(f"{self._name} failed: {' '.join(self._errors)}")
        return OperatorResult(self._name, self._status(), perf_counter() - begin)

    @property
    def is_render_without_window(self) -> bool:
        """Whether the operator renders without a window: it keeps the main thread, and ends with its task."""
        return bpy.app.background and self._name == RENDER

    async def _called(self) -> set[str]:
        """Call the operator between two ticks: it may run a loop of its own, or call handlers that do."""
        host = get_host()
        if not self.is_render_without_window:
            return await host.call_between_ticks(self._call)

        def tick(*_: object) -> None:
            host.loop.tick()  # nothing else ticks it between two frames

        with added_handlers(("render_pre", "render_write"), tick):
            return await call_beside_loop(host, self.request.engine, self._call)

    @property
    def is_modal(self) -> bool:
        """Whether the operator has a modal part, which goes on."""
        return bool(self._modal & modal_operators(self._name).keys())

    async def stopped(self) -> None:
        """Stop the operator's job, and wait until its modal part is gone."""
        with BreakFlag() as flag:
            await stop_job(self.gone(), flag, lambda: self.is_modal and not self._later.there_are(self._modal))

    async def gone(self) -> None:
        """Wait until the operator's modal part is gone."""
        # An operator in Python hands its reports over when it ends, and has no job.
        is_pythons = self.request.is_pythons
        marks = deque([self._reports_before], maxlen=1 if is_pythons else POLLS_WITH_ERRORS)
        with ExitStack() as stack:
            if not is_pythons:
                stack.enter_context(events(self._modal))
                stack.enter_context(added_handlers(_ENDS_OF_A_FILE, self._before_the_end_of_the_file))
            while self.is_modal:
                marks.append(newest_report())
                self._reports_before = marks[0]
                await asyncio.sleep(POLL_INTERVAL)

    def _before_the_end_of_the_file(self, *_: object) -> None:
        """End a bake of textures, which Blender waits for before it opens a file or quits. The bake does not hear of
        that, and the window would stand still for minutes (4.3, 5.2)."""
        if self.is_modal and is_job_running("OBJECT_BAKE"):
            with BreakFlag() as flag:
                flag.set()

    def _call(self) -> set[str]:
        self.is_started = True
        self._reports_before = newest_report()
        self._later = LaterRenders()
        before = modal_operators(self._name)
        try:
            answer = self.request.call()
        except RuntimeError as error:
            message = message_of(error)
            self._modal = modal_operators(self._name).keys() - before.keys()
            if not self._modal:
                raise OperatorError(f"{self._name} cannot run: {message}{self._advice(message)}") from error
            # Its job was so quick to report an error that the operator had it before it returned: bakes on 5.2.
            self._errors.append(message)
            return {"RUNNING_MODAL"}
        if "RUNNING_MODAL" in answer:
            self._modal = modal_operators(self._name).keys() - before.keys()
        return answer

    def _advice(self, message: str) -> str:
        is_poll = self.request.area is None and "context is incorrect" in message
        return '; give the editor that it needs, as area="VIEW_3D"' if is_poll else ""

    def _status(self) -> Status:
        """Return how a modal operator has ended, by Blender's list of operators that have finished.

        Only operators that leave a trace get into that list: `wm_operator_register_check` in
        source/blender/windowmanager/intern/wm_event_system.cc.
        """
        manager: Any = bpy.context.window_manager
        if self._modal & {item.as_pointer() for item in manager.operators}:
            return "FINISHED"
        return "CANCELLED" if self.request.function.bl_options & {"REGISTER", "UNDO"} else "UNKNOWN"
