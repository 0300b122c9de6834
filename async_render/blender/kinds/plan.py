"""The plan of a render: frames and files, resolved once before the first job."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import bpy

from ...output.folders import check_destinations, check_frame_files
from ...output.frame_files import FrameFiles
from ...output.resume import existing_frames, missing_frames
from ...render.errors import RenderError, quoted
from ...render.frame_list import FrameList
from ...render.settings import RenderSettings
from ..datablocks import by_uid
from ..host.long_work import call_in_worker_thread
from ..jobs.render_job import JobRequest
from ..options import options
from ..settings.apply import applied
from ..settings.output_paths import files_of_frames, files_of_movie
from ..settings.scenes import KnownScene, found_again
from ..settings.snapshot import Snapshot
from ..settings.still_files import StillFiles, still_files
from .job_range import FIELDS, job_range
from .request import Request
from .still_frame import StillFrame

log = logging.getLogger("async_render")


@dataclass(frozen=True, kw_only=True)
class Output:
    """The files that a render writes.

    Attributes:
        files: the files of each frame.
        still: the files of a still; None: an animation.
        path: the output path, for messages.
        begin: the time when the render began, by the clock of the files' disk, in seconds since the epoch.
        any_format: whether a file may have another format than its name tells.
        is_movie: whether all frames go into one file.
        is_shared: whether other computers may render into the same folder: Blender leaves out frames that exist.
        is_kept: whether the files stay after the render, so that the panel shows them.
    """

    files: FrameFiles
    still: StillFiles | None
    path: str
    begin: float
    any_format: bool
    is_movie: bool
    is_shared: bool
    is_kept: bool

    @cached_property
    def folder(self) -> Path:
        """The folder of the files."""
        return min(file.parent for file in self.files.extremes)

    @property
    def is_staged(self) -> bool:
        """Whether the files reach their destination after the job: movies and stills."""
        return self.is_movie or self.still is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a render. Nothing in a plan changes while the render runs.

    Attributes:
        scene: the scene, with its name of the moment of the plan.
        frames: the frames that are rendered.
        skipped: the frames that are left out: their files are complete, or exist where nothing is overwritten.
        partial: the frames that are rendered although some of their views have files.
        overwrites: whether files that exist are rendered again, whatever the scene says.
        still: the frame of a still; None: an animation.
        display: where Blender shows the picture, as `render_display_type`.
        output: the files.
    """

    scene: KnownScene
    frames: FrameList
    skipped: FrameList
    partial: FrameList
    overwrites: bool
    still: StillFrame | None
    display: str
    output: Output

    @property
    def is_image(self) -> bool:
        """Whether Blender's *Render Image* renders the frame, and no animation."""
        return self.still is not None and self.still.is_image

    def ranges(self) -> Iterator[tuple[range, bool]]:
        """Return the ranges of frames, one for each job, and whether each overwrites files.

        A job has a first frame, a last frame and a step: Blender knows no lists.
        """
        for frames, is_partial in self.frames.parted(self.partial):
            yield frames, self.overwrites or is_partial

    @contextmanager
    def job_prepared(self, scene: bpy.types.Scene, frames: range, overwrites: bool) -> Iterator[JobRequest]:
        """Apply the settings of one job inside the `with` block, which come on top of the render's own.

        Args:
            scene: the scene, which has the render's settings already.
            frames: the range of frames.
            overwrites: whether files that exist are rendered again, whatever the scene says.

        Yields:
            The request for the job.
        """
        overrides = None if self.output.still is None else self.output.still.overrides
        job = job_range(scene, frames, is_image=self.is_image, is_movie=self.output.is_movie)
        settings = RenderSettings(
            frame_start=job.start,
            frame_end=job.end,
            frame_step=job.step,
            use_overwrite=True if overwrites else None,
            overrides=overrides,
        )
        frame = nullcontext() if self.still is None else self.still.shown_in(scene)
        with applied(scene, settings) as snapshot, frame:
            yield JobRequest(
                self.scene,
                self.display,
                properties=job.properties,
                on_first_frame=partial(self._restore_range, snapshot) if job.is_restored_early else None,
            )

    def _restore_range(self, snapshot: Snapshot) -> None:
        """Restore the scene's own range, which Blender has read for the job."""
        snapshot.restore_early(found_again(self.scene), *FIELDS)

    def whose(self) -> str:
        """Return the render as the subject of a message, with the scene's name of now."""
        scene = by_uid(bpy.data.scenes, self.scene.uid)
        return f"the render of the scene {self.scene.name if scene is None else scene.name!r}"


