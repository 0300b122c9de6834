"""What the calls of a pool work with, and what one worker does for them: a single request, the encoding of a movie."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...output.folders import writing_in
from ...render.result import RenderResult
from ...render.settings import RenderSettings
from ...work.backend import Event
from ...work.wire import result_from_wire, settings_to_wire
from .crew import Crew
from .errands import Load, OneRequest, Request
from .frame_times import FrameTimes

Emit = Callable[[Event], None]
"""A function that gets the events of a call."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the calls of a pool work with.

    Attributes:
        crew: the workers.
        times: what is known of the seconds of frames.
        tries: how often a frame, or another request, is tried before it is given up.
    """

    crew: Crew
    times: FrameTimes
    tries: int

    async def ask(self, load: Load, request: Request, emit: Emit) -> Mapping[str, Any]:
        """Let one worker do a request, and return the result's fields.

        Args:
            load: the file that the worker must have open.
            request: the request.
            emit: called with each event.
        """
        result: Mapping[str, Any] = await self.crew.do(OneRequest(load, request, tries=self.tries, on_event=emit))
        return result

    async def encode(
        self, load: Load, pictures: Iterable[str], settings: RenderSettings, folder: Path, emit: Emit, *, claims: bool
    ) -> RenderResult:
        """Let one worker encode pictures as a movie.

        Args:
            load: the file that the worker must have open.
            pictures: the paths of the pictures, in order.
            settings: the settings of the movie.
            folder: a folder for the list of the pictures, which may be too long for one line of the protocol.
            emit: called with each event.
            claims: whether the worker claims the movie's files; else the caller has claimed them.
        """
        listing = folder / "frames.json"
        with writing_in(folder, str(settings.filepath)):
            await asyncio.to_thread(listing.write_text, json.dumps(list(pictures)), encoding="utf-8")
        request = {"do": "encode", "listing": str(listing), "settings": settings_to_wire(settings), "claims": claims}
        return result_from_wire((await self.ask(load, request, emit))["result"])
