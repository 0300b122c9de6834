"""A worker of a farm, with the way of its files: a folder that both machines see, or the client's connection.

Each file is tried anew when it is loaded. A worker that sees the file's folder opens the file there, and writes where
the client reads. To any other one the files are shipped (`shipped_child.py`). So is a file to a worker that sees the
file, and not its textures, or not the folder of the frames.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from ...loop.shielded import to_the_end
from ...output.revocation import revoke
from ...pool.worker_process.child import OnEvent, may_be_silent
from ...render.errors import RenderError, WorkerError
from ...work.wire import error_from_wire
from ..cluster.dask_child import DaskChild
from ..cluster.link import ORDER_TIMEOUT, Link
from .allowed_folders import absolute
from .path_map import PathMap
from .shared_folders import SharedFolders
from .shipped_child import Gathered, ShippedChild

log = logging.getLogger("async_render")

DEPOT_TIMEOUT = 300.0
"""Seconds that a worker's machine has for an order of files: it lays out 200,000 files, or reads a large picture."""

REPORT_INTERVAL = 2.0
"""Seconds between two reports of how much is sent."""

_ON_THE_WAY_THERE = frozenset({"begin", "piece", "keep", "complete"})
"""The orders that make no sense any more when the Blender has died; its finished frames are fetched."""

_OF_THE_WORKER = frozenset({"begin", "piece", "complete"})
"""The orders that fail by the worker's machine: its disk is full, or takes no files."""

_RENAMING = frozenset({"frames", "still"})
"""The requests whose files are renamed from a hidden folder beside their destination."""

_REPEATABLE = frozenset({"measure", "fetch", "taken", "complete"})
"""The orders that may be sent again after the connection was lost: a second one changes nothing."""


@dataclass(frozen=True, slots=True)
class FileWays:
    """What all workers of a farm know of files.

    Attributes:
        paths: folders that have another name on the workers.
        shared: which folders a worker sees.
        gathered: returns the files that a file needs.
        refused: the workers whose disks take no files, each with the reason.
        unseen: the workers to which a file is shipped although they see it, each with the key of the file.
    """

    paths: PathMap
    shared: SharedFolders
    gathered: Gathered
    refused: dict[str, RenderError] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)


