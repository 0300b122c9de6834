"""The errors of a render operator, read before the operator is gone.

An engine's error is a report of the operator, which can be read as long as the operator runs. In a turn of its main
loop Blender brings events to the operators, then calls timers, then draws. Where drawing takes long, the job ends
meanwhile, and with the next event its operator ends, before the next timer. An operator that began later gets each
event first. So an operator of ours runs beside the render operator, and reads its reports at each event. The
order is in `WM_event_add_modal_handler_ex` and `wm_event_do_handlers`, in
source/blender/windowmanager/intern/wm_event_system.cc, the same in 4.3 and 5.2.

The watch brings events, too. Where nobody moves the mouse no event comes for hours, and the operators of renders that
have ended pile up. After 150 of them the end of each render came a second later (5.2).
"""

from __future__ import annotations

import logging
from typing import Any

import bpy

from ..window import event_timers
from ..window.reports import message_of, new_errors, newest_report
from ..window.windows import is_job_running, modal_operators

log = logging.getLogger("async_render")


class ErrorWatch:
    """Reads the reports of an operator at each event of its window, until the operator ends.

    An operator hands its reports over to the window manager at its end, and also at each event before its end. "Modal
    operators may report before finishing": `wm_handler_operator_call` in
    source/blender/windowmanager/intern/wm_event_system.cc. So the window manager has the errors that the operator had
    at one poll and lacks at the next.

    Attributes:
        has_reports: whether the operator had reports at the last poll, or has handed errors over.
        errors: the errors that the operator has handed over before its end.
    """

    def __init__(self, name: str, addresses: set[int]) -> None:
        """Begin to watch.

        Args:
            name: the name of the operator, as `RENDER_OT_render`.
            addresses: the addresses of the calls that are watched.
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
                operators.async_render.error_watch("INVOKE_DEFAULT")
        except RuntimeError as error:  # the render goes on, and has to be awaited
            log.warning("the errors of %s are read at its end only: %s", self._name, message_of(error))
        finally:
            _beginning.clear()

    def poll(self) -> bool:
        """Read the reports, and return whether the watch goes on after this event: until the job is gone."""
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


_beginning: list[ErrorWatch] = []


class ASYNC_RENDER_OT_error_watch(event_timers.TimedOperator, bpy.types.Operator):
    """Get each event before the operator of Blender's that runs beside"""

    bl_idname = "async_render.error_watch"
    bl_label = "Error Watch"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    interval = 0.5

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:  # noqa: ARG003 - Blender hands it over
        """Return whether an `ErrorWatch` calls the operator: nobody else can."""
        return bool(_beginning)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:  # noqa: ARG002 - handed over
        """Go on beside the other operator."""
        self.watch = _beginning[-1]
        return self.begin(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:  # noqa: ARG002 - handed over
        """Read the reports, and leave the event to the other operators."""
        if self.watch.poll():
            return {"PASS_THROUGH"}
        self.end(context)
        return {"CANCELLED", "PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """End: the window is closed, or another file is loaded."""
        self.end(context)


def register() -> None:
    """Register the operator, if Blender does not have it yet."""
    event_timers.register(ASYNC_RENDER_OT_error_watch)


def unregister() -> None:
    """Unregister the operator when the last render has ended."""
    event_timers.unregister(ASYNC_RENDER_OT_error_watch)
