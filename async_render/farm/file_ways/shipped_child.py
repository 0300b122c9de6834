"""A worker that sees nothing of this machine's disks, behind the methods of one that does: files go there, frames back.

load ──▶ gather (once for all workers) ──▶ send what its store lacks ──▶ load the copy
plan ──▶ below its outbox, as if no frame was there ──▶ which frames are complete is looked up here
frames ──▶ below its outbox ──▶ each frame is fetched, checked and named, and then its event is passed on
still ──▶ below its outbox, its pixels, too ──▶ fetched
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol

from ...loop.shielded import cancel_and_wait, to_the_end
from ...output.folders import check_folder
from ...output.frame_files import FilePattern, FrameFiles
from ...output.resume import existing_frames, missing_frames
from ...pool.worker_process.child import OnEvent
from ...render.errors import RenderError
from ...render.frames import frames_text
from ...work.wire import frames_from_text
from ..shipping.assets import Assets
from ..shipping.returned import ReturnedFiles
from ..shipping.shipment import Order, Shipment
from .allowed_folders import AllowedFolders, fixed_folder

_PIXELS = f"{os.sep}async_render_pixels"
"""The path that stands for the pixels of a still in the worker's outbox. Its folder is there."""


class Gathered(Protocol):
    """A coroutine function that returns the assets of a file with this key: the same ones for all workers."""

    def __call__(self, file: Path, key: str, /, *, is_snapshot: bool) -> Awaitable[Assets]:
        """Return the assets."""
        raise NotImplementedError


