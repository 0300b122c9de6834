"""Takes a snapshot of the session, and ends without releasing it."""

from __future__ import annotations

import async_render as ar
from async_render.blender.session.source import session


async def main() -> None:
    snapshot = await session.snapshot()
    print("a copy is there" if snapshot.file.exists() else "no copy")


ar.run(main())
