"""Threads of every kind that ask for something in the main thread."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable
from typing import Any

import async_render as ar

answers: dict[str, Any] = {}
loop: asyncio.AbstractEventLoop | None = None


def ask(name: str, function: Callable[[], object]) -> None:
    try:
        answers[name] = ar.call_in_main_thread(function)
    except BaseException as error:  # noqa: BLE001 - the test looks at it
        answers[name] = repr(error)


def fail() -> None:
    raise KeyError("mine")


def in_thread(name: str, function: Callable[[], object]) -> None:
    threading.Thread(target=ask, args=(name, function)).start()


def in_main() -> bool:
    return threading.current_thread() is threading.main_thread()


@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def c_thread(_: object) -> None:
    assert loop is not None
    asyncio.run_coroutine_threadsafe(answer("from C", in_main()), loop)


async def answer(name: str, value: bool) -> None:
    answers[name] = [value, in_main()]


def start_c_thread() -> None:
    thread = ctypes.c_ulong()
    ctypes.CDLL(None).pthread_create(ctypes.byref(thread), None, c_thread, None)
