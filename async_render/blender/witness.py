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
from typing import Any, ClassVar

import bpy

from .modal import message_of, modal_operators

log = logging.getLogger("async_render")

EVENT_INTERVAL = 0.5
"""Seconds between the events of its own."""

POLL = 0.05
"""Seconds between two looks whether the last call has ended."""


class Witness:
    """Looks at an operator at each event of its window, until it ends.

    Attributes:
        has_reports: whether the operator had something to say when it was last looked at.
    """

    def __init__(self, name: str, addresses: set[int]) -> None:
        """Begin to look.

        Args:
            name: the operator's, as `RENDER_OT_render`.
            addresses: those of its calls that are meant.
        """
        self.has_reports = False
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
            self.has_reports = any(item.has_reports for item in running)
        return bool(running) and bpy.app.is_job_running("RENDER")


_beginning: list[Witness] = []


class ASYNC_RENDER_OT_witness(bpy.types.Operator):
    """Hear of each event before the operator of Blender's that runs beside it"""

    bl_idname = "async_render.witness"
    bl_label = "Witness"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    running: ClassVar[int] = 0
    """How many calls of it go on."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:  # noqa: ARG003 - Blender hands it over
        """Only a `Witness` begins it."""
        return bool(_beginning)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:  # noqa: ARG002 - handed over
        """Go on beside it."""
        self.witness = _beginning[-1]
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(EVENT_INTERVAL, window=context.window)
        manager.modal_handler_add(self)
        ASYNC_RENDER_OT_witness.running += 1
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[Any]:  # noqa: ARG002 - handed over
        """Look, and leave the event to others."""
        if self.witness.look():
            return {"PASS_THROUGH"}
        self.cancel(context)
        return {"CANCELLED", "PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """It is over: its window is closed, or another file is loaded."""
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        ASYNC_RENDER_OT_witness.running -= 1


def register() -> None:
    """Let Blender know the operator; it may do so already."""
    if bpy.app.timers.is_registered(_take_away):
        bpy.app.timers.unregister(_take_away)
    elif not ASYNC_RENDER_OT_witness.is_registered:
        bpy.utils.register_class(ASYNC_RENDER_OT_witness)


def unregister() -> None:
    """Take it away, when the last call of it has ended: Blender 4.3 crashes when it is taken from one that runs."""
    if ASYNC_RENDER_OT_witness.running:
        bpy.app.timers.register(_take_away, first_interval=POLL, persistent=True)
    elif ASYNC_RENDER_OT_witness.is_registered:
        bpy.utils.unregister_class(ASYNC_RENDER_OT_witness)


def _take_away() -> float | None:
    if ASYNC_RENDER_OT_witness.running:
        return POLL
    bpy.utils.unregister_class(ASYNC_RENDER_OT_witness)
    return None
