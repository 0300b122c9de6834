"""Painted and generated pixels that no file has yet: Blender leaves them out of a copy of the session, without a word.

To pack the images would change the session. So their pixels go into files beside the snapshot, and a worker puts them
into its images after it has opened the snapshot. The images of a session stay as they are.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import bpy

from ...render.errors import RenderError
from ..datablocks import Datablock, find_datablock, library_path

LIST = "pixels.json"
"""The name of the file that lists the images, beside the snapshot."""

_DRAWN = {"FILE", "GENERATED", "TILED"}
"""The sources of images that a user can paint; the others are movies, sequences, and what a render has left."""


def save_pixels(folder: Path) -> None:
    """Write the pixels of all images that have unsaved ones into a folder.

    Raises:
        OSError: the disk has no room.
        RenderError: this Blender cannot save a copy of an image.
    """
    unsaved = [image for image in bpy.data.images if image.is_dirty and image.source in _DRAWN]
    rows = [_saved(image, folder, str(number)) for number, image in enumerate(unsaved)]
    if rows:
        (folder / LIST).write_text(json.dumps(rows), encoding="utf-8")


def _saved(image: Any, folder: Path, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"name": image.name, "library": library_path(image), "is_float": image.is_float}
    if image.source == "TILED":
        # `Image.pixels` has the first tile only. A copy has the format of the image; the image does not change.
        if "save_copy" not in image.bl_rna.functions["save"].parameters:  # 4.2
            raise RenderError(
                f"the image {image.name!r} has painted tiles that are not saved, and this Blender cannot save copies "
                "of them for workers: save the image first"
            )
        row["tiles"] = f"{name}.<UDIM>{Path(image.filepath).suffix or '.exr'}"
        image.save(filepath=str(folder / row["tiles"]), save_copy=True)
        return row
    return row | write_pixels(image, folder / f"{name}.raw")


def write_pixels(image: Any, file: Path) -> dict[str, Any]:
    """Write the pixels of an image as 32-bit floats, and return the file's name and the size in pixels.

    Raises:
        OSError: the disk has no room.
    """
    values = pixels_of(image)
    width, height = image.size
    with file.open("wb") as opened:
        values.tofile(opened)
    return {"file": file.name, "width": width, "height": height}


def pixels_of(image: Any) -> array[float]:
    """Return the pixels of an image."""
    width, height = image.size
    values = array("f", bytes(4 * image.channels * width * height))
    image.pixels.foreach_get(values)
    return values


def restore_pixels(snapshot: Path) -> None:
    """Put the pixels that lie beside a snapshot into the images of the file that is open.

    Raises:
        RenderError: the pixels are not complete.
    """
    rows = snapshot.parent / LIST
    if rows.exists():
        put_pixels(json.loads(rows.read_text(encoding="utf-8")), snapshot.parent)


def put_pixels(rows: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Put pixels into the images that have these names.

    Args:
        rows: an image in each, as `write_pixels` describes its file, with `name`, `library` and `is_float`.
        folder: the folder of the files.

    Raises:
        RenderError: an image is gone, or its pixels are not complete.
    """
    for row in rows:
        try:
            image: Any = find_datablock(bpy.data.images, Datablock(None, row["name"], row["library"]))
            if "tiles" in row:
                image.filepath = str(folder / row["tiles"])
                image.reload()
            else:
                _put(image, row, (folder / row["file"]).read_bytes())
        except (OSError, ValueError, RuntimeError) as error:
            raise RenderError(f"the unsaved pixels of the image {row['name']!r} cannot be used: {error}") from error


def _put(image: Any, row: Mapping[str, Any], data: bytes) -> None:
    width, height = row["width"], row["height"]
    if not image.has_data and image.source == "FILE" and not any(image.size):  # its file is missing
        image.source = "GENERATED"
        image.generated_width, image.generated_height = width, height
        image.use_generated_float = row["is_float"]
    if tuple(image.size) != (width, height):
        image.scale(width, height)
    values = array("f", data)
    if len(values) != image.channels * width * height:
        raise ValueError(f"{len(values):,} values are not {width} × {height} pixels")
    image.pixels.foreach_set(values)
    image.update()
