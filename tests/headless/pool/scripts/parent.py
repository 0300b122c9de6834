"""A process with workers, each of which does something that never ends; it is to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from async_render.pool.worker_process.process import start_child
from tests.support.workers import python_program


async def main(folder: Path, *kinds: str) -> None:
    begun: asyncio.Queue[int] = asyncio.Queue()

    async def work(kind: str) -> None:
        child = await start_child(python_program(), name=kind, log=folder / f"{kind}.log")
        request = child.request(
            "bake", on_event=lambda _event: begun.put_nowait(child.hello.pid), type=kind, properties={}, folder=""
        )
        await request

    tasks = [asyncio.create_task(work(kind)) for kind in kinds]
    print("workers", *[await begun.get() for _ in kinds], flush=True)
    await asyncio.wait(tasks)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
