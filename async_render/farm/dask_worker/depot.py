"""What a worker's machine does for jobs whose files travel: it takes contents, and hands out finished frames.

A transport brings the orders of `shipping/shipment.py`, each with data that JSON carries, and with bytes. An order is
done on a thread, since it reads and writes.

| order | fields | answer |
|---|---|---|
| `begin` | `manifest` | the digests of the contents that have to be sent |
| `piece` | `sha256`, `offset`, `data` | None |
| `keep` | `sha256` | None |
| `complete` | | `file`, the .blend file; `outbox`, the folder for frames |
| `measure` | `file`, in the outbox | `size`, `sha256` |
| `fetch` | `file`, `offset` | bytes, at most `PIECE` |
| `taken` | `file` | None: the file is removed |
| `end` | | None: the job's folder is removed |
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...render.errors import RenderError, printable, quoted
from ..shipping.manifest import check_digest, manifest_from_wire
from ..shipping.names import check_name
from ..shipping.pieces import ReceivedFile, cannot_write, measure, read_piece
from .store import Store, StoredJob

MOST_JOBS = 100
"""Number of jobs of one process at a time. A client that is gone ends its jobs by its lease."""


class DepotJob:
    """A job in a depot. Its orders come one after another."""

    def __init__(self, stored: StoredJob) -> None:
        self.stored = stored
        self.outbox = stored.folder.parent / "outbox"
        self._arriving: dict[str, ReceivedFile] = {}

    def do(self, kind: str, order: Mapping[str, Any]) -> Any:
        """Do an order.

        Raises:
            RenderError: the order cannot be done, or is none.
        """
        if kind == "piece":
            return self._piece(check_digest(order.get("sha256")), order.get("offset"), order.get("data"))
        if kind == "keep":
            return self._keep(check_digest(order.get("sha256")))
        if kind == "complete":
            return self._complete()
        if kind == "measure":
            self.stored.check_there()
            size, digest = measure(self._in_outbox(order.get("file")))
            return {"size": size, "sha256": digest}
        if kind == "fetch":
            return read_piece(self._in_outbox(order.get("file")), _offset(order.get("offset")))
        if kind == "taken":
            return self._in_outbox(order.get("file")).unlink(missing_ok=True)
        raise RenderError(f"order={printable(quoted(kind))}: a depot has no such order")

    def _piece(self, digest: str, offset: Any, data: Any) -> None:
        if type(offset) is not int or not isinstance(data, bytes | bytearray | memoryview):
            raise RenderError("a piece must have an offset and bytes")
        if digest not in self._arriving:
            self._arriving[digest] = self.stored.receive(digest)
        received = self._arriving[digest]
        received.write(offset, bytes(data))
        if not received.is_open:
            del self._arriving[digest]

    def _keep(self, digest: str) -> None:
        received = self._arriving.pop(digest, None) or self.stored.receive(digest)  # an empty file has no pieces
        self.stored.keep(received, digest)

    def _complete(self) -> dict[str, str]:
        file = self.stored.complete()
        try:
            self.outbox.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.outbox, error) from error
        return {"file": str(file), "outbox": str(self.outbox)}

    def _in_outbox(self, file: Any) -> Path:
        """Return a file of the outbox. The client is believed as little as anybody: a link leads nowhere."""
        path = self.outbox / check_name(file)
        if path.is_symlink() or not path.resolve().is_relative_to(self.outbox.resolve()):
            raise RenderError(f"file={file!r}: a link leads out of the job's folder")
        return path


def _offset(given: Any) -> int:
    if type(given) is not int or given < 0:
        raise RenderError(f"offset={quoted(given)}: it must be a number of bytes")
    return given


class Depot:
    """The jobs of a worker's process whose files have travelled. Any thread may call its methods.

    Args:
        store: where contents are kept; None: in the user's cache folder.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._jobs: dict[str, DepotJob | None] = {}
        """The jobs by their names; None: the files of the job are being laid out, which may take long."""
        self._lock = threading.Lock()

    def do(self, order: Mapping[str, Any]) -> Any:
        """Do an order of a client, and return its answer.

        Raises:
            RenderError: the order cannot be done, or is none.
        """
        kind, name = order.get("order"), order.get("job")
        if not isinstance(kind, str) or not isinstance(name, str):
            raise RenderError("an order must have the fields order and job, which are texts")
        if kind == "begin":
            return self._begin(name, order.get("manifest"))
        if kind == "end":
            return self.end(name)
        with self._lock:
            job = self._jobs.get(name)
        if job is None:
            raise RenderError(f"job={printable(quoted(name))}: this worker has no such job: send its files again")
        return job.do(kind, order)

    def end(self, name: str) -> None:
        """Remove a job's folder; of a job that is not there any more, nothing."""
        with self._lock:
            job = self._jobs.pop(name, None)
        if job is not None:
            job.stored.remove()

    def close(self) -> None:
        """Remove the folders of all jobs."""
        for name in tuple(self._jobs):
            self.end(name)

    def _begin(self, name: str, data: Any) -> list[str]:
        manifest = manifest_from_wire(data)
        with self._lock:
            if name in self._jobs:
                raise RenderError(f"job={printable(quoted(name))} has begun already: give each job a name of its own")
            if len(self._jobs) >= MOST_JOBS:
                raise RenderError(f"this worker has {MOST_JOBS} jobs: wait until one has ended, or start more workers")
            store = self._store = self._store or Store()
            self._jobs[name] = None
        try:
            job = DepotJob(store.job(manifest))
        except BaseException:
            self.end(name)
            raise
        with self._lock:
            if name in self._jobs:
                self._jobs[name] = job
                return sorted(job.stored.missing)
        job.stored.remove()
        raise RenderError(f"job={printable(quoted(name))} was ended before it had begun: send its files again")
