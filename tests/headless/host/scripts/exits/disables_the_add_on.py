"""An add-on that is disabled by a coroutine: its scripts are cancelled, this one among them."""

from __future__ import annotations

import async_render as ar
from async_render import addon

addon.register()


async def main() -> None:
    addon.unregister()


ar.run(main())
