"""The seam of the session that works are taken from: the file that is open now, with the program that has opened it.

This wing must not import Blender's wing, so that wing hands in its session.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Program:
    """A program that can be a worker.

    Attributes:
        kind: `"blender"`: Blender itself, which is given `-b` and `--python`. `"python"`: a Python that has the module
            `bpy`.
        path: the program's file.
        arguments: arguments before those that a worker gets: `("-y",)`, or Python's own options.
        environment: variables that are set for the worker, beside those of this process.
        without: variables of this process that the worker does not get.
    """

    kind: Literal["blender", "python"]
    path: Path
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    @classmethod
    def at(cls, path: Path) -> Program:
        """Return the program of a file that a user names: a Python by its name, as `python3.11`, or else a Blender."""
        return cls("python" if path.name.lower().startswith("python") else "blender", path)


class Snapshot(Protocol):
    """A session as a file that other processes can open."""

    @property
    def file(self) -> Path:
        """The .blend file."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """A text that differs whenever the content differs."""
        raise NotImplementedError

    @property
    def folder(self) -> Path | None:
        """The folder that `//` means in output paths; None: that of `file`."""
        raise NotImplementedError

    @property
    def use_scripts(self) -> bool:
        """Whether the file may run its own scripts and drivers."""
        raise NotImplementedError

    def release(self) -> None:
        """Say that the file is not needed any more. The last release removes it."""
        raise NotImplementedError


class Session(Protocol):
    """The session of this process."""

    def program(self) -> Program:
        """Return the program that renders as this process does: with its add-ons and preferences."""
        raise NotImplementedError

    async def snapshot(self) -> Snapshot:
        """Return the session as it is now, unsaved changes included. Called on the main thread, on its loop."""
        raise NotImplementedError

    def snapshot_now(self) -> Snapshot:
        """Return the same for code that is not async. Called on the main thread."""
        raise NotImplementedError

    def absolute(self, path: str) -> str:
        """Return the absolute path that a path, with `//` or without, means in the session."""
        raise NotImplementedError

    def scene_name(self) -> str:
        """Return the name of the active scene. Called on the main thread."""
        raise NotImplementedError

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Let the main thread call a function soon. Any thread may call this.

        Returns:
            Whether it will be called: only a window turns by itself.
        """
        raise NotImplementedError

    def receive_baked(self, images: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """Give images of the session the pixels that a worker has baked. Called on the main thread.

        Args:
            images: the images, as the result of a `bake` has them.
            folder: the folder with the pixels.
        """
        raise NotImplementedError


def set_session_source(source: Callable[[], Session | None]) -> None:
    """Set the function that returns the session of this process; None: this process has no Blender."""
    global _source
    _source = source


def current_session() -> Session | None:
    """Return the session of this process; None: this process has no Blender."""
    return _source() if _source is not None else None


def own_program() -> Program | None:
    """Return the program of this process, as a worker; None: this process has no Blender.

    A plain Python that has the module `bpy` does not import the module for that.
    """
    if "bpy" not in sys.modules and importlib.util.find_spec("bpy") is not None:
        return Program("python", Path(sys.executable))
    session = current_session()
    return None if session is None else session.program()


_source: Callable[[], Session | None] | None = None
