"""What a test of the loop's life asks for."""

from __future__ import annotations

import _thread  # noqa: F401 - for the statements that the test sends
import asyncio  # noqa: F401
import os  # noqa: F401
import threading  # noqa: F401
import time  # noqa: F401
from typing import Any

import bpy

import async_render as ar  # noqa: F401
from async_render.blender.host import host


def has_timer() -> bool:
    return bpy.app.timers.is_registered(host._turn)


def rests() -> bool:
    return has_timer() and host.get_host().is_resting


def our_handlers() -> list[Any]:
    lists = [getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)]
    return [f for found in lists if isinstance(found, list) for f in found if f.__module__.startswith("async_render")]
