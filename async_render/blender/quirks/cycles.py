"""Without a window Cycles asks for Blender's break flag every 30 s only.

Versions: 4.2 to 5.2.
Symptom: a render that is cancelled goes on for up to 30 s within its frame.
Blender's source: `guess_display_update_interval_in_seconds_for_num_samples`, in
    intern/cycles/integrator/render_scheduler.cpp, makes batches of samples of 30 s without a window.
Tests: tests/headless/jobs/test_cancel.py, tests/window/host/test_background.py.
Can go: when Cycles asks for the flag as often as in a window.

A session reads `BlenderSession::headless` when the session is made, in `update`. What else depends on this value (there
is no display) is read later, in `render`. So the value is false while the session is made.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import bpy

from .versions import ALL, is_tested

VERSIONS = ALL
"""The versions on which its tests run."""


def with_short_batches(update: Callable[..., None]) -> Callable[..., None]:
    """Return Cycles' `update`, changed so that Cycles renders as few samples at once as in a window.

    Args:
        update: the method `CyclesRender.update`.

    Returns:
        A method for the same class; `update` itself in a Blender that is not tested.
    """
    if not is_tested(VERSIONS):
        return update
    import _cycles  # type: ignore[import-not-found]  # Cycles' own module, built into Blender
    from cycles import engine as cycles_engine  # type: ignore[import-not-found]  # Blender's add-on

    path = os.path.dirname(cycles_engine.__file__)
    user_path = os.path.dirname(os.path.abspath(bpy.utils.user_resource("CONFIG", path="")))

    def update_as_in_a_window(self: Any, data: Any, depsgraph: Any) -> None:
        _cycles.init(path, user_path, False)
        try:
            update(self, data, depsgraph)
        finally:
            _cycles.init(path, user_path, bpy.app.background)

    return update_as_in_a_window
