"""Notes what a coroutine returned or raised, and its end."""

from __future__ import annotations

import asyncio  # noqa: F401 - for the statements that the test sends
from collections.abc import Awaitable
from typing import Any

import async_render as ar  # noqa: F401 - for the statements that the test sends

log: list[Any] = []


async def noted(coroutine: Awaitable[Any]) -> None:
    try:
        log.append(await coroutine)
    except BaseException as error:  # noqa: BLE001 - the test looks at it
        log.append(f"{type(error).__name__}: {error}")
    log.append("end")