async def make_plan(
    request: Request, scene: bpy.types.Scene, settings: RenderSettings, frames: FrameList, still: StillFrame | None
) -> Plan:
    """Make the plan of a render, and check that its files can be written.

    Args:
        request: the request.
        scene: the scene, which has the render's settings already.
        settings: the settings, with the names of now.
        frames: all frames of the settings.
        still: the frame of a still, of which the number is known now; None: an animation.

    Raises:
        RenderError: files cannot be written there, or the frames cannot be rendered in this way.
    """
    render = scene.render
    known = KnownScene(scene.session_uid, scene.name)
    is_movie, any_format = bool(render.is_movie_format), not render.use_file_extension
    path = str(settings.filepath or render.filepath)
    is_shared = not (request.resume or render.use_overwrite or is_movie or still is not None)
    if is_movie:
        _check_movie(scene, request, settings, frames)
    of_still = None if still is None else still_files(scene, still.number, is_image=still.is_image)
    if of_still is not None:
        files = of_still.of(frames)
    else:
        files = files_of_movie(scene, frames) if is_movie else files_of_frames(scene, frames)
    if still is not None:
        begin = await call_in_worker_thread(check_destinations, files.extremes, path)
    else:
        begin = await call_in_worker_thread(check_frame_files, files, path)
    chosen = _Chosen(frames)
    if request.resume:
        chosen = await _without_complete(files, any_format)
    elif is_shared:
        chosen = await _without_existing(files)
    output = Output(
        files=files,
        still=of_still,
        path=path,
        begin=begin,
        any_format=any_format,
        is_movie=is_movie,
        is_shared=is_shared,
        is_kept=request.is_kept,
    )
    return Plan(
        scene=known,
        frames=chosen.frames,
        skipped=chosen.skipped,
        partial=chosen.partial,
        overwrites=request.resume,
        still=still,
        display=settings.render_display_type or options.render_display,
        output=output,
    )


def _check_movie(scene: bpy.types.Scene, request: Request, settings: RenderSettings, frames: FrameList) -> None:
    if request.still is not None:
        file_format = scene.render.image_settings.file_format
        raise RenderError(f"file_format={file_format!r} is a movie; a still is a picture: write file_format='PNG'")
    if request.resume:
        raise RenderError("resume=True: a movie cannot be resumed; render pictures, or leave resume out")
    if len(frames.ranges) > 1:
        raise RenderError(
            f"frames={quoted(settings.frames)} has gaps; a movie is one range of frames: render a movie for each range"
        )


class _Chosen(NamedTuple):
    frames: FrameList
    skipped: FrameList = FrameList()
    partial: FrameList = FrameList()


async def _without_complete(files: FrameFiles, any_format: bool) -> _Chosen:
    """Leave out the frames whose files are complete: a render is resumed."""
    missing = await call_in_worker_thread(missing_frames, files, any_format=any_format)
    for frame, reason in missing.reasons.items():
        log.info("resume: frame %d is rendered, %s", frame, reason)
    log.info("resume: %d of %d frames are rendered", len(missing.frames), len(files.frames))
    return _Chosen(missing.frames, missing.complete)


async def _without_existing(files: FrameFiles) -> _Chosen:
    """Leave out the frames that have files: Blender leaves them out by itself, and calls no handler for them."""
    existing = await call_in_worker_thread(existing_frames, files)
    for frame in existing.partial:
        log.info("frame %d is rendered although it has files: not each of its views has one", frame)
    left = await call_in_worker_thread(files.frames.without, existing.complete)
    return _Chosen(left, existing.complete, existing.partial)
