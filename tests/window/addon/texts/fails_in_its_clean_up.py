"""Fails while it cleans up after it was cancelled."""

import asyncio

print("it runs", flush=True)
try:
    await asyncio.sleep(300)
finally:
    1 / 0  # clean up  # noqa: B018
