"""The menu *Templates > Async Render*: the examples, as texts to start from."""

from pathlib import Path
from typing import Any

import bpy

import async_render

_INSTALLED = Path(async_render.__file__).with_name("examples")
EXAMPLES = _INSTALLED if _INSTALLED.is_dir() else Path(async_render.__file__).parents[1] / "examples"
"""The folder of the examples: in the wheel it is inside the package, in a clone beside the package."""


class ASYNC_RENDER_MT_templates(bpy.types.Menu):
    """Examples that come with Async Render"""

    bl_label = "Async Render"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw an entry for each example, which opens a copy in the .blend file, as Blender's own templates do."""
        is_script: Any = ".py".__eq__  # Any: the stub of path_menu knows no argument
        self.path_menu(
            [str(EXAMPLES)],
            "text.open",
            props_default={"internal": True},
            filter_ext=is_script,
        )


def draw_templates(menu: Any, _context: bpy.types.Context) -> None:
    """Draw the sub-menu, below the others."""
    menu.layout.menu(ASYNC_RENDER_MT_templates.__name__)


_MENU = "TEXT_MT_templates"


def register() -> None:
    """Add the menu."""
    bpy.utils.register_class(ASYNC_RENDER_MT_templates)
    getattr(bpy.types, _MENU).append(draw_templates)


def unregister() -> None:
    """Remove the menu."""
    getattr(bpy.types, _MENU).remove(draw_templates)
    bpy.utils.unregister_class(ASYNC_RENDER_MT_templates)
