"""A worker without a process, for tests of the pool's own logic: it answers requests as its `Script` says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from async_render.pool.worker_process.child import Hello
from async_render.render.errors import WorkerError
from async_render.render.settings import RenderSettings
from async_render.work.wire import frames_from_text, settings_to_wire

OnEvent = Callable[[Mapping[str, Any]], None]


class Dies(Exception):  # noqa: N818 - what happens, and no error of the test
    """The process ends."""


class Stage:
    """What all fake workers of a test share.

    Attributes:
        log: each request and its worker, as `("frames 1-3", 0)`.
        rendered: each frame with its worker, in order.
        all_frames: the frames of the plan.
        on_frame: called before a frame is rendered, with frame and worker; it may raise.
        is_movie: whether the plan says that it is a movie.
        in_order: whether the plan says that frames must be in order.
        started: number of processes.
        running: the workers that live.
        gate: frames wait until it is open.
        load_gate: files are opened when it is open.
    """

    def __init__(self, all_frames: str = "1-12") -> None:
        self.log: list[tuple[str, int]] = []
        self.rendered: list[tuple[int, int]] = []
        self.all_frames = all_frames
        self.skipped = ""
        self.on_frame: Callable[[int, int], object] = lambda _frame, _worker: None
        self.on_load: Callable[[int], object] = lambda _worker: None
        self.on_start: Callable[[int], object] = lambda _worker: None
        self.is_movie = self.in_order = False
        self.started = 0
        self.running: set[FakeChild] = set()
        self.gate, self.load_gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.load_gate.set()

    async def start(self, number: int) -> FakeChild:
        """Start a worker."""
        self.started += 1
        await asyncio.sleep(0)
        self.on_start(number)
        child = FakeChild(self, number)
        self.running.add(child)
        return child

    def requests(self, do: str) -> list[tuple[str, int]]:
        """The requests of one kind."""
        return [item for item in self.log if item[0].split()[0] == do]


class FakeChild:
    """A worker without a process."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.hello = Hello((5, 2, 0), "3.13.0", 1)
        self.ended: str | None = None
        self.max_silence = 30.0
        self.memory: int | None = None
        self._stage = stage
        self._number = number
        self._why = ""
        self._task: asyncio.Task[Any] | None = None

    async def request(self, do: str, *, on_event: OnEvent | None = None, **fields: Any) -> dict[str, Any]:
        """Do a request, or die."""
        if self.ended is not None:
            raise self.error()
        self._stage.log.append((f"{do} {fields.get('frames', '')}".strip(), self._number))
        self._task = asyncio.create_task(getattr(self, f"_{do}")(on_event, **fields))
        try:
            result: dict[str, Any] = await self._task
        except Dies as reason:
            self._end("signal SIGKILL", str(reason))
            raise self.error() from None
        except asyncio.CancelledError:
            if self.ended is not None:
                raise self.error() from None
            raise
        return result

    async def end(self) -> None:
        """End the process."""
        await asyncio.sleep(0)
        self._end("exit code 0", "was ended")

    def kill(self, why: str) -> None:
        """Kill the process."""
        self._end("signal SIGKILL", why)
        if self._task is not None:
            self._task.cancel()

    def error(self, frame: int | None = None) -> WorkerError:
        """How the process ended."""
        at = "" if frame is None else f" in frame {frame}"
        return WorkerError(f"worker {self._number + 1} {self._why}{at} ({self.ended})", ended=self.ended, frame=frame)

    def _end(self, ended: str, why: str) -> None:
        self.ended, self._why = ended, why
        self._stage.running.discard(self)

    async def _load(self, _: OnEvent | None, **_fields: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        await self._stage.load_gate.wait()
        self._stage.on_load(self._number)
        return {"loaded": True, "seconds": 0.0, "missing": []}

    async def _plan(self, _: OnEvent | None, *, settings: Any, **_fields: Any) -> dict[str, Any]:
        await asyncio.sleep(0)
        stage = self._stage
        path = Path(settings.get("filepath", "/out/f_####"))
        pattern = [f"{path}.mkv", None, ""] if stage.is_movie else [str(path).replace("####", ""), 4, ".png"]
        return {
            "settings": settings_to_wire(RenderSettings(filepath=path)),
            "frames": stage.all_frames,
            "skipped": stage.skipped,
            "is_movie": stage.is_movie,
            "folder": str(path.parent),
            "patterns": [pattern],
            "warnings": ["a texture is missing"],
            "in_order": stage.in_order,
        }

    async def _frames(self, on_event: OnEvent | None, *, frames: str, settings: Any) -> dict[str, Any]:
        assert on_event is not None
        for frame in frames_from_text(frames):
            await asyncio.sleep(0)
            await self._stage.gate.wait()
            on_event({"event": "progress", "id": 1, "number": frame, "fraction": 0.5})
            self._stage.on_frame(frame, self._number)
            self._stage.rendered.append((frame, self._number))
            file = str(Path(settings["filepath"]).with_name(f"f_{frame:04}.png"))
            on_event({"event": "frame", "id": 1, "number": frame, "seconds": 1.0, "files": [file], "skipped": False})
        return {"seconds": 1.0, "warnings": ["drivers are blocked"]}
