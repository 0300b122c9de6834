"""`render_animation` and `render_frames`: animations, awaited."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Unpack

from ...render.call_settings import settings_with
from ...render.result import RenderResult
from ...render.setting_fields import SettingsFields
from ...render.settings import RenderSettings
from ...render.written_frames import Frames, FramesBlock
from ..host.own_loop import require_own_loop
from .rendering import Listener, render
from .request import Request


async def render_animation(
    settings: RenderSettings | None = None, *, resume: bool = False, **fields: Unpack[SettingsFields]
) -> RenderResult:
    """Render an animation as *Render > Render Animation* does, and wait for it while Blender's window lives.

    Blender has one render job. Calls wait in a queue, in order, and for the renders that the user has started. The
    scene has the settings only while its render runs; afterwards, and after an error, it is as before. When the task is
    cancelled the render stops, in the middle of a frame, and `CancelledError` comes out when its job is gone.

    A movie grows beside its destination, and is moved there when it is complete; a movie that is cancelled is left as
    `name.partial.mkv`. Other add-ons find the path of the destination in the scene.

    Args:
        settings: the settings in which the render differs from the scene; None: none.
        resume: whether only frames are rendered whose files are missing or damaged, as after a crash.
        **fields: fields of `RenderSettings`, alone or on top of `settings`.

    Returns:
        The frames, their files (each was checked, to its end) and the seconds.

    Raises:
        RenderError: the settings cannot work (nothing was changed), or Blender ended with an error.
        OutputError: Blender says that all is well, and files are missing, empty or truncated.
        RenderCancelled: the user pressed Esc, loaded a file, or undid something.

    Example:
        >>> await ar.render_animation(camera="Camera.Top", filepath="//top/####")
    """
    require_own_loop("ar.render_animation()")
    result, _ = await render(Request.of(settings_with(settings, fields), resume=resume))
    return result


def render_frames(
    settings: RenderSettings | None = None, *, resume: bool = False, **fields: Unpack[SettingsFields]
) -> AbstractAsyncContextManager[Frames]:
    """Render an animation, and get each frame as it is written. To leave the block early cancels the render.

    In a window a frame comes at most a fifth of a second after it is written, so that short frames are slowed less.

    Args:
        settings: as for `render_animation`.
        resume: as for `render_animation`.
        **fields: as for `render_animation`.

    Returns:
        The block. Inside it is an asynchronous iterator of `Frame` (number, path, seconds), with `progress` (sample,
        ETA) and `result`.

    Raises:
        Exception: as `render_animation`, when the block is left.

    Example:
        >>> async with ar.render_frames(filepath="//out/####") as frames:
        ...     async for frame in frames:
        ...         print(frame.number, frame.path, frame.seconds)
    """
    given = settings_with(settings, fields)

    def start(frames: Frames) -> Coroutine[Any, Any, RenderResult]:
        require_own_loop("ar.render_frames()")
        return _rendered(Request.of(given, resume=resume), Listener(frames.add, frames.show))

    return FramesBlock(start)


async def _rendered(request: Request, listener: Listener) -> RenderResult:
    result, _ = await render(request, listener)
    return result
