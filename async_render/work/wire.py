"""Settings, results and exceptions as data that JSON carries, and back.

Data that arrives is checked field by field, and never obeyed: a table says which class a kind of exception is, and no
name that arrives is imported or called. Paths may have bytes that are not UTF-8: JSON escapes the characters by which
Python represents these bytes.
"""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import Mapping
from pathlib import Path
from traceback import TracebackException
from typing import Any, get_args

from ..render.errors import (
    CancelReason,
    OperatorError,
    OutputError,
    RenderCancelled,
    RenderError,
    WorkerError,
    quoted,
    text_of,
)
from ..render.frame_list import FrameList
from ..render.frames import frame_list, frames_text
from ..render.result import Pixels, RenderResult, StillResult, StillWithPixels
from ..render.settings import RenderSettings
from .shapes import Check, WireError, anything, fields, mapping, number, optional, row, text, tuple_of, whole

LONGEST_TEXT = 20_000
"""Characters of a message, or of a traceback, that go over the wire. The rest is left out."""


def frames_from_text(value: str) -> FrameList:
    """Return the frames of a text that `frames_text` has written.

    Raises:
        WireError: the text names no frames.
    """
    try:
        return frame_list(value, 0, 0) if value else FrameList()
    except ValueError as error:
        raise WireError(str(error)) from error


def settings_to_wire(settings: RenderSettings) -> dict[str, Any]:
    """Return the fields of settings that are not None. Frames become a text, since there may be a million of them."""
    values: dict[str, Any] = json.loads(settings.to_json())
    if isinstance(settings.frames, tuple):
        values["frames"] = frames_text(settings.frames)
    return values


def settings_from_wire(value: Any) -> RenderSettings:
    """Return the settings that `settings_to_wire` has written.

    Raises:
        WireError: a field is not known, or has a wrong value.
    """
    try:
        return RenderSettings(**anything("settings", value))
    except (TypeError, ValueError) as error:
        raise WireError(f"settings: {error}") from error


def frames_field(name: str, value: Any) -> FrameList:
    """Return the frames of a field whose text `frames_text` has written."""
    return frames_from_text(text(name, value))


def _path(name: str, value: Any) -> Path:
    given = text(name, value)
    if not given or "\0" in given:
        raise WireError(f"{name}={quoted(given)} is not a path")
    return Path(given)


_RESULT: Mapping[str, Check] = {
    "frames": frames_field,
    "files": row(_path),
    "seconds": number,
    "frame_seconds": row(tuple_of(whole, number)),
    "skipped": frames_field,
    "warnings": row(text),
    "frame_files": row(tuple_of(whole, row(_path))),
    "subframe": optional(number),
    "size": optional(tuple_of(whole, whole)),
}


def result_to_wire(result: RenderResult) -> dict[str, Any]:
    """Return a result. Of pixels only the size goes over the wire: a file carries the values."""
    still = result if isinstance(result, StillResult) else None
    pixels = still and still.pixels
    return {
        "frames": frames_text(result.frames),
        "files": [str(file) for file in result.files],
        "seconds": result.seconds,
        "frame_seconds": [[frame, seconds] for frame, seconds in result.frame_seconds.items()],
        "skipped": frames_text(result.skipped),
        "warnings": list(result.warnings),
        "frame_files": [[frame, [str(file) for file in files]] for frame, files in result.frame_files.items()],
        "subframe": still and still.subframe,
        "size": pixels and [pixels.width, pixels.height],
    }


def result_from_wire(value: Any, pixels: array[float] | None = None) -> RenderResult:
    """Return the result that `result_to_wire` has written.

    Args:
        value: the result as it arrived.
        pixels: the values of the pixels, where the result has a size.

    Raises:
        WireError: a field is not known, has a wrong value, or the pixels do not have the size.
    """
    given = fields("result", value, _RESULT)
    subframe, size = given.pop("subframe"), given.pop("size")
    given |= {"frames": tuple(given["frames"]), "skipped": tuple(given["skipped"]), "files": tuple(given["files"])}
    given |= {"warnings": tuple(given["warnings"]), "frame_seconds": dict(given["frame_seconds"])}
    given["frame_files"] = {frame: tuple(files) for frame, files in given["frame_files"]}
    if subframe is None:
        return RenderResult(**given)
    if size is None:
        return StillResult(**given, subframe=subframe)
    width, height = size
    if pixels is None or width < 1 or height < 1 or len(pixels) != 4 * width * height:
        found = "no" if pixels is None else f"{len(pixels):,}"
        raise WireError(f"result.size={width} × {height} needs {4 * width * height:,} values; there are {found} values")
    return StillWithPixels(**given, subframe=subframe, pixels=Pixels(width, height, pixels))


