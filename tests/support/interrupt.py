"""A script to press Ctrl-C in."""

from __future__ import annotations

import signal
import subprocess
from typing import IO

SCRIPT = """
import asyncio
import async_render as ar

async def main():
    try:
        print("it runs", flush=True)
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.1)
        print("cleaned up", flush=True)

ar.run(main())
"""


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C when the script runs, and return all that was printed when it has ended."""
    output: IO[str] | None = process.stdout
    assert output is not None
    printed = ""
    for line in output:
        printed += line
        if "it runs" in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    return printed + rest
