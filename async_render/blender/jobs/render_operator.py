"""Blender's render operator in a window: its start, and its errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from time import perf_counter
from typing import Any

import bpy

from ...render.errors import RenderError
from ..host.pace import MAIN_LOOP_SLEEP
from ..settings.display import render_display
from ..window.event_timers import events
from ..window.reports import message_of, new_errors, newest_report
from ..window.windows import RENDER, LaterRenders, in_a_window, is_job_running, modal_operators
from .error_watch import ErrorWatch

REPORTS_TIMEOUT = 1.0
"""Seconds that Blender has to show an operator's reports, which takes one event. Then the render goes on without."""


def call_render(scene: str, properties: Mapping[str, Any], *how: str) -> set[str]:
    """Call the operator for the animation of a scene, or for the image of the frame at which the scene stands.

    For an image the scene has to be the context's scene, too. Else Blender renders the frame of the window's scene:
    `screen_render_single_layer_set` in source/blender/editors/render/render_internal.cc, 4.2 to 5.2.

    Args:
        scene: the scene's name.
        properties: the operator's other properties; `write_still` is for an image.
        *how: the execution context, as `"INVOKE_DEFAULT"`.

    Returns:
        What the operator returned.

    Raises:
        RuntimeError: the operator has reported an error.
    """
    render: Any = bpy.ops.render.render
    call: Callable[..., set[str]] = render
    is_image = "write_still" in properties
    with bpy.context.temp_override(scene=bpy.data.scenes[scene]) if is_image else nullcontext():
        return call(*how, scene=scene, **properties)


class RenderOperator:
    """One call of the operator. Others may run at the same time: the user's F12 stops ours.

    Attributes:
        early_error: the error that the engine reported before the operator returned; None: no such error. Blender has
            forgotten the error then, and may write the first frame as if nothing had happened.
    """

    def __init__(self, scene: str, display: str, properties: Mapping[str, Any]) -> None:
        """Start to render a scene.

        Args:
            scene: the scene's name.
            display: where Blender shows the picture, as `render_display_type`.
            properties: the operator's other properties.

        Raises:
            RenderError: Blender did not start.
        """
        self.early_error: str | None = None
        self._reports_before = newest_report()
        others = modal_operators(RENDER)
        self._later = LaterRenders()
        with render_display(display), in_a_window():
            try:
                answer = call_render(scene, properties, "INVOKE_DEFAULT")
            except RuntimeError as error:
                if not is_job_running("RENDER"):
                    raise RenderError(f"Blender cannot render the scene {scene!r}: {message_of(error)}") from error
                self.early_error = message_of(error)
                answer = {"RUNNING_MODAL"}
        if "RUNNING_MODAL" not in answer:
            raise RenderError(f"Blender did not start to render the scene {scene!r}, and does not say why")
        self._addresses = modal_operators(RENDER).keys() - others.keys()
        self._watch = ErrorWatch(RENDER, self._addresses)

    @property
    def is_gone(self) -> bool:
        """Whether the operator has ended."""
        return not self._addresses & modal_operators(RENDER).keys()

    @property
    def is_over(self) -> bool:
        """Whether the operator has ended, or will end with the next event, since another render has ended its job."""
        return self.is_gone or self._later.there_are(self._addresses)

    @property
    def has_reports(self) -> bool:
        """Whether the operator has, or had, reports. Asked when its job is cancelled: with reports no key did it."""
        self._watch.poll()
        return self._watch.has_reports

    def skip_reports(self) -> None:
        """Skip all reports until now: others have made them, since an operator hands its own over when it ends."""
        if not self.is_gone:
            self._reports_before = newest_report()

    async def reports_handed_over(self) -> None:
        """Wait until the operator has handed its reports over, which it does at the next event after its job.

        Nothing may happen in the window for hours, so a timer makes the event.
        """
        deadline = perf_counter() + REPORTS_TIMEOUT
        with events(self._addresses, MAIN_LOOP_SLEEP):
            while not self.is_gone and perf_counter() < deadline:
                self.skip_reports()
                await asyncio.sleep(MAIN_LOOP_SLEEP)

    def errors(self) -> list[str]:
        """Return the operator's errors, after `reports_handed_over`."""
        return list(dict.fromkeys([*self._watch.errors, *new_errors(self._reports_before)]))
