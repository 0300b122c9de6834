"""Files that the open file needs and that are not there: libraries, textures, fonts, sounds, caches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import bpy

from ...render.errors import printable
from ..paths import absolute

MOST = 30
"""Number of files that are named. A disk that is not there would make thousands."""

MOST_PATHS = 500
"""Number of paths that a worker lists. They fit into a line of its protocol."""

_KINDS = {
    "libraries": "library",
    "images": "image",
    "fonts": "font",
    "sounds": "sound",
    "movieclips": "movie clip",
    "volumes": "volume",
    "cache_files": "cache",
}
"""The collections of `bpy.data` whose datablocks have a file, and how messages call a datablock."""

_WITHOUT_FILE = {"GENERATED", "VIEWER"}


def missing_files(scene: bpy.types.Scene) -> list[str]:
    """Return a message for each file that is needed and missing. A picture is rendered without them, and looks wrong.

    Args:
        scene: the scene that is rendered, whose caches count; of the others any file may be needed by it.

    Example:
        >>> missing_files(bpy.context.scene)
        ["the image 'bark' is missing: /shots/tex/bark.png"]
    """
    found = dict.fromkeys(printable(f"{needed_by} is missing: {path}") for needed_by, path in find_missing(scene))
    messages = list(found)
    more = len(messages) - MOST
    return messages if more <= 0 else [*messages[:MOST], f"{more} more files are missing"]


def missing_paths() -> list[str]:
    """Return the paths of files that are needed and missing, those of all scenes; the first `MOST_PATHS`."""
    paths = dict.fromkeys(str(path) for scene in bpy.data.scenes for _, path in find_missing(scene))
    return list(islice(paths, MOST_PATHS))


def find_missing(scene: bpy.types.Scene) -> Iterator[tuple[str, Path]]:
    """Yield each missing file with what needs it, as `"the image 'bark'"`. A file comes as often as it is needed."""
    for collection, kind in _KINDS.items():
        for datablock in getattr(bpy.data, collection):
            if collection == "libraries" or datablock.users:
                for path in _files(datablock):
                    if not path.exists():
                        yield f"the {kind} {datablock.name!r}", path
    for item in scene.objects:
        for modifier in item.modifiers:
            folder = _cache(modifier)
            if folder is not None and not folder.exists():
                yield f"the cache {f'{item.name}/{modifier.name}'!r}", folder


def _files(datablock: Any) -> Iterator[Path]:
    path: str = datablock.filepath
    is_inside = getattr(datablock, "packed_file", None) or getattr(datablock, "packed_files", None)
    if not path or path == "<builtin>" or is_inside or getattr(datablock, "source", "") in _WITHOUT_FILE:
        return
    library = getattr(datablock, "library", None)
    if "<UDIM>" in path or "<UVTILE>" in path:
        for tile in datablock.tiles:
            number = tile.number - 1001
            names = path.replace("<UDIM>", str(tile.number))
            yield absolute(names.replace("<UVTILE>", f"u{number % 10 + 1}_v{number // 10 + 1}"), library)
        return
    yield absolute(path, library)


def _cache(modifier: Any) -> Path | None:
    """Return the folder of a baked cache on the disk; None: the modifier has none."""
    if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
        domain = modifier.domain_settings
        is_baked = domain.has_cache_baked_any and domain.cache_type != "REPLAY"
        return absolute(domain.cache_directory) if is_baked else None
    cache = getattr(modifier, "point_cache", None)
    if cache is not None and cache.use_external and cache.filepath:
        return absolute(cache.filepath)
    return None
