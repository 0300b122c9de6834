"""Calls that one worker does: a still, a bake, a mixdown, the encoding of a movie."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...output.temporary_folders import CALL_PREFIX, temporary_folder, using
from ...render.result import RenderResult
from ...render.settings import RenderSettings
from ...work.wire import result_from_wire, settings_to_wire
from .errands import Load
from .workshop import Emit, Workshop


async def still(
    workshop: Workshop, load: Load, settings: RenderSettings, options: Mapping[str, Any], emit: Emit
) -> Any:
    """Render a still, and read its pixels from the file into which the worker has written them."""
    with temporary_folder(CALL_PREFIX) as folder:
        file = folder / "pixels" if options["pixels"] else None
        request = {
            "do": "still",
            "settings": settings_to_wire(settings),
            "frame": options["frame"],
            "write": options["write"],
            "pixels": None if file is None else str(file),
        }
        result = await workshop.ask(load, request, emit)
        with using(folder):
            values = None if file is None else await asyncio.to_thread(_floats, file)
        return result_from_wire(result["result"], values)


async def bake(workshop: Workshop, load: Load, options: Mapping[str, Any], emit: Emit) -> Mapping[str, Any]:
    """Bake textures. The pixels of the images that the bake has changed are in files of `options["folder"]`."""
    request = {"do": "bake", **{name: options[name] for name in ("type", "properties", "folder")}}
    return await workshop.ask(load, request, emit)


async def mixdown(workshop: Workshop, load: Load, options: Mapping[str, Any], emit: Emit) -> Path:
    """Write the sound of a scene."""
    request = {"do": "mixdown", "filepath": options["filepath"], "properties": options["properties"]}
    return Path((await workshop.ask(load, request, emit))["file"])


async def encode(
    workshop: Workshop, load: Load, frames: Sequence[str], settings: RenderSettings, emit: Emit
) -> RenderResult:
    """Encode pictures into a movie."""
    with temporary_folder(CALL_PREFIX) as folder:
        return await workshop.encode(load, frames, settings, folder, emit, claims=True)


def _floats(file: Path) -> array[float]:
    values = array("f")
    values.frombytes(file.read_bytes())
    return values
