"""`in_context`: a coroutine whose steps all run in another context of Blender's."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

import bpy

from .own_loop import require_own_loop

T = TypeVar("T")


async def in_context(coro: Coroutine[Any, Any, T], **members: Any) -> T:
    """Await a coroutine in another context: another window, area, scene or active object.

    `with bpy.context.temp_override(…)` does not do this: inside a coroutine write no `await` in such a block. Without a
    window the override then holds for all other tasks as well. In a window Blender ends the override at the `await`.
    `in_context` overrides the context for each step of the coroutine, and for no other task.

    Args:
        coro: the coroutine, as `main()`.
        **members: the members of the context, as of `bpy.context.temp_override`.

    Returns:
        The result of the coroutine.

    Raises:
        Exception: as the coroutine.
        TypeError: Blender does not take a member, or the area is closed meanwhile.
        ReferenceError: a datablock was removed meanwhile.

    Example:
        >>> async def count():
        ...     await asyncio.sleep(0.1)
        ...     return len(bpy.context.scene.objects)
        >>> await ar.in_context(count(), scene=bpy.data.scenes["Film"])
        0
    """
    try:
        require_own_loop("ar.in_context()")
        result: T = await _Steps(coro, members)
    finally:
        coro.close()
    return result


class _Steps:
    """The steps of a coroutine, each in the context."""

    def __init__(self, coro: Coroutine[Any, Any, Any], members: dict[str, Any]) -> None:
        self._coro = coro
        self._members = members

    def __await__(self) -> Generator[Any, Any, Any]:
        override: Any = bpy.context.temp_override
        step: Any = self._coro.send
        value: Any = None
        while True:
            for member in self._members.values():
                if isinstance(member, bpy.types.bpy_struct):
                    member.as_pointer()  # of one that was removed ReferenceError; the override would have None for it
            try:
                with override(**self._members):
                    waits_for = step(value)
            except StopIteration as end:
                return end.value
            try:
                value, step = (yield waits_for), self._coro.send
            except BaseException as error:  # noqa: BLE001 - the coroutine receives it
                value, step = error, self._coro.throw