class Ask(Protocol):
    """A function that lets the worker process do something, as `Child.request`, by paths of its own machine."""

    def __call__(
        self, do: str, *, on_event: OnEvent | None = None, **given: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """Return the result's fields."""
        raise NotImplementedError


class ShippedChild:
    """A worker process whose files travel.

    Args:
        ask: lets the process do something, wherever it is.
        order: lets the depot beside the process do an order.
        gathered: returns the assets of a file.

    Attributes:
        sent: bytes of files that were sent.
    """

    def __init__(self, ask: Ask, order: Order, gathered: Gathered) -> None:
        self.sent = 0
        self._ask = ask
        self._order = order
        self._gathered = gathered
        self._shipment: Shipment | None = None
        self._allowed = AllowedFolders((), Path())

    @property
    def is_loaded(self) -> bool:
        """Whether the worker has opened a file that has travelled, and has the job's folder."""
        return self._shipment is not None

    async def request(self, do: str, *, on_event: OnEvent | None = None, **given: Any) -> dict[str, Any]:
        """Let the worker do something, and return the result's fields.

        A `load` has the event `sent`: bytes that are sent, of so many.

        Raises:
            RenderError: the request needs a folder that both machines see.
            OSError: the worker is gone.
        """
        if do == "load":
            return await self._load(given, on_event)
        if do == "plan":
            return await self._plan(given)
        if do == "frames":
            return await self._frames(given, on_event)
        if do == "still":
            return await self._still(given, on_event)
        raise RenderError(
            f"a worker that shares no folders with this machine renders pictures, and cannot do {do!r}; "
            "share the folders, or map them by paths"
        )

    async def end_shipment(self) -> None:
        """Let the worker's machine remove the job's folder. Its contents stay for the next job."""
        shipment, self._shipment = self._shipment, None
        if shipment is not None:
            await shipment.end()

    async def _load(self, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        await self.end_shipment()
        # Only a snapshot has another folder for `//` than its own.
        assets = await self._gathered(Path(given["file"]), given["key"], is_snapshot=given["folder"] is not None)
        shipment = Shipment(self._order, assets)

        def report(sent: int, size: int) -> None:
            if on_event is not None:
                on_event({"event": "sent", "sent": sent, "size": size})

        try:
            await shipment.send(report)
        finally:
            self.sent += shipment.sent
        base = given["folder"] or os.path.dirname(given["file"])
        folder = shipment.there(base)
        moved = {"file": shipment.file, "key": assets.manifest.key, "folder": folder}
        try:
            result = await self._ask("load", **{**given, **moved})
        except BaseException:
            await to_the_end(shipment.end)
            raise
        self._shipment, self._allowed = shipment, AllowedFolders(assets.outputs, Path(base))
        return result

    async def _plan(self, given: Mapping[str, Any]) -> dict[str, Any]:
        shipment = self._known()
        settings = _moved(given["settings"], shipment.there)
        result = await self._ask("plan", settings=settings, resume=False)
        if result["is_movie"]:
            raise RenderError(
                "file_format is a movie, which workers encode in a folder that all machines share: render PNG, or "
                "share the folder"
            )

        def here(path: str) -> str:
            return self._allowed.checked(shipment.here(path), given["settings"].get("filepath"))

        patterns = [[here(before), width, after] for before, width, after in result["patterns"]]
        folder = here(result["folder"])
        moved = {**result["settings"], "filepath": here(str(result["settings"].get("filepath")))}
        await asyncio.to_thread(check_folder, Path(folder), folder)
        files = FrameFiles(frames_from_text(result["frames"]), [FilePattern(*pattern) for pattern in patterns])
        if given["resume"]:
            skipped = (await asyncio.to_thread(missing_frames, files)).complete
        elif result["settings"].get("use_overwrite"):
            skipped = frames_from_text("")
        else:
            skipped = (await asyncio.to_thread(existing_frames, files)).complete
        if given["resume"]:  # damaged files are replaced, also by a worker that sees them
            moved["use_overwrite"] = True
        return {
            **result,
            "settings": moved,
            "frames": frames_text(files.frames.without(skipped)),
            "skipped": frames_text(skipped),
            "patterns": patterns,
            "folder": folder,
            "warnings": [*shipment.warnings, *shipment.without_known(result["warnings"])],
        }

    async def _frames(self, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        shipment = self._known()
        events: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        settings = _moved(given["settings"], shipment.there)
        request = asyncio.create_task(
            self._ask("frames", on_event=events.put_nowait, **{**given, "settings": settings})
        )
        with ReturnedFiles(fixed_folder(given["settings"]["filepath"]), any_format=True) as returned:
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

    async def _still(self, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        shipment = self._known()
        moved: dict[str, Any] = {"settings": _moved(given["settings"], shipment.there)}
        if given["pixels"] is not None:
            moved["pixels"] = shipment.there(_PIXELS)
        result = (await self._ask("still", on_event=on_event, **{**given, **moved}))["result"]
        if given["pixels"] is not None:
            await shipment.fetch_to(moved["pixels"], Path(given["pixels"]))
        files = []
        for file in result["files"]:
            if (here := shipment.here(file)) == file:
                raise RenderError(
                    f"the scene's output path is {file} on the worker: give filepath, or share the folder"
                )
            here = self._allowed.checked(here, given["settings"].get("filepath"))
            with ReturnedFiles(Path(here).parent, any_format=True) as returned:
                files.append(str(await shipment.fetch(file, returned)))
        return {"result": {**result, "files": files}}

    def _known(self) -> Shipment:
        if self._shipment is None:
            raise RenderError("the worker has no file: load it first")
        return self._shipment


async def _fetch(
    shipment: Shipment, events: asyncio.Queue[Mapping[str, Any] | None], returned: ReturnedFiles, on_event: OnEvent
) -> None:
    """Pass events on in their order. That of a frame is passed on when the frame's files are here."""
    while (event := await events.get()) is not None:
        if event["event"] == "frame":
            files = [str(await shipment.fetch(file, returned)) for file in event["files"]]
            event = {**event, "files": files}
        on_event(event)


def _moved(settings: Mapping[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
    """Return settings with a moved output path. `//` means the folder that the worker's `load` has named."""
    path = settings.get("filepath")
    return dict(settings) if path is None or path.startswith("//") else {**settings, "filepath": move(path)}
