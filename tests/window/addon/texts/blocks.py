"""Blocks the window for three seconds."""

import asyncio
import time

await asyncio.sleep(0.1)
time.sleep(3)  # long
await asyncio.sleep(1)
