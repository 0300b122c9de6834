"""What a render operator has to say, also when it ends before anybody could ask it.

An engine's error is a report of the operator, which can be asked for it as long as it runs. In a turn of its main loop
Blender brings events to the operators, then calls timers, then draws. Where drawing takes long the job ends meanwhile,
and with the next event its operator, before the next timer. An operator that began later gets each event first: so one
of ours runs beside it, and looks. `WM_event_add_modal_handler_ex` and `wm_event_do_handlers` in
source/blender/windowmanager/intern/wm_event_system.cc, the same in 4.3 and 5.2.

It brings the events, too: where nobody moves the mouse none comes for hours, and the operators of all renders that have
ended meanwhile pile up. After 150 of them the end of each render came a second later (5.2).
"""

from __future__ import annotations

import logging
from typing import Any

import bpy

from ..window import event_timers
from ..window.reports import message_of, new_errors, newest_report
from ..window.windows import is_job_running, modal_operators

log = logging.getLogger("async_render")


class Witness:
    """Looks at an operator at each event of its window, until it ends.

    An operator hands its reports over to the window manager at its end, and also at each event that it gets before:
    "modal operators may report before finishing", `wm_handler_operator_call` in source/blender/windowmanager/intern/
    wm_event_system.cc. So errors that it had at one look, and no more at the next, stand in the window manager.

    Attributes:
        has_reports: whether the operator had something to say when it was last looked at, or has handed errors over.
        errors: those that it has handed over before its end.
    """

    def __init__(self, name: str, addresses: set[int]) -> None:
        """Begin to look.

        Args:
            name: the operator's, as `RENDER_OT_render`.
            addresses: those of its calls that are meant.
        """
        self.has_reports = False
        self.errors: list[str] = []
        self._had_reports = False
        self._reports_before = 0
        self._name = name
        self._addresses = addresses
        register()
        manager: Any = bpy.context.window_manager
        for window in manager.windows:
            if any(item.as_pointer() in addresses for item in window.modal_operators):
                self._begin_in(window)

    def _begin_in(self, window: bpy.types.Window) -> None:
        operators: Any = bpy.ops
        override: Any = bpy.context.temp_override
        _beginning.append(self)
        try:
            with override(window=window):
                operators.async_render.witness("INVOKE_DEFAULT")
        except RuntimeError as error:  # the render goes on, and shall be waited for
            log.warning("the operator %s is not looked at while it runs: %s", self._name, message_of(error))
        finally:
            _beginning.clear()

    def look(self) -> bool:
        """See whether it has something to say; answer whether it goes on after this event: not when its job is gone."""
        running = [item for address, item in modal_operators(self._name).items() if address in self._addresses]
        if running:
            has_reports = any(item.has_reports for item in running)
            if has_reports:
                self._reports_before = newest_report()
            elif self._had_reports:
                self.errors += new_errors(self._reports_before)
            self._had_reports = has_reports
            self.has_reports = has_reports or bool(self.errors)
        return bool(running) and is_job_running("RENDER")


_beginning: list[Witness] = []


class ASYNC_RENDER_OT_witness(event_timers.TimedOperator, bpy.types.Operator):
    """Hear of each event before the operator of Blender's that runs beside it"""

    bl_idname = "async_render.witness"
    bl_label = "Witness"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    interval = 0.5

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:  # noqa: ARG003 - Blender hands it over
        """Only a `Witness` begins it."""
        return bool(_beginning)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:  # noqa: ARG002 - handed over
        """Go on beside it."""
        self.witness = _beginning[-1]
        return self.begin(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:  # noqa: ARG002 - handed over
        """Look, and leave the event to others."""
        if self.witness.look():
            return {"PASS_THROUGH"}
        self.end(context)
        return {"CANCELLED", "PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Its window is closed, or another file is loaded."""
        self.end(context)


def register() -> None:
    """Add the operator, if it is not there yet."""
    event_timers.register(ASYNC_RENDER_OT_witness)


def unregister() -> None:
    """Take it away when the last render has ended."""
    event_timers.unregister(ASYNC_RENDER_OT_witness)
