"""An exit code of the script's own, in a file that is saved while it renders."""

from __future__ import annotations

import sys

import bpy

import async_render as ar
from tests.support.small_scene import folder


def save(*_: object) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/a.blend", copy=True)


async def main() -> None:
    bpy.app.handlers.render_post.append(save)
    await ar.render_still()
    bpy.app.handlers.render_post.remove(save)
    sys.exit(3)


ar.run(main())
