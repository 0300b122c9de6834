"""What can go wrong with a render."""

import re
import reprlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

CancelReason = Literal["ESC", "FILE_LOAD", "UNDO", "OTHER_RENDER", "UNKNOWN"]

LONGEST_QUOTE = 1000
"""Characters of a text that a message repeats: Blender's longest paths have 1,023."""


def quoted(value: object) -> str:
    """A value as messages repeat it: like `repr`, and never long, deep or impossible, whatever a file brought.

    Example:
        >>> quoted(["A", 4])
        "['A', 4]"
    """
    return _QUOTING.repr(value)


def printable(text: str) -> str:
    """A message as it may be shown: what a terminal would obey, and what Blender cannot take, is escaped.

    Names and paths in a .blend file may hold any control character, marks that turn the direction of the text, and
    bytes that are not UTF-8, at which Blender's own reports raise `UnicodeEncodeError`.

    Example:
        >>> printable("shot\\x1b[2J")
        'shot\\\\x1b[2J'
    """
    return _OBEYED.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class _Quoting(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxdict = 20
        self.maxother = LONGEST_QUOTE

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002 - as reprlib calls it
        return repr(x) if len(x) <= LONGEST_QUOTE else f"{x[:LONGEST_QUOTE]!r}…"

    def repr_int(self, x: int, level: int) -> str:  # noqa: ARG002 - as reprlib calls it
        if x.bit_length() <= 1000:
            return repr(x)
        return f"a number of {x.bit_length():,} bits"  # Python refuses to write it, or takes quadratic time


_QUOTING = _Quoting()


class RenderError(Exception):
    """A render could not be started, or ended without its pictures.

    Attributes:
        frames: the frames that Blender had finished when it ended.
        files: the pictures of those frames that are on disk, whole.
        frame: the frame that it ended in; None when that is not known.

    Example:
        >>> try:
        ...     await ar.render_animation(settings)
        ... except ar.RenderError as error:
        ...     print(error, "but these are there:", error.files)
    """

    def __init__(
        self, message: str, *, frames: Sequence[int] = (), files: Sequence[Path] = (), frame: int | None = None
    ) -> None:
        super().__init__(message)
        self.frames = tuple(frames)
        self.files = tuple(files)
        self.frame = frame


class RenderCancelled(RenderError):  # noqa: N818 - as asyncio.CancelledError, and as Blender says
    """The render was cancelled in Blender, and not by its task.

    `asyncio.CancelledError` is another exception: it comes when the *task* was cancelled from Python.

    Attributes:
        reason: `"ESC"`: the user pressed Esc. `"FILE_LOAD"`: a file was loaded. `"UNDO"`: the user undid something.
            `"OTHER_RENDER"`: the user rendered another scene. `"UNKNOWN"`: Blender does not tell.

    Example:
        >>> try:
        ...     await ar.render_animation(settings)
        ... except ar.RenderCancelled as error:
        ...     print("cancelled by", error.reason, "after", len(error.frames), "frames")
    """

    def __init__(
        self,
        message: str,
        *,
        reason: CancelReason = "UNKNOWN",
        frames: Sequence[int] = (),
        files: Sequence[Path] = (),
        frame: int | None = None,
    ) -> None:
        super().__init__(message, frames=frames, files=files, frame=frame)
        self.reason = reason


class OutputError(RenderError):
    """Blender says that it rendered, and a file is missing, empty, cut off, or not what its name says.

    Attributes:
        damaged: those files, each with what is wrong with it.
    """

    def __init__(
        self,
        message: str,
        *,
        damaged: dict[Path, str],
        frames: Sequence[int] = (),
        files: Sequence[Path] = (),
        frame: int | None = None,
    ) -> None:
        super().__init__(message, frames=frames, files=files, frame=frame)
        self.damaged = damaged


class OperatorError(RenderError):
    """An operator cannot be called now, or failed; with its own words.

    Example:
        >>> await ar.operator(bpy.ops.view3d.snap_cursor_to_center)
        OperatorError: VIEW3D_OT_snap_cursor_to_center cannot run: ...; give the editor that it needs
    """
