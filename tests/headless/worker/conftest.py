"""A worker without a parent: its requests are called here, and its events kept in a list."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import async_render as ar
from async_render.pool.worker_process.protocol import check_event, check_order, check_result
from async_render.work.wire import settings_to_wire

if importlib.util.find_spec("bpy") is not None:
    import bpy

    from async_render.blender.worker.actions import ACTIONS
    from async_render.blender.worker.loaded import loaded


class Worker:
    """Does requests in this process. Everything has to fit the protocol, and settings go as to another process.

    Attributes:
        events: what the requests have sent.
        on_event: called with each event.
    """

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.on_event: Callable[[dict[str, Any]], None] = lambda _event: None

    def _emit(self, kind: str, fields: Mapping[str, Any]) -> None:
        event = check_event({"event": kind, "id": 1, **fields})
        self.events.append(event)
        self.on_event(event)

    async def done(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The result of a request."""
        if isinstance(fields.get("settings"), ar.RenderSettings):
            fields["settings"] = settings_to_wire(fields["settings"])
        order = check_order({"do": kind, "id": 1, **fields})
        request = {name: value for name, value in order.items() if name not in {"do", "id"}}
        return check_result(kind, await ACTIONS[kind](request, self._emit))

    def do(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The result of a request; waits for it."""
        return ar.run(self.done(kind, **fields)).result()

    def plan(self, *, resume: bool = False, **fields: Any) -> dict[str, Any]:
        """The plan of an animation."""
        return self.do("plan", settings=ar.RenderSettings(**fields), resume=resume)

    def load(self, file: Path, key: str = "1", folder: Path | None = None) -> dict[str, Any]:
        """Loads a file."""
        return self.do("load", file=str(file), key=key, folder=folder and str(folder), use_scripts=False)

    def frames_sent(self) -> list[tuple[int, list[str], bool]]:
        """Number, names of the files, and whether it was skipped, of each frame that was sent."""
        sent = [event for event in self.events if event["event"] == "frame"]
        return [(event["number"], [Path(file).name for file in event["files"]], event["skipped"]) for event in sent]


@pytest.fixture
def worker() -> Iterator[Worker]:
    """A worker that has loaded nothing."""
    yield Worker()
    loaded.forget()


@pytest.fixture
def saved(scene: bpy.types.Scene, tmp_path: Path) -> Path:
    """The scene as a file in a private folder, whose output path is relative, as a session leaves it."""
    file = tmp_path / "private" / "shot.blend"
    file.parent.mkdir()
    scene.render.filepath = "//out/####"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    return file
