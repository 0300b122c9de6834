"""A worker that sees nothing of this machine's disks, behind the methods of one that does: files go there, frames back.

load ──▶ gather (once for all workers) ──▶ send what its store lacks ──▶ load the copy
plan ──▶ below its outbox, as if no frame was there ──▶ which frames are complete is looked up here
frames ──▶ below its outbox ──▶ each frame is fetched, checked and named, and then told of
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from ..loop.shielded import cancel_and_wait
from ..output.folders import check_folder
from ..output.frame_files import FilePattern, FrameFiles
from ..output.resume import existing_frames, missing_frames
from ..pool.member import Child
from ..render.errors import RenderError
from ..work.wire import frames_from_text, frames_to_text
from .assets import Assets
from .returned import ReturnedFiles
from .shipment import Order, Shipment

OnEvent = Callable[[Mapping[str, Any]], None]

Gathered = Callable[[Path, str], Awaitable[Assets]]
"""A coroutine function that returns the assets of a file with this key: those of the first call, for all workers."""


class ShippedChild:
    """A worker process whose files travel.

    Args:
        child: the process, wherever it is.
        order: lets the depot beside the process do an order.
        gathered: returns the assets of a file.
    """

    def __init__(self, child: Child, order: Order, gathered: Gathered) -> None:
        self._child = child
        self._order = order
        self._gathered = gathered
        self._shipment: Shipment | None = None
        self.sent = 0

    async def request(self, do: str, *, on_event: OnEvent | None = None, **given: Any) -> dict[str, Any]:
        """Let the worker do something, and return the result's fields.

        Raises:
            RenderError: the request needs a folder that both machines see.
            OSError: the worker is gone.
        """
        if do == "load":
            return await self._load(given)
        if do == "plan":
            return await self._plan(given)
        if do == "frames":
            return await self._frames(given, on_event)
        raise RenderError(
            f"a worker that shares no folders with this machine renders animations as pictures, and cannot do {do!r}; "
            "share the folders, or map them by paths"
        )

    async def end_shipment(self) -> None:
        """Let the worker's machine remove the job's folder. Its contents stay for the next job."""
        shipment, self._shipment = self._shipment, None
        if shipment is not None:
            await shipment.end()

    async def _load(self, given: Mapping[str, Any]) -> dict[str, Any]:
        await self.end_shipment()
        assets = await self._gathered(Path(given["file"]), given["key"])
        shipment = Shipment(self._order, assets)
        await shipment.send()
        self.sent += shipment.sent
        self._shipment = shipment
        folder = shipment.there(given["folder"] or os.path.dirname(given["file"]))
        moved = {"file": shipment.file, "key": assets.manifest.key, "folder": folder}
        return await self._child.request("load", **{**given, **moved})

    async def _plan(self, given: Mapping[str, Any]) -> dict[str, Any]:
        shipment = self._known()
        settings = _moved(given["settings"], shipment.there)
        result = await self._child.request("plan", settings=settings, resume=False)
        if result["is_movie"]:
            raise RenderError(
                "file_format is a movie, which workers encode in a folder that all machines share: render PNG, or "
                "share the folder"
            )
        patterns = [[shipment.here(before), width, after] for before, width, after in result["patterns"]]
        folder = shipment.here(result["folder"])
        await asyncio.to_thread(check_folder, Path(folder), folder)
        files = FrameFiles(frames_from_text(result["frames"]), [FilePattern(*pattern) for pattern in patterns])
        if given["resume"]:
            skipped = (await asyncio.to_thread(missing_frames, files)).complete
        elif result["settings"].get("use_overwrite"):
            skipped = frames_from_text("")
        else:
            skipped = (await asyncio.to_thread(existing_frames, files)).complete
        warnings = [item for item in result["warnings"] if " is missing: " not in item]
        return {
            **result,
            "settings": _moved(result["settings"], shipment.here),
            "frames": frames_to_text(files.frames.without(skipped)),
            "skipped": frames_to_text(skipped),
            "patterns": patterns,
            "folder": folder,
            "warnings": [*shipment.warnings, *warnings],
        }

    async def _frames(self, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        shipment = self._known()
        events: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        settings = _moved(given["settings"], shipment.there)
        request = asyncio.create_task(
            self._child.request("frames", on_event=events.put_nowait, **{**given, "settings": settings})
        )
        with ReturnedFiles(_folder_of(given["settings"]["filepath"]), any_format=True) as returned:
            fetching = asyncio.create_task(_fetch(shipment, events, returned, on_event or (lambda _: None)))
            try:
                await asyncio.wait({request, fetching}, return_when=asyncio.FIRST_COMPLETED)
                if fetching.done():
                    fetching.result()
                try:
                    return await request
                finally:  # frames that were finished before a worker died are whole
                    events.put_nowait(None)
                    await fetching
            finally:
                await cancel_and_wait(request)
                await cancel_and_wait(fetching)

    def _known(self) -> Shipment:
        if self._shipment is None:
            raise RenderError("the worker has no file: load it first")
        return self._shipment


async def _fetch(
    shipment: Shipment, events: asyncio.Queue[Mapping[str, Any] | None], returned: ReturnedFiles, on_event: OnEvent
) -> None:
    """Pass events on in their order. A frame is told of when its files are here."""
    while (event := await events.get()) is not None:
        if event["event"] == "frame":
            files = [str(await shipment.fetch(file, returned)) for file in event["files"]]
            event = {**event, "files": files}
        on_event(event)


def _moved(settings: Mapping[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
    """Return settings with a moved output path. `//` means the folder that the worker was told of."""
    path = settings.get("filepath")
    return dict(settings) if path is None or path.startswith("//") else {**settings, "filepath": move(path)}


def _folder_of(template: str) -> Path:
    """Return the folder of an output path up to the first part that differs from frame to frame."""
    parts = Path(os.path.normpath(os.path.dirname(template))).parts
    fixed = next((number for number, part in enumerate(parts) if "#" in part or "{" in part), len(parts))
    return Path(*parts[:fixed])
