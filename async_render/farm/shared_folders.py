"""Folders that this machine and a worker share: not believed, but tried by a marker file with a random text."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..render.errors import RenderError
from .link import Link
from .path_map import PathMap

MARKER_PREFIX = ".async_render_marker_"


class SharedFolders:
    """The folders of a farm that were tried, by worker."""

    def __init__(self, paths: PathMap) -> None:
        self._paths = paths
        self._known: set[tuple[str, str]] = set()

    async def check(self, link: Link, address: str, do: str, request: Mapping[str, Any]) -> None:
        """Refuse a request whose folder the worker does not share: that of the file, or that of the frames.

        Raises:
            RenderError: names the folder, the worker and the remedy.
            OSError: the worker is gone.
        """
        folders = []
        if do == "load":
            folders.append(Path(request["file"]).parent)
        if do == "frames":
            folders.append(Path(os.path.dirname(request["settings"]["filepath"])))
        folders += [Path(request[name]).parent for name in ("listing", "pixels") if request.get(name)]
        if do == "bake":
            folders.append(Path(request["folder"]))
        for folder in folders:
            key = (address, str(folder))
            if key not in self._known:
                await self._try(link, address, folder)
                self._known.add(key)

    async def _try(self, link: Link, address: str, folder: Path) -> None:
        token = secrets.token_hex(16)
        existing = await asyncio.to_thread(_existing, folder)
        marker = existing / f"{MARKER_PREFIX}{token}"
        try:
            await asyncio.to_thread(marker.write_text, token, encoding="ascii")
        except OSError as error:
            raise RenderError(
                f"{existing}: no file can be written there ({error.strerror}); a farm needs that"
            ) from error
        try:
            said = await link.order(address, "marker", file=self._paths.there(str(marker)))
        finally:
            await asyncio.to_thread(marker.unlink, missing_ok=True)
        if said != token:
            there = self._paths.there(str(existing))
            where = f"{existing}" if there == str(existing) else f"{existing} (there {there})"
            raise RenderError(
                f"the Dask worker {address} does not see the folder {where}: mount it there, or say where it is by "
                f'DaskFarm(paths={{"{existing}": "/its/path/there"}})'
            )


def _existing(folder: Path) -> Path:
    """Return a folder, or the first one above it that is there."""
    return next((item for item in (folder, *folder.parents) if item.is_dir()), folder)
