"""The operators that run modally now."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import bpy


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
