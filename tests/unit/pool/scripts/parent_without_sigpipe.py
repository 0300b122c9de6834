"""A process that SIGPIPE ends, as Blender 4.3: it writes to a worker that reads nothing any more."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import async_render as ar
from async_render.pool.worker_process.process import start_child
from async_render.work.session import Program


async def main(worker: str, folder: Path) -> None:
    program = Program("blender", Path(sys.executable), (worker, "closes_its_stdin"), {"FAKE_VERSION": ar.__version__})
    child = await start_child(program, name="fake", log=folder / "fake.log")
    fields: dict[str, Any] = {"file": "/a.blend", "key": "k", "folder": None, "use_scripts": False}
    task = asyncio.create_task(child.request("load", **fields))
    await asyncio.sleep(0.2)
    child.kill("reads nothing")
    await asyncio.wait([task])
    print(task.exception())


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
