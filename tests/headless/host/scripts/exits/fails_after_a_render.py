"""A script that fails after a render."""

from __future__ import annotations

import async_render as ar
from tests.support import small_scene  # noqa: F401 - what it renders


async def main() -> None:
    await ar.render_animation()
    raise ValueError("mine")


ar.run(main())
