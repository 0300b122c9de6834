"""A task and a callback that an error leaves."""

from __future__ import annotations

from async_render.blender.host import host

loop = host.get_host().loop


async def leave(error: BaseException) -> None:
    raise error


def leave_at_once(error: BaseException) -> None:
    raise error
