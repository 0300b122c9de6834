"""The request for a still: rendered into a hidden folder beside its destination, checked, and renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...output.links import move
from ...output.revocation import check_owned, owned_folder
from ...output.temporary_folders import using
from ...render.errors import OutputError, RenderError
from ...render.result import Pixels, StillResult, StillWithPixels
from ...render.settings import RenderSettings
from ...work.wire import result_to_wire
from ..host.long_work import call_in_worker_thread
from ..kinds.rendering import planned
from ..kinds.request import Request
from ..kinds.staging import as_template
from ..kinds.still import render_still
from ..kinds.still_frame import StillFrame
from ..settings.scenes import find_scene
from .claimed import claimed
from .display import check_display
from .events import Emit
from .loaded import loaded

_NAME = "still"
"""The name of the file in the staging folder, without its extension."""


async def still(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Render a still; its pixels go into a file of 32-bit floats.

    Raises:
        RenderError: as `render_still`.
    """
    await loaded.reload()
    settings = loaded.settings(request["settings"])
    frame, pixels = request["frame"], request["pixels"]
    await check_display(find_scene(settings.scene), settings)
    if request["write"]:
        result = await _staged(settings, frame, with_pixels=pixels is not None)
    else:
        result = await render_still(settings, frame=frame, write=False, pixels=pixels is not None)
    if isinstance(result, StillWithPixels) and pixels is not None:
        with using(Path(pixels).parent):
            await call_in_worker_thread(_write, result.pixels, Path(pixels))
    return {"result": result_to_wire(result)}


def _write(pixels: Pixels, file: Path) -> None:
    with file.open("wb") as opened:
        pixels.values.tofile(opened)


async def _staged(settings: RenderSettings, frame: float | None, *, with_pixels: bool) -> StillResult:
    async with planned(Request.of(settings, still=StillFrame.at(frame))) as (plan, _):
        assert plan.output.still is not None
        final, path = plan.output.still.destinations, plan.output.path
    async with claimed(final):
        with owned_folder(final[0].parent, path) as hidden, _naming_final_files(hidden.path, final):
            filepath = as_template(str(hidden.path), _NAME)
            result = await render_still(settings.replace(filepath=filepath), frame=frame, pixels=with_pixels)
            check_owned(hidden.path)
            for staged, file in zip(result.files, final, strict=True):
                _deliver(staged, file)
    return replace(result, files=final)


def _deliver(staged: Path, file: Path) -> None:
    try:
        move(staged, file)
    except OSError as error:  # on Windows, where a player has the old file open; or the folder is gone
        damage = f"cannot be replaced ({error.strerror or error})"
        message = f"{file} {damage}; close the program that has it open, or choose another path"
        raise OutputError(message, damaged={file: damage}) from error


@contextmanager
def _naming_final_files(staging: Path, final: Sequence[Path]) -> Iterator[None]:
    """Let an error that leaves the `with` block name the final files, and not those in the staging folder."""
    try:
        yield
    except RenderError as error:
        message = str(error)
        for file in error.damaged if isinstance(error, OutputError) else ():
            message = message.replace(str(file), str(_final(file, final)))
        message = message.replace(f"{staging}{os.sep}{_NAME}", str(final[0]))
        error.args = (message.replace(str(staging), str(final[0].parent)),)
        error.files = tuple(_final(file, final) for file in error.files if file.parent != staging)
        if isinstance(error, OutputError):
            error.damaged = {_final(file, final): damage for file, damage in error.damaged.items()}
        raise


def _final(staged: Path, final: Sequence[Path]) -> Path:
    """Return the final file of a staged one: that of the same view, whose suffix ends both names."""
    suffix = staged.name.removeprefix(_NAME)
    return next((file for file in final if suffix and file.name.endswith(suffix)), final[0])
