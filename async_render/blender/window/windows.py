"""Windows, and what needs a window: the areas in which operators are called, modal operators, and jobs."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import bpy

from ...render.errors import OperatorError, RenderError


def is_job_running(job: str) -> bool:
    """Return whether Blender runs a job of that type, as `bpy.app.is_job_running`. Without a window there are no jobs.

    Blender itself is not asked without a window: for `"SHADER_COMPILATION"` Blender asks the GPU's shader compiler. In
    4.5 only a Blender with windows has the compiler; another ends with a segmentation fault.
    """
    is_running: Any = bpy.app.is_job_running
    return not bpy.app.background and bool(is_running(job))


def some_window() -> Any:
    """Return the context's window, or Blender's first window; None: Blender has no window.

    A timer's context has no window when none of Blender's windows has the focus, and operators need one.
    """
    manager: Any = bpy.context.window_manager
    return bpy.context.window or next(iter(manager.windows), None)


def windows_of(scene: bpy.types.Scene | None) -> list[Any]:
    """Return the windows that show the scene; for None all windows."""
    manager: Any = bpy.context.window_manager
    return [window for window in manager.windows if scene is None or window.scene == scene]


def shows_render_result() -> bool:
    """Return whether an image editor of any window shows the Render Result."""
    manager: Any = bpy.context.window_manager
    spaces = (area.spaces.active for window in manager.windows for area in window.screen.areas)
    images = (space.image for space in spaces if space.type == "IMAGE_EDITOR")
    return any(image is not None and image.type == "RENDER_RESULT" for image in images)


def in_a_window() -> AbstractContextManager[Any]:
    """Give the context a window inside the `with` block. Blender must have a window."""
    return nullcontext() if bpy.context.window else bpy.context.temp_override(window=some_window())


def modal_operators(name: str) -> dict[int, Any]:
    """Return the modal operators of that name (such as `RENDER_OT_render`) in all windows, by their addresses."""
    manager: Any = bpy.context.window_manager
    running = (operator for window in manager.windows for operator in window.modal_operators)
    return {operator.as_pointer(): operator for operator in running if operator.bl_idname == name}


RENDER = "RENDER_OT_render"
"""The name of the operator that renders."""


class LaterRenders:
    """The renders that others start after this object was made. Each ends all jobs that Blender has at that moment.

    The operator of our own render, which has lost its job, ends with the next event only. Until then Blender has a
    render job that is not ours: `screen_render_invoke` in source/blender/editors/render/render_internal.cc.
    """

    def __init__(self) -> None:
        self._known = set(modal_operators(RENDER))

    def there_are(self, own: Collection[int] = ()) -> bool:
        """Return whether the user has started a render since. `own` are the addresses of our own render operators."""
        return bool(modal_operators(RENDER).keys() - self._known - set(own))


def find_area(kind: str | None, scene: bpy.types.Scene | None = None) -> dict[str, Any]:
    """Return the members of a context for `temp_override`: a window, and the largest area of that type in any window.

    Args:
        kind: the type of the area; None: the window alone.
        scene: the scene that the window has to show; None: any.

    Raises:
        OperatorError: no window shows such an area.
    """
    windows = windows_of(scene)
    if kind is None:
        window = some_window() if scene is None or bpy.context.scene == scene else next(iter(windows), None)
        return {"window": window} if window else {}
    areas = [(window, area) for window in windows for area in window.screen.areas if area.type == kind]
    if not areas:
        shown = sorted({area.type for window in windows for area in window.screen.areas})
        raise OperatorError(
            f"area={kind!r} is in no window; they show {', '.join(shown) or 'nothing'}: "
            "give one of these, or open such an editor"
        )
    window, area = max(areas, key=lambda item: item[1].width * item[1].height)
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "area": area, "region": region}


def where_shown(scene: bpy.types.Scene, area: str | None = None) -> dict[str, Any]:
    """Return the context of an operator that works on the scene of its window, which the user may change at any time.

    Raises:
        RenderError: no window shows the scene.
        OperatorError: no window that shows the scene has such an area.
    """
    if not windows_of(scene) and scene != bpy.context.scene:
        raise RenderError(
            f"scene={scene.name!r} is not shown in the window, as the operator needs: show the scene there"
        )
    return find_area(area, scene)
