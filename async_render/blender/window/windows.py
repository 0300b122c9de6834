"""What only a Blender with windows has: the window that an operator is called in, the operators that run modally in it,
and jobs."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import bpy

from ...render.errors import OperatorError, RenderError


def is_job_running(job: str) -> bool:
    """Whether Blender runs a job of that type, as `bpy.app.is_job_running`. Without a window there are no jobs.

    Blender is not asked there: `"SHADER_COMPILATION"` asks the GPU's shader compiler, which 4.5 has only in a window,
    and ends with a segmentation fault.
    """
    is_running: Any = bpy.app.is_job_running
    return not bpy.app.background and bool(is_running(job))


def some_window() -> Any:
    """The context's window, or Blender's first one where a timer's context has none; None: Blender has no window.

    A timer's context has no window when none of Blender's has the focus, and operators need one.
    """
    manager: Any = bpy.context.window_manager
    return bpy.context.window or next(iter(manager.windows), None)


def windows_of(scene: bpy.types.Scene | None) -> list[Any]:
    """The windows that show the scene; None: all."""
    manager: Any = bpy.context.window_manager
    return [window for window in manager.windows if scene is None or window.scene == scene]


def shows_render_result() -> bool:
    """Whether an image editor of any window shows the Render Result."""
    manager: Any = bpy.context.window_manager
    spaces = (area.spaces.active for window in manager.windows for area in window.screen.areas)
    images = (space.image for space in spaces if space.type == "IMAGE_EDITOR")
    return any(image is not None and image.type == "RENDER_RESULT" for image in images)


def in_a_window() -> AbstractContextManager[Any]:
    """A context with a window, for the `with` block. There has to be one."""
    return nullcontext() if bpy.context.window else bpy.context.temp_override(window=some_window())


def modal_operators(name: str) -> dict[int, Any]:
    """The operators of that name (as `RENDER_OT_render`) that run in all windows, by their addresses."""
    manager: Any = bpy.context.window_manager
    running = (operator for window in manager.windows for operator in window.modal_operators)
    return {operator.as_pointer(): operator for operator in running if operator.bl_idname == name}


RENDER = "RENDER_OT_render"


class LaterRenders:
    """The renders that others start from now on: each ends all jobs that Blender has at that moment.

    Our own operator goes with the next event only, and until then Blender has a render job that is not ours:
    `screen_render_invoke` in source/blender/editors/render/render_internal.cc.
    """

    def __init__(self) -> None:
        self._known = set(modal_operators(RENDER))

    def there_are(self, own: Collection[int] = ()) -> bool:
        """Whether there is one, besides those at these addresses."""
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
        raise OperatorError(f"area={kind!r} is in no window; they show {', '.join(shown) or 'nothing'}")
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
        raise RenderError(f"scene={scene.name!r} is not shown in the window, where this needs it: show it there")
    return find_area(area, scene)
