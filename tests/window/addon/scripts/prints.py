# A text that prints in three ways, and fails.
import asyncio
import sys

print("before the first await")


async def main() -> None:
    await asyncio.sleep(0.1)
    print("on stderr", file=sys.stderr)
    await asyncio.to_thread(print, "in a thread of asyncio")
    raise KeyError("camera")
