"""The results that fake renders have where a test orders none: the frames and the files of a render that went well."""

from __future__ import annotations

import math
import os
import re
import struct
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..render.errors import RenderError
from ..render.frame_list import FrameList
from ..render.frames import frame_list
from ..render.path_templates import fill_in
from ..render.result import Pixels, RenderResult, StillResult, StillWithPixels
from ..render.settings import RenderSettings

SECONDS = 0.1
"""Seconds that a frame takes, in results."""

_EXTENSIONS = {
    "BMP": ".bmp",
    "FFMPEG": ".mp4",
    "HDR": ".hdr",
    "JPEG": ".jpg",
    "OPEN_EXR": ".exr",
    "OPEN_EXR_MULTILAYER": ".exr",
    "TARGA": ".tga",
    "TIFF": ".tif",
    "WEBP": ".webp",
}
"""The extensions by file format; all other formats have the extension of PNG."""

_CONTAINERS = {"MKV": ".mkv", "WEBM": ".webm", "QUICKTIME": ".mov", "AVI": ".avi", "OGG": ".ogv"}
"""The extensions by container; all other containers have the extension of MPEG-4."""


@dataclass(frozen=True)
class FakeScene:
    """The scene of fake renders.

    Attributes:
        frame_start: the first frame.
        frame_end: the last frame.
        folder: what `//` means; None: the working directory, and no file is written.
    """

    frame_start: int
    frame_end: int
    folder: Path | None

    def settings(self, scene: str | None) -> RenderSettings:
        """Return what `RenderSettings.from_scene` returns."""
        return RenderSettings(
            scene=scene or "Scene", camera="Camera", frame_start=self.frame_start, frame_end=self.frame_end
        )

    def animation(self, settings: RenderSettings) -> RenderResult:
        """Return the result of an animation.

        Raises:
            RenderError: the settings have no frames, or the path has a variable that is not known.
        """
        frames = self._frames(settings)
        seconds = dict.fromkeys(frames, SECONDS)
        return RenderResult(tuple(frames), self._files(settings, frames), SECONDS * len(frames), seconds)

    def still(self, settings: RenderSettings, *, frame: float | None, write: bool, pixels: bool) -> StillResult:
        """Return the result of a still. The pixels are black.

        Raises:
            RenderError: the path has a variable that is not known.
        """
        number = math.trunc(self.frame_start if frame is None else frame)
        subframe = 0.0 if frame is None else frame - number
        file = self._path(settings, number, is_still=True)
        parts = (number,), (file,) if write else (), SECONDS, {number: SECONDS}
        if not pixels:
            return StillResult(*parts, subframe=subframe)
        percent = settings.resolution_percentage or 100
        width, height = (
            max(size * percent // 100, 1) for size in (settings.resolution_x or 16, settings.resolution_y or 9)
        )
        black = array("f", bytes(4 * 4 * width * height))
        return StillWithPixels(*parts, subframe=subframe, pixels=Pixels(width, height, black))

    def absolute(self, path: str | os.PathLike[str]) -> Path:
        """Return the absolute path of a path that may begin with `//`."""
        text = os.fspath(path)
        folder = Path.cwd() if self.folder is None else self.folder.absolute()
        return folder / text.lstrip("/") if text.startswith("//") else folder / text

    def write(self, files: Iterable[Path]) -> None:
        """Write files, where the test has given a folder: each a picture of one black pixel."""
        if self.folder is not None:
            for file in files:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(BLACK_PIXEL)

    def _frames(self, settings: RenderSettings) -> FrameList:
        start = self.frame_start if settings.frame_start is None else settings.frame_start
        end = self.frame_end if settings.frame_end is None else settings.frame_end
        if isinstance(settings.frames, str):
            try:
                return frame_list(settings.frames, start, end)
            except ValueError as error:
                raise RenderError(str(error)) from error
        if settings.frames is not None:
            return FrameList.of(settings.frames)
        if end < start:
            raise RenderError(f"the frame range is empty: it begins at {start} and ends at {end}")
        return FrameList([range(start, end + 1, settings.frame_step or 1)])

    def _files(self, settings: RenderSettings, frames: FrameList) -> tuple[Path, ...]:
        if settings.file_format == "FFMPEG":
            movie = self._path(settings, frames[0], number=f"{frames[0]:04d}-{frames[-1]:04d}")
            return (movie,)
        return tuple(self._path(settings, frame) for frame in frames)

    def _path(self, settings: RenderSettings, frame: int, *, number: str | None = None, is_still: bool = False) -> Path:
        template = "//render/" if settings.filepath is None else os.fspath(settings.filepath)
        layer = settings.view_layers[0] if settings.view_layers else "ViewLayer"
        names = {"scene": settings.scene or "Scene", "camera": settings.camera or "Camera", "view_layer": layer}
        try:
            path = fill_in(template, {**names, "segment": settings.segment}, datetime.now())
        except ValueError as error:
            raise RenderError(str(error)) from error
        path = path.replace("{{", "{").replace("}}", "}")
        if "#" not in path and (not is_still or path.endswith("/")):
            path += "####"
        text = re.sub(r"#+(?=[^#]*$)", lambda match: number or f"{frame:0{len(match[0])}d}", path)
        return self.absolute(text + _extension(settings))


def _extension(settings: RenderSettings) -> str:
    extension = _EXTENSIONS.get(settings.file_format or "PNG", ".png")
    return _CONTAINERS.get(settings.container or "", extension) if settings.file_format == "FFMPEG" else extension


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


BLACK_PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\0"))
    + _chunk(b"IEND", b"")
)
"""A picture of one pixel, as PNG."""
