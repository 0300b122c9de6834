"""Folders that this machine and a worker share: not believed, but tried by a marker file with a random text."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...loop.shielded import to_the_end
from ...render.errors import RenderError
from .path_map import PathMap

log = logging.getLogger("async_render")

MARKER_PREFIX = ".async_render_marker_"

_WRITING = frozenset({"frames", "still", "mixdown", "encode"})
"""The requests whose output path is tried; of a plan only the result says the folder."""

GiveOrder = Callable[..., Awaitable[Any]]
"""A function that lets a worker obey an order, whose kind and fields it gets."""


class SharedFolders:
    """The folders of a farm that were tried, by worker."""

    def __init__(self, paths: PathMap) -> None:
        self._paths = paths
        self._known: set[tuple[str, str]] = set()

    async def are_seen(self, order: GiveOrder, address: str, do: str, request: Mapping[str, Any]) -> bool:
        """Return whether a worker sees the folders of a request: that of the file, or that of the frames.

        Args:
            order: lets the worker obey an order.
            address: the worker.
            do: the kind of the request; `"folder"`: the folder of a plan's result.
            request: its fields.
        """
        return await self._unseen(order, address, do, request) is None

    async def check(self, order: GiveOrder, address: str, do: str, request: Mapping[str, Any]) -> None:
        """Refuse a request whose folder the worker does not see.

        Raises:
            RenderError: names the folder, the worker and the remedy.
        """
        folder = await self._unseen(order, address, do, request)
        if folder is not None:
            there = self._paths.there(str(folder))
            where = f"{folder}" if there == str(folder) else f"{folder} (there {there})"
            raise RenderError(
                f"the Dask worker {address} does not see the folder {where}: mount it there, or say where it is by "
                f'DaskFarm(paths={{"{folder}": "/its/path/there"}})'
            )

    async def _unseen(self, order: GiveOrder, address: str, do: str, request: Mapping[str, Any]) -> Path | None:
        """Return the first folder that the worker does not see; None: it sees all of them."""
        for folder in _folders(do, request):
            key = (address, str(folder))
            if key not in self._known:
                existing = await asyncio.to_thread(_existing, folder)
                if not await self._is_seen(order, existing):
                    return existing
                self._known.add(key)
        return None

    async def _is_seen(self, order: GiveOrder, folder: Path) -> bool:
        marker, token = folder / f"{MARKER_PREFIX}{secrets.token_hex(16)}", secrets.token_hex(16)
        try:
            try:
                await to_the_end(lambda: asyncio.to_thread(marker.write_text, token, encoding="ascii"))
            except OSError as error:  # nobody can tell, so its files are sent
                log.info("%s: no file can be written there (%s), so the farm does not share it", folder, error.strerror)
                return False
            return bool(await order("marker", file=self._paths.there(str(marker))) == token)
        finally:
            await to_the_end(lambda: asyncio.to_thread(_remove, marker))


def _folders(do: str, request: Mapping[str, Any]) -> list[Path]:
    """Return the folders that a worker needs for a request."""
    folders = []
    if do == "load":
        folders.append(Path(request["file"]).parent)
    if do == "folder":
        folders.append(Path(request["folder"]))
    path = request.get("filepath") or request.get("settings", {}).get("filepath")
    if do in _WRITING and path is not None and not path.startswith("//") and Path(path).is_absolute():
        folders.append(Path(os.path.dirname(path)))
    folders += [Path(request[name]).parent for name in ("listing", "pixels") if request.get(name)]
    if do == "bake":
        folders.append(Path(request["folder"]))
    return folders


def _remove(marker: Path) -> None:
    with suppress(OSError):  # the folder is gone, or takes no files
        marker.unlink()


def _existing(folder: Path) -> Path:
    """Return a folder, or the first one above it that is there."""
    return next((item for item in (folder, *folder.parents) if item.is_dir()), folder)
