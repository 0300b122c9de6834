"""A job's files on their way to a worker's machine, and its frames on their way back.

The other machine's side is `dask_worker/depot.py`.

The worker writes below its outbox what this machine would have at the same absolute path: `/home/me/out/0001.png` is
`OUTBOX/home/me/out/0001.png` there. So `//` and `..` in output paths mean the same in both places.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, ParamSpec, Protocol, TypeVar

from ...loop.shielded import to_the_end
from ...render.errors import RenderError, printable, quoted
from .assets import Assets
from .manifest import check_digest, check_size
from .pieces import PIECE, ReceivedFile
from .returned import ReturnedFiles

P = ParamSpec("P")
T = TypeVar("T")

Report = Callable[[int, int], None]
"""A function that gets the number of bytes that are sent, and of all that will be."""


class Order(Protocol):
    """A function that lets the depot of one worker do an order. `OSError`: the worker is gone."""

    def __call__(self, order: Mapping[str, Any], /) -> Awaitable[Any]:
        """Return the answer."""
        raise NotImplementedError


class Shipment:
    """The files of a job at one worker.

    Args:
        order: lets the worker's depot do an order.
        assets: the files.

    Attributes:
        job: the name of the job in the depot.
        sent: bytes that were sent; 0 where the worker has had all contents.
        file: the .blend file there; None: `send` has not ended.

    Example:
        >>> shipment = Shipment(order, await gather(file, program))
        >>> await shipment.send()
        >>> with ReturnedFiles(output_folder) as returned:
        ...     file = await shipment.fetch(there, returned)
    """

    def __init__(self, order: Order, assets: Assets) -> None:
        self.job = secrets.token_hex(16)
        self.sent = 0
        self.file: str | None = None
        self._outbox = ""
        self._order = order
        self._assets = assets

    @property
    def warnings(self) -> list[str]:
        """What is missing, named before the first frame."""
        manifest = self._assets.manifest
        more = [f"{manifest.more_missing} more files are missing"] if manifest.more_missing else []
        return [*map(str, manifest.missing), *more]

    def without_known(self, warnings: Sequence[str]) -> list[str]:
        """Return a worker's warnings without files that are missing here, too, which `warnings` names."""
        manifest = self._assets.manifest
        known = {PurePath(item.path).name for item in manifest.missing}

        def is_known(warning: str) -> bool:
            _, found, path = warning.rpartition(" is missing: ")
            if not found:
                return bool(known) and warning.endswith(" more files are missing")
            return manifest.more_missing > 0 or PurePath(path).name in known

        return [warning for warning in warnings if not is_known(warning)]

    async def send(self, report: Report | None = None) -> None:
        """Send the contents that the worker does not have.

        Args:
            report: called after each piece with the bytes that are sent, and with all that will be.

        Raises:
            RenderError: a file has changed meanwhile, or the worker's disk does not take it.
            OSError: the worker is gone.
        """
        try:
            missing = await self._do("begin", manifest=self._assets.manifest.to_wire())
            wanted = _digests(missing, self._assets)
            size = sum(self._assets.manifest.sizes[digest] for digest in wanted)
            for digest in wanted:
                await self._send(digest, size, report)
            answer = await self._do("complete")
            if not isinstance(answer, Mapping) or not all(
                isinstance(answer.get(key), str) for key in ("file", "outbox")
            ):
                raise RenderError("the worker does not say where the job's files are: it has another version")
        except BaseException:
            await to_the_end(self.end)
            raise
        self.file, self._outbox = answer["file"], answer["outbox"].replace("\\", "/").rstrip("/")

    async def _send(self, digest: str, total: int, report: Report | None) -> None:
        offset, size = 0, self._assets.manifest.sizes[digest]
        while offset < size:
            data = await asyncio.to_thread(self._assets.read, digest, offset, min(PIECE, size - offset))
            if not data:
                raise RenderError(f"{self._assets.sources[digest]} has become shorter while it was sent: send it again")
            await self._do("piece", sha256=digest, offset=offset, data=data)
            offset += len(data)
            self.sent += len(data)
            if report is not None:
                report(self.sent, total)
        await self._do("keep", sha256=digest)

    async def end(self) -> None:
        """Let the worker remove the job's folder. A worker that is gone has no folder, or its next job removes it."""
        self.file = None
        with suppress(OSError, RenderError):
            await self._do("end")

    def there(self, path: str) -> str:
        """Return the path below the outbox that stands for an absolute path of this machine."""
        end = "/" if path.endswith(("/", os.sep)) else ""
        drive, rest = os.path.splitdrive(os.path.abspath(path))
        parts = Path(rest).parts[1:]
        return "/".join([self._outbox, *filter(None, [drive.replace(":", "")]), *parts]) + end

    def here(self, path: str) -> str:
        """Return the path of this machine that a path below the outbox stands for; other paths stay.

        The answer is only as good as the worker: `fetch` checks it before anything is written.
        """
        name = self._name(path)
        if name is None:
            return path
        if os.name == "nt":
            drive, _, rest = name.partition("/")
            return f"{drive}:\\{rest}".replace("/", "\\")
        return f"/{name}"

    async def fetch(self, path: str, returned: ReturnedFiles) -> Path:
        """Bring a finished file back, and return it under its final name.

        Args:
            path: the file below the outbox, as an event of the worker has it.
            returned: the output folder, which takes the file.

        Raises:
            RenderError: the path leaves the output folder, or the disk is full.
            OutputError: the file is damaged.
            OSError: the worker is gone.
        """
        name = self._name(path)
        destination = Path(self.here(path))
        if name is None or not destination.is_relative_to(returned.folder):
            raise RenderError(f"file={printable(quoted(path))}: it does not belong into {returned.folder}")
        size, digest = await self._measure(name)
        below = destination.relative_to(returned.folder).as_posix()
        received = await _on_thread(returned.receive, below, size, digest)
        try:
            await self._receive(name, size, received)
            file = await _on_thread(returned.deliver, below, received)
        finally:
            received.remove()
        await self._do("taken", file=name)
        return file

    async def fetch_to(self, path: str, file: Path) -> None:
        """Bring a file back that is no picture, and has another name here.

        Args:
            path: the file below the outbox.
            file: its name here, where nothing is yet.

        Raises:
            RenderError: the disk is full.
            OSError: the worker is gone.
        """
        name = self._name(path)
        if name is None:
            raise RenderError(f"file={printable(quoted(path))}: it is not the job's")
        size, digest = await self._measure(name)
        received = await _on_thread(ReceivedFile, file, size, digest)
        try:
            await self._receive(name, size, received)
            await _on_thread(received.finish)
        finally:
            received.remove()
        await self._do("taken", file=name)

    async def _measure(self, name: str) -> tuple[int, str]:
        answer = await self._do("measure", file=name)
        if not isinstance(answer, Mapping):
            raise RenderError(f"file={printable(quoted(name))}: the worker does not know it")
        return check_size(answer.get("size")), check_digest(answer.get("sha256"))

    async def _receive(self, name: str, size: int, received: ReceivedFile) -> None:
        while received.offset < size:
            data = await self._do("fetch", file=name, offset=received.offset)
            if not isinstance(data, bytes | bytearray | memoryview) or not data:
                raise RenderError(f"file={printable(quoted(name))}: {received.offset:,} of {size:,} bytes came back")
            await _on_thread(received.write, received.offset, bytes(data))

    def _name(self, path: str) -> str | None:
        """Return a path below the outbox as a name in it; None: it is elsewhere."""
        path = path.replace("\\", "/")
        begin = f"{self._outbox}/"
        return path[len(begin) :] if self._outbox and path.startswith(begin) else None

    async def _do(self, kind: str, **fields: Any) -> Any:
        return await self._order({"order": kind, "job": self.job, **fields})


async def _on_thread(function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function that writes, and return when it has returned, also by a cancel: its folder is removed then."""
    return await to_the_end(lambda: asyncio.to_thread(function, *arguments, **options))


def _digests(missing: Any, assets: Assets) -> list[str]:
    """Return the digests that a worker wants. It gets no other contents than those of the job, each once."""
    if not isinstance(missing, list) or not all(isinstance(item, str) for item in missing):
        raise RenderError("the worker does not say which contents it needs: it has another version")
    wanted = set(missing)
    return [digest for digest in assets.sources if digest in wanted]
