"""An animation that many workers render: a plan by one of them, frames by all, and a movie encoded once.

plan ─▶ claim the files ─▶ frames, dealt out ─▶ [encode] ─▶ one result, as the render in this process has it
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from ...loop.shielded import to_the_end
from ...output.folders import writing_in
from ...output.frame_files import FilePattern, FrameFiles
from ...output.locked_folders import FRAMES_PREFIX, MOVIE_PREFIX, LockedFolder, remove_abandoned
from ...render.errors import RenderError, WorkerError
from ...render.frame_list import FrameList
from ...render.path_templates import literal
from ...render.result import RenderResult
from ...render.settings import RenderSettings
from ...work.backend import Event, FrameEvent, PlanEvent, WarningEvent
from ...work.wire import frames_from_text, settings_from_wire, settings_to_wire
from .claims import Claim, take_claim
from .dealing import Dealing
from .errands import FrameChunks, Load
from .workshop import Emit, Workshop

log = logging.getLogger("async_render")

NAMED = 5
"""Number of frames that a message names."""


@dataclass(frozen=True, slots=True)
class _Plan:
    settings: RenderSettings
    frames: FrameList
    skipped: FrameList
    patterns: tuple[FilePattern, ...]
    folder: Path
    is_movie: bool
    in_order: bool
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> _Plan:
        return cls(
            settings_from_wire(result["settings"]),
            frames_from_text(result["frames"]),
            frames_from_text(result["skipped"]),
            tuple(FilePattern(*pattern) for pattern in result["patterns"]),
            Path(result["folder"]),
            result["is_movie"],
            result["in_order"],
            tuple(result["warnings"]),
        )

    @property
    def all_files(self) -> FrameFiles:
        """The files of all frames, rendered or skipped."""
        return FrameFiles(FrameList.of(sorted({*self.frames, *self.skipped})), self.patterns)


async def render_dealt(
    workshop: Workshop, load: Load, name: str, settings: RenderSettings, resume: bool, emit: Emit
) -> Any:
    """Render an animation by all workers.

    Args:
        workshop: the workers, and what is known.
        load: the file.
        name: what the user calls the file.
        settings: the settings.
        resume: whether only frames are rendered whose files are missing or damaged.
        emit: called with each event.

    Raises:
        RenderError: as `render_animation`; frames and files are those that are complete.
    """
    with workshop.crew.in_use(load):
        plan = await _planned(workshop, load, settings, resume, emit)
        emit(PlanEvent(plan.frames, plan.folder, 1 if plan.in_order else len(workshop.crew.members)))
        for warning in plan.warnings:  # before the first frame, as a file that is missing
            log.warning("%s: %s", name, warning)
            emit(WarningEvent(warning))
        if not plan.frames:
            return _result(plan, {}, {}, 0.0, plan.warnings)
        claim = await asyncio.to_thread(take_claim, Claim(plan.patterns, plan.frames))
        try:
            dealt = _DealtFrames(workshop, load, name, plan, emit)
            if not plan.is_movie:
                return await dealt.render(plan.settings)
            with writing_in(plan.folder, str(plan.settings.filepath)):
                await asyncio.to_thread(plan.folder.mkdir, parents=True, exist_ok=True)
                locked = LockedFolder(plan.folder, MOVIE_PREFIX)
            with locked as folder:
                return await dealt.render_movie(folder)
        finally:
            try:  # to the end: who closes the pool cancels a second time
                await to_the_end(lambda: asyncio.to_thread(remove_abandoned, plan.folder, FRAMES_PREFIX))
            finally:
                claim.release()


async def _planned(workshop: Workshop, load: Load, settings: RenderSettings, resume: bool, emit: Emit) -> _Plan:
    """Let a worker make the plan, and all others open the file meanwhile."""
    request = {"do": "plan", "settings": settings_to_wire(settings), "resume": resume}
    with workshop.crew.prepared(load, emit):
        return _Plan.of(await workshop.ask(load, request, emit))


class _DealtFrames:
    """The frames of one call, while they are rendered."""

    def __init__(self, workshop: Workshop, load: Load, name: str, plan: _Plan, emit: Emit) -> None:
        self._shop = workshop
        self._load = load
        self._name = name
        self._plan = plan
        self._emit = emit
        self._files: dict[int, tuple[Path, ...]] = {}
        self._dealing = Dealing(
            plan.frames,
            workers=len(workshop.crew.members),
            tries=workshop.tries,
            known=workshop.times.of(name, plan.settings),
            in_order=plan.in_order,
        )
        self._begin = perf_counter()

    async def render(self, settings: RenderSettings) -> RenderResult:
        """Render the frames, and return the result."""
        errand = FrameChunks(
            self._load, self._dealing, settings_to_wire(settings), tries=self._shop.tries, on_event=self._receive
        )
        try:
            await self._shop.crew.do(errand)
        except RenderError as error:
            raise self._with_facts(error) from None
        finally:
            self._shop.times.add(self._name, self._plan.settings, self._dealing.seconds)
        if self._dealing.given_up:
            raise self._failure()
        plan = self._plan
        if errand.left_out:
            plan = replace(plan, skipped=FrameList.of(sorted({*plan.skipped, *errand.left_out})))
        warnings = dict.fromkeys((*plan.warnings, *errand.warnings))
        return _result(plan, self._dealing.seconds, self._files, perf_counter() - self._begin, tuple(warnings))

    async def render_movie(self, folder: Path) -> RenderResult:
        """Render pictures into a folder, and encode the movie."""
        plan = self._plan
        rendered = await self.render(_as_pictures(plan.settings, folder))
        pictures = map(str, rendered.files)
        encoded = await self._shop.encode(self._load, pictures, plan.settings, folder, self._emit, claims=False)
        warnings = tuple(dict.fromkeys((*rendered.warnings, *encoded.warnings)))
        return replace(rendered, files=encoded.files, seconds=perf_counter() - self._begin, warnings=warnings)

    def _receive(self, event: Event) -> None:
        if isinstance(event, FrameEvent):
            self._files[event.number] = event.files
            if self._plan.is_movie:
                event = replace(event, files=tuple(pattern.path(event.number) for pattern in self._plan.patterns))
        self._emit(event)

    def _failure(self) -> Exception:
        """Return the exception for frames that were given up."""
        given_up = sorted(self._dealing.given_up)
        error = self._dealing.given_up[given_up[0]]
        if not isinstance(error, RenderError):
            return error
        if isinstance(error, WorkerError):
            which = _listed(given_up)
            message = f"{which} of {len(self._plan.frames)} given up after {self._shop.tries} tries: {error}"
            error = WorkerError(message, ended=error.ended, log=error.log)
        elif len(given_up) > 1:
            error.add_note(f"{_listed(given_up)} failed; all others are finished")
        error.frame = given_up[0]
        return self._with_facts(error)

    def _with_facts(self, error: RenderError) -> RenderError:
        """Return an error that says what is complete."""
        done = sorted(self._dealing.seconds)
        error.frames = tuple(done)
        error.files = () if self._plan.is_movie else _in_order(self._files, done)
        return error


def _as_pictures(settings: RenderSettings, folder: Path) -> RenderSettings:
    """Return the settings for the pictures of a movie: no loss, and as many bits as a movie can have."""
    template = literal(str(folder / "####"))
    of_movies = dict.fromkeys(("container", "video_codec", "audio_codec", "exr_codec", "quality"))
    depth = "8" if settings.color_depth in {None, "8"} else "16"
    return settings.replace(filepath=template, file_format="PNG", color_depth=depth, compression=10, **of_movies)


def _result(
    plan: _Plan,
    seconds: Mapping[int, float],
    files: Mapping[int, tuple[Path, ...]],
    whole: float,
    warnings: tuple[str, ...],
) -> RenderResult:
    done = sorted(seconds)
    return RenderResult(
        tuple(done),
        _in_order(files, done),
        whole,
        {frame: seconds[frame] for frame in done},
        tuple(plan.skipped),
        warnings,
        frame_files=plan.all_files if plan.skipped else {},
    )


def _in_order(files: Mapping[int, tuple[Path, ...]], frames: Iterable[int]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(file for frame in frames for file in files[frame]))


def _listed(frames: list[int]) -> str:
    if len(frames) == 1:
        return f"frame {frames[0]}"
    more = "" if len(frames) <= NAMED else f" and {len(frames) - NAMED} more"
    return f"frames {', '.join(map(str, frames[:NAMED]))}{more}"
