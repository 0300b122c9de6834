"""The exceptions of renders, and texts in messages."""

import re
import reprlib
from collections.abc import Sequence
from dataclasses import MISSING, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

CancelReason = Literal["ESC", "FILE_LOAD", "UNDO", "OTHER_RENDER", "UNKNOWN"]

LONGEST_QUOTE = 1000
"""Characters of a text that a message repeats. Blender's longest paths have 1,023 bytes."""


def quoted(value: object) -> str:
    """Return a value as messages repeat it: like `repr`, and short, whatever a file contained.

    Example:
        >>> quoted(["A", 4])
        "['A', 4]"
    """
    return _QUOTING.repr(value)


def text_of(error: BaseException) -> str:
    """Return the text of an exception. A script's own class may raise where it is asked for its text."""
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - an error about an error would hide both
        return f"<{type(error).__qualname__} without a text>"


def near(name: str, known: Sequence[str], where: str = "") -> str:
    """Return the end of a message about a name that is not known: the names that are near to it, or else all.

    Args:
        name: the unknown name.
        known: the names that there are.
        where: a place that has all names, if they are too many for a message.

    Example:
        >>> near("camra", ["scene", "camera"])
        "near to it: 'camera'"
    """
    close = get_close_matches(name[:LONGEST_QUOTE], known, n=3)
    if close:
        return f"near to it: {', '.join(map(repr, close))}" + (f"; all names are in {where}" if where else "")
    return f"all names are in {where}" if where else f"there are {', '.join(known)}"


def printable(text: str) -> str:
    r"""Return a message in which control characters, and characters that Blender does not take, are escaped.

    Names and paths in a .blend file may have any control character, marks that turn the text's direction, and bytes
    that are not UTF-8. A terminal obeys the first two. Blender's own reports raise `UnicodeEncodeError` at the
    last.

    Example:
        >>> printable("shot\x1b[2J")
        'shot\\x1b[2J'
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
_SHORT = _Quoting()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = 3


def short_repr(instance: Any) -> str:
    """Return the `repr` of a dataclass: fields that differ from their defaults, and three items of each.

    Example:
        >>> short_repr(RenderResult((1, 2, 3, 4), (), 0.5))
        'RenderResult(frames=(1, 2, 3, ...), files=(), seconds=0.5)'
    """
    shown = []
    for item in fields(instance):
        value = getattr(instance, item.name)
        default = item.default_factory() if item.default_factory is not MISSING else item.default
        if item.repr and (default is MISSING or value != default):
            shown.append(f"{item.name}={_SHORT.repr(tuple(value) if isinstance(value, tuple) else value)}")
    return f"{type(instance).__name__}({', '.join(shown)})"


class RenderError(Exception):
    """A render that could not start, or that ended without all its pictures.

    Attributes:
        frames: the frames that were finished when the render ended.
        files: the complete files of these frames.
        frame: the frame in which the render ended; None: not known.

    Example:
        >>> try:
        ...     await ar.render_animation(filepath="//out/####")
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
    """A render that was cancelled in Blender, and not by its task.

    `asyncio.CancelledError` is another exception: it is raised when the *task* is cancelled from Python.

    Attributes:
        reason: `"ESC"`: the user pressed Esc. `"FILE_LOAD"`: a file was loaded. `"UNDO"`: the user undid something.
            `"OTHER_RENDER"`: the user rendered another scene. `"UNKNOWN"`: Blender does not say why.

    Example:
        >>> try:
        ...     await ar.render_animation(filepath="//out/####")
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
    """A render that Blender reports as finished, although a file is missing, empty, truncated, or of another format.

    Attributes:
        damaged: these files, each with its damage.

    Example:
        >>> try:
        ...     await ar.render_animation(filepath="//out/####")
        ... except ar.OutputError as error:
        ...     for file, damage in error.damaged.items():
        ...         print(file, damage)
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
    """An operator that cannot be called now, or that failed. The message has Blender's own words.

    Example:
        >>> try:
        ...     await ar.operator(bpy.ops.view3d.snap_cursor_to_center)
        ... except ar.OperatorError as error:
        ...     print(error)
        VIEW3D_OT_snap_cursor_to_center cannot run: ...; give the editor that it needs, as area="VIEW_3D"
    """


class WorkerError(RenderError):
    """A worker of a pool that died, was hung, or broke its protocol, or that failed with an unexpected exception.

    Attributes:
        ended: how its process ended, as `"exit code 139"` or `"signal SIGKILL"`; None: the process lives on.
        log: the last lines that its Blender printed.

    Example:
        >>> try:
        ...     await pool.render_animation(filepath="//out/####")
        ... except ar.WorkerError as error:
        ...     print("frame", error.frame, error.ended, *error.log, sep="\\n")
    """

    def __init__(
        self,
        message: str,
        *,
        ended: str | None = None,
        log: Sequence[str] = (),
        frames: Sequence[int] = (),
        files: Sequence[Path] = (),
        frame: int | None = None,
    ) -> None:
        super().__init__(message, frames=frames, files=files, frame=frame)
        self.ended = ended
        self.log = tuple(log)
