"""Goes on when it is cancelled."""

import asyncio

print("it runs", flush=True)
while True:
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        print("not yet", flush=True)