class FarmChild(DaskChild):
    """A Blender beside a Dask worker, which gets each file on one way or the other.

    Attributes:
        sent: bytes of files that were sent.
    """

    def __init__(self, link: Link, address: str, name: str, ways: FileWays) -> None:
        super().__init__(link, address, name)
        self._ways = ways
        self._load: Mapping[str, Any] = {}
        self._ships = False
        self._shipped = ShippedChild(super().request, self._carry, ways.gathered)

    @property
    def sent(self) -> int:
        """Bytes of files that were sent to the worker."""
        return self._shipped.sent

    async def request(self, do: str, *, on_event: OnEvent | None = None, **given: Any) -> dict[str, Any]:
        """Let the Blender do something, and return the result's fields. A cancel of the task cancels the request.

        Raises:
            WorkerError: the Blender, or its Dask worker, has died.
            BaseException: what the action raised there.
        """
        if self.ended is not None:
            raise self.error()
        try:
            return await self._request(do, given, on_event)
        finally:
            if self.ended is not None and not self._ships and do in _RENAMING:
                await to_the_end(lambda: asyncio.to_thread(self._revoke, given["settings"].get("filepath")))

    def _revoke(self, filepath: str | None) -> None:
        """Let no frame of the Blender reach its final name from now on: it may live, where it is not heard."""
        if filepath is not None:
            base = self._load["folder"] or os.path.dirname(self._load["file"])
            revoke(absolute(filepath, base), self.token)

    async def _request(self, do: str, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        if do == "load":
            self._load = given
            self._ships = self._ways.unseen.get(self.address) == given["key"]
        if not self._ships and not await self._sees(do, given):
            if do == "load":
                log.info("%s does not see %s: the file is sent", self._name, os.path.dirname(given["file"]))
                self._ships = True
            elif do in {"frames", "still"}:
                self._ship_seen_file("the output folder")
            else:
                await self._ways.shared.check(self._ask, self.address, do, given)
        if not self._ships:
            result = await self._shared_request(do, given, on_event)
            unseen = await self._unseen_of(do, result)
            if unseen is None:
                return result
            self._ship_seen_file(unseen)
        return await self._shipped_request(do, given, on_event)

    async def _unseen_of(self, do: str, result: Mapping[str, Any]) -> str | None:
        """Return what the worker does not see, which only its own result tells; None: it sees everything."""
        if do == "load":
            return await asyncio.to_thread(self._lacking, result["missing"])
        for folder in _written(do, result):  # where the scene writes
            if not await self._sees("folder", {"folder": folder}):
                return "the output folder"
        return None

    def _lacking(self, missing: Sequence[str]) -> str | None:
        """Return the first file that the worker does not see, and this machine has; None: there is none."""
        return next(filter(_is_here, map(self._ways.paths.here, missing)), None)

    def _ship_seen_file(self, unseen: str) -> None:
        log.info("%s does not see %s: the file is sent, and frames come back", self._name, unseen)
        self._ways.unseen[self.address] = self._load["key"]
        self._ships = True

    async def _sees(self, do: str, given: Mapping[str, Any]) -> bool:
        return await self._ways.shared.are_seen(self._ask, self.address, do, given)

    async def _shared_request(self, do: str, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        """Let the Blender do something by the names that paths have there."""
        if do == "load":
            await self._shipped.end_shipment()
        paths = self._ways.paths
        moved = None if on_event is None else lambda event: on_event(paths.received(event))
        return paths.received(await super().request(do, on_event=moved, **paths.sent(given)))

    async def _shipped_request(self, do: str, given: Mapping[str, Any], on_event: OnEvent | None) -> dict[str, Any]:
        report = _Reported(self._name, on_event)
        if do == "load":
            return await self._shipped.request(do, on_event=report, **given)
        if not self._shipped.is_loaded:
            with may_be_silent(self):
                await self._shipped.request("load", on_event=report, **self._load)
        return await self._shipped.request(do, on_event=on_event, **given)

    async def _carry(self, given: Mapping[str, Any]) -> Any:
        """Let the worker's depot do an order.

        Raises:
            WorkerError: the worker is gone, or its disk takes no files.
            RenderError: the order cannot be done.
        """
        kind = given["order"]
        if self.ended is not None and kind in _ON_THE_WAY_THERE:
            raise self.error()
        limit = ORDER_TIMEOUT if kind == "end" else DEPOT_TIMEOUT  # whoever cancels waits for the end
        fields = {"post": self.post, "given": dict(given)}
        answer = await self._ask("depot", within=limit, is_repeatable=kind in _REPEATABLE, **fields)
        if not isinstance(answer, Mapping):
            raise self._lost("is not known any more to its Dask worker")
        if "error" not in answer:
            return answer.get("answer")
        error = error_from_wire(answer["error"])
        if kind in _OF_THE_WORKER and isinstance(error, RenderError) and not isinstance(error, WorkerError):
            self._ways.refused[self.address] = error
            self.kill("takes no files")
            raise self._lost(f"takes no files: {error}", is_blameless=True) from error
        raise error


def _is_here(path: str) -> bool:
    with suppress(OSError):  # a name that is too long, as a worker may say it
        return Path(path).exists()
    return False


def _written(do: str, result: Mapping[str, Any]) -> list[str]:
    """Return the folders into which frames will go, or a still went."""
    if do == "plan":
        return [result["folder"]]
    return list({os.path.dirname(file) for file in result["result"]["files"]}) if do == "still" else []


class _Reported:
    """A receiver that says how much of a file is sent: in the log, and to whoever has the call."""

    def __init__(self, name: str, on_event: OnEvent | None) -> None:
        self._name = name
        self._on_event = on_event
        self._at = monotonic()

    def __call__(self, event: Mapping[str, Any]) -> None:
        sent, size = event["sent"], event["size"]
        if sent < size and monotonic() - self._at < REPORT_INTERVAL:
            return
        self._at = monotonic()
        message = f"{sent / 1e6:,.1f} of {size / 1e6:,.1f} MB of files are sent to {self._name}"
        log.info("%s", message)
        if self._on_event is not None:
            self._on_event({"event": "warning", "message": message})
