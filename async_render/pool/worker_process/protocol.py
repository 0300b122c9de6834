"""The lines that a pool and its workers write to each other: one JSON object a line, in UTF-8.

    parent (pool/worker_process/process.py)                  child (blender/worker/main.py)
              ◀── hello: token, versions ────
    request ── {"do", "id", …} ─────────────▶ one after another
              ◀── {"event", "id", …} ──────── frame, progress, warning
              ◀── done or failed ────────────
    cancel, quit ────────────────────────────▶ obeyed at once
              ◀── alive, every half second ──

The tables below have each message, its fields and their types. A line that does not fit ends the worker.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from ...work.shapes import (
    Check,
    WireError,
    anything,
    fields,
    number,
    optional,
    row,
    switch,
    text,
    tuple_of,
    values,
    whole,
)

VERSION = 1
"""The version of this protocol. It grows with each change of a message."""

LINE_LIMIT = 1 << 20
"""Bytes of a line, its end included. 10,000 paths of 100 characters fit in; no memory is filled by one line."""

ALIVE_INTERVAL = 0.5
"""Seconds between two signs of life of a worker."""


def package_version() -> str:
    """Return the version of this package, which its face has. This wing must not import the face."""
    return str(sys.modules[__name__.partition(".")[0]].__version__)


class ProtocolError(WireError):
    """A line that does not fit the protocol."""


REQUESTS: Mapping[str, Mapping[str, Check]] = {
    "load": {"file": text, "key": text, "folder": optional(text), "use_scripts": switch},
    "plan": {"settings": anything, "resume": switch},
    "frames": {"settings": anything, "frames": text},
    "still": {"settings": anything, "frame": optional(number), "write": switch, "pixels": optional(text)},
    "bake": {"type": text, "properties": values, "folder": text},
    "mixdown": {"filepath": text, "properties": values},
    "encode": {"listing": text, "settings": anything, "claims": switch},
}
"""The requests, each with its fields beside `do` and `id`. A worker does one after another.

`listing` is the path of a file with a JSON list of paths: the frames of a long movie do not fit into a line. `folder`
is where a bake leaves the pixels of the images that it has changed. With `claims` the worker claims the movie's files;
the pool has claimed those of an animation.
"""

RESULTS: Mapping[str, Mapping[str, Check]] = {
    "load": {"loaded": switch, "seconds": number, "missing": row(text)},
    "plan": {
        "settings": anything,
        "frames": text,
        "skipped": text,
        "is_movie": switch,
        "folder": text,
        "patterns": row(tuple_of(text, optional(whole), text)),
        "warnings": row(text),
        "in_order": switch,
    },
    "frames": {"seconds": number, "warnings": row(text)},
    "still": {"result": anything},
    "bake": {"status": text, "name": text, "seconds": number, "images": row(anything)},
    "mixdown": {"file": text},
    "encode": {"result": anything},
}
"""The result of each request, in the event `done`. `missing` are the paths of files that the opened file needs and that
are not there: of another machine, a farm asks. `patterns` are those of `output.frame_files.FilePattern`, with
absolute paths: the files of each view. The `settings` of a plan are sent with its frames: their output path has no
variable of a date any more, and a resumed render overwrites damaged files."""

_ORDERS: Mapping[str, Mapping[str, Check]] = {
    **{do: {"do": text, "id": whole, **table} for do, table in REQUESTS.items()},
    "cancel": {"do": text, "id": whole},
    "quit": {"do": text},
}

_EVENTS: Mapping[str, Mapping[str, Check]] = {
    "frame": {"event": text, "id": whole, "number": whole, "seconds": number, "files": row(text), "skipped": switch},
    "progress": {"event": text, "id": whole, "number": optional(whole), "fraction": number},
    "warning": {"event": text, "id": whole, "message": text},
    "done": {"event": text, "id": whole, "result": anything},
    "failed": {"event": text, "id": whole, "error": anything},
    "alive": {"event": text, "still": number},
}

HELLO: Mapping[str, Check] = {
    "async_render": whole,
    "token": text,
    "version": text,
    "blender": tuple_of(whole, whole, whole),
    "python": text,
    "pid": whole,
}
"""The fields of the first line of a worker. `async_render` is the version of the protocol."""


def encode(message: Mapping[str, Any]) -> bytes:
    """Return a message as a line.

    Raises:
        ProtocolError: the line is too long, or JSON cannot carry a value.
    """
    try:
        line = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"the message {_name(message)} cannot be sent: {error}") from error
    if len(line) > LINE_LIMIT:
        longest = max(message, key=lambda key: len(repr(message[key])))
        raise ProtocolError(
            f"the message {_name(message)} has {len(line):,} bytes, and a line at most {LINE_LIMIT:,}; "
            f"its longest field is {longest!r}: give less at a time"
        )
    return line


def decode(line: bytes) -> dict[str, Any]:
    """Return the object of a line, whose fields are not checked yet.

    Raises:
        ProtocolError: the line is too long, is not UTF-8, or is no JSON object.
    """
    if len(line) > LINE_LIMIT:
        raise ProtocolError(f"a line has {len(line):,} bytes or more, and not at most {LINE_LIMIT:,}")
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except RecursionError as error:
        raise ProtocolError(f"the line {_shown(line)} is nested too deeply") from error
    except ValueError as error:  # UnicodeDecodeError, JSONDecodeError, a number of too many digits
        raise ProtocolError(f"the line {_shown(line)} is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise ProtocolError(f"the line {_shown(line)} is no JSON object")
    return message


def check_order(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of the parent with its fields checked.

    Raises:
        ProtocolError: names the field and its value.
    """
    return _checked(message, "do", _ORDERS)


def check_event(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of a child with its fields checked.

    Raises:
        ProtocolError: names the field and its value.
    """
    return _checked(message, "event", _EVENTS)


def check_result(do: str, result: Any) -> dict[str, Any]:
    """Return the result of a request with its fields checked.

    Raises:
        ProtocolError: names the field and its value.
    """
    return _fields(f"the result of {do!r}", result, RESULTS[do])


def check_hello(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first line of a child with its fields checked. Of another protocol only the version is sure.

    Raises:
        ProtocolError: names the field and its value, or both versions.
    """
    version = message.get("async_render")
    if isinstance(version, int) and version != VERSION:
        raise ProtocolError(f"the worker speaks protocol {version}, and this process {VERSION}: update Async Render")
    return _fields("hello", message, HELLO)


def _checked(message: Mapping[str, Any], key: str, tables: Mapping[str, Mapping[str, Check]]) -> dict[str, Any]:
    kind = message.get(key)
    if not isinstance(kind, str) or kind not in tables:
        raise ProtocolError(f"{_name(message)} is no message; there are {', '.join(tables)}")
    return _fields(kind, message, tables[kind])


def _fields(name: str, value: Any, table: Mapping[str, Check]) -> dict[str, Any]:
    try:
        return fields(name, value, table)
    except WireError as error:
        raise ProtocolError(str(error)) from error


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON's")


def _name(message: Mapping[str, Any]) -> str:
    return repr(message.get("do", message.get("event", "hello")))[:100]


def _shown(line: bytes) -> str:
    return repr(line[:100]) + ("…" if len(line) > 100 else "")