_RENDER_ERRORS: Mapping[str, type[RenderError]] = {
    kind.__name__: kind for kind in (RenderError, RenderCancelled, OutputError, OperatorError, WorkerError)
}
_OTHER_ERRORS: Mapping[str, type[Exception]] = {
    kind.__name__: kind for kind in (ValueError, TypeError, ImportError, MemoryError, NotImplementedError, OSError)
}
CANCELLED = "cancelled"
"""The kind of an error that says that the request was cancelled, as it was asked."""

_ERROR: Mapping[str, Check] = {
    "kind": text,
    "name": text,
    "message": text,
    "traceback": text,
    "frames": frames_field,
    "files": row(_path),
    "frame": optional(whole),
    "reason": optional(text),
    "damaged": row(tuple_of(_path, text)),
    "ended": optional(text),
    "log": row(text),
    "errno": optional(whole),
    "values": mapping(text),
}


def error_to_wire(error: BaseException, *, with_files: bool = True) -> dict[str, Any]:
    """Return an exception.

    Args:
        error: the exception.
        with_files: whether frames and files go along; there may be too many for one line.
    """
    render = error if isinstance(error, RenderError) else None
    carries = render is not None and with_files
    return {
        "kind": _kind_of(error),
        "name": type(error).__qualname__,
        "message": text_of(error)[:LONGEST_TEXT],
        "traceback": "".join(TracebackException.from_exception(error).format())[-LONGEST_TEXT:],
        "frames": frames_text(sorted({*render.frames})) if render and carries else "",
        "files": [str(file) for file in render.files] if render and carries else [],
        "frame": render and render.frame,
        "reason": error.reason if isinstance(error, RenderCancelled) else None,
        "damaged": [[str(file), damage] for file, damage in error.damaged.items()]
        if isinstance(error, OutputError) and with_files
        else [],
        "ended": error.ended if isinstance(error, WorkerError) else None,
        "log": list(error.log) if isinstance(error, WorkerError) else [],
        "errno": error.errno if isinstance(error, OSError) else None,
        "values": _os_values(error) if isinstance(error, OSError) else {},
    }


def _kind_of(error: BaseException) -> str:
    """Return the name of the nearest class that the tables have; "": there is none."""
    if isinstance(error, asyncio.CancelledError):
        return CANCELLED
    names = (kind.__name__ for kind in type(error).__mro__ if kind in _CLASSES)
    return next(names, "")


_CLASSES = {*_RENDER_ERRORS.values(), *_OTHER_ERRORS.values()}


def _os_values(error: OSError) -> dict[str, str]:
    given = {"strerror": error.strerror, "filename": error.filename}
    return {name: str(value) for name, value in given.items() if value is not None}


def error_from_wire(value: Any) -> BaseException:
    """Return the exception that `error_to_wire` has written.

    An exception of a class that is not in the tables becomes a `WorkerError`, whose message begins with the class. Each
    exception has the worker's traceback as a note.

    Raises:
        WireError: a field is not known, or has a wrong value.
    """
    given = fields("error", value, _ERROR)
    kind: str = given["kind"]
    if kind == CANCELLED:
        return asyncio.CancelledError()
    if kind in _RENDER_ERRORS:
        error: BaseException = _render_error(kind, given)
    elif kind == "OSError" and given["errno"] is not None:
        error = OSError(given["errno"], given["values"].get("strerror", ""), given["values"].get("filename"))
    elif kind in _OTHER_ERRORS:
        error = _OTHER_ERRORS[kind](given["message"])
    else:
        error = WorkerError(f"{given['name']}: {given['message']}" if given["message"] else given["name"])
    if given["traceback"]:
        error.add_note(f"In the worker:\n{given['traceback'].rstrip()}")
    return error


def _render_error(kind: str, given: Mapping[str, Any]) -> RenderError:
    more: dict[str, Any] = {}
    if kind == "RenderCancelled":
        if given["reason"] not in get_args(CancelReason):
            raise WireError(f"error.reason={quoted(given['reason'])} is not one of {', '.join(get_args(CancelReason))}")
        more["reason"] = given["reason"]
    elif kind == "OutputError":
        more["damaged"] = dict(given["damaged"])
    elif kind == "WorkerError":
        more |= {"ended": given["ended"], "log": tuple(given["log"])}
    return _RENDER_ERRORS[kind](
        given["message"], frames=tuple(given["frames"]), files=given["files"], frame=given["frame"], **more
    )
