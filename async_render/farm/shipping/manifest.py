"""The list of a job's files: what is sent, what is checked at the other end, and what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from ...render.errors import RenderError, printable, quoted
from .names import check_names

LARGEST = 1 << 42
"""Bytes of one file. Larger numbers are mistakes."""

MOST_MISSING = 1000
"""Number of missing files that are listed. A disk that is not there would make thousands."""

LONGEST_TEXT = 2000
"""Characters of the path of a missing file, and of the text that says who needs it."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_digest(digest: object) -> str:
    """Return a SHA-256 digest that was received, in 64 small hexadecimal digits.

    Raises:
        RenderError: it is none.
    """
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise RenderError(f"sha256={printable(quoted(digest))}: it must have 64 hexadecimal digits")
    return digest


def check_size(size: object) -> int:
    """Return a number of bytes that was received.

    Raises:
        RenderError: it is none.
    """
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= LARGEST:
        raise RenderError(f"size={quoted(size)}: it must be a number of bytes up to {LARGEST}")
    return size


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a job.

    Attributes:
        name: its path below the job's folder, with slashes.
        size: bytes of its content.
        sha256: the digest of its content.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that a job needs and that is not there.

    Attributes:
        path: where it was looked for.
        needed_by: what needs the file, as `"the image 'bark'"`.
    """

    path: str
    needed_by: str

    def __str__(self) -> str:
        return f"{self.needed_by} is missing: {self.path}"


@dataclass(frozen=True)
class Manifest:
    """The files of a job. Each instance is checked when it is made, whoever made it.

    Attributes:
        main: the name of the .blend file that is rendered, one of the entries.
        entries: the files, by name.
        missing: the files that are needed and not there.
        more_missing: number of further missing files, which are not listed.

    Example:
        >>> Manifest("shot.blend", (Entry("shot.blend", 8, "9f86…"),)).size
        8
    """

    main: str
    entries: tuple[Entry, ...]
    missing: tuple[Missing, ...] = ()
    more_missing: int = 0

    def __post_init__(self) -> None:
        names = check_names(entry.name for entry in self.entries)
        if self.main not in names or not self.main.endswith(".blend"):
            raise RenderError(f"main={printable(quoted(self.main))}: it must be the name of a .blend file of the job")
        sizes: dict[str, int] = {}
        for entry in self.entries:
            size = check_size(entry.size)
            if sizes.setdefault(check_digest(entry.sha256), size) != size:
                raise RenderError(f"sha256={entry.sha256!r}: two files of this digest have different sizes")
        if len(self.missing) > MOST_MISSING:
            raise RenderError(f"missing: more than {MOST_MISSING} files are listed")

    @cached_property
    def key(self) -> str:
        """A text that differs whenever the content differs: a worker opens a file of the same key once."""
        rows = [[entry.name, entry.size, entry.sha256] for entry in sorted(self.entries, key=lambda entry: entry.name)]
        return sha256(json.dumps([self.main, rows]).encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all contents; a content that several names have counts once."""
        return sum(self.sizes.values())

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """The contents, each digest with its size."""
        return {entry.sha256: entry.size for entry in self.entries}

    def to_wire(self) -> dict[str, Any]:
        """Return the manifest as data that JSON carries."""
        return {
            "main": self.main,
            "entries": [[entry.name, entry.size, entry.sha256] for entry in self.entries],
            "missing": [[item.path, item.needed_by] for item in self.missing],
            "more_missing": self.more_missing,
        }


def manifest_from_wire(data: object) -> Manifest:
    """Return the manifest that another machine has sent.

    Raises:
        RenderError: it is none, or it has a name that leaves the job's folder.
    """
    try:
        if not isinstance(data, Mapping):
            raise TypeError("it is no mapping")
        if len(data["missing"]) > MOST_MISSING:
            raise ValueError(f"more than {MOST_MISSING} missing files")
        return Manifest(
            data["main"],
            tuple(Entry(name, size, digest) for name, size, digest in data["entries"]),
            tuple(Missing(_text(path), _text(needed_by)) for path, needed_by in data["missing"]),
            check_size(data["more_missing"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RenderError(f"the list of the job's files is damaged: {printable(quoted(str(error)))}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{quoted(value)} is no text")
    return printable(value[:LONGEST_TEXT])
