"""Renders, and keeps what came out, whether it is a result or an error."""

from __future__ import annotations

import asyncio  # noqa: F401 - for the statements that the test sends
from typing import Any

import bpy

import async_render as ar

outcome: list[Any] = []
after: list[bool] = []


async def render(**settings: Any) -> None:
    try:
        outcome.append(await ar.render_animation(ar.RenderSettings(**settings)))
    except BaseException as error:  # noqa: BLE001 - the test looks at it
        outcome.append(error)
    after.append(bpy.app.is_job_running("RENDER"))


def told(name: str) -> str:
    return repr(getattr(outcome[-1], name))
