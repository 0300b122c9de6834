"""What can go wrong with a render."""

from collections.abc import Sequence
from pathlib import Path


class RenderError(Exception):
    """A render could not be started, or ended without its pictures.

    Attributes:
        frames: the frames that Blender had finished when it ended.
        files: the pictures of those frames that are on disk.

    Example:
        >>> try:
        ...     await ar.render_animation(settings)
        ... except ar.RenderError as error:
        ...     print(error, "but these are there:", error.files)
    """

    def __init__(self, message: str, *, frames: Sequence[int] = (), files: Sequence[Path] = ()) -> None:
        super().__init__(message)
        self.frames = tuple(frames)
        self.files = tuple(files)


class RenderCancelled(RenderError):
    """Somebody stopped the render in Blender: Esc was pressed, a file was loaded, or an undo happened.

    Not to be confused with `asyncio.CancelledError`, which comes when the *task* was cancelled from Python.
    """
