"""The requests for frames: the plan of an animation, and its frames.

Frames are rendered into a hidden folder beside their destination. Each file is checked, and then renamed to its
destination: nothing half stands under a final name, whatever happens to the worker. What a killed worker has left there
the next plan for the same folder removes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...output.folders import writing_in
from ...output.frame_files import FrameFiles
from ...output.locked_folders import FRAMES_PREFIX, MOVIE_PREFIX, remove_abandoned
from ...output.revocation import owned_folder
from ...render.errors import RenderError
from ...render.frames import frames_text
from ...render.path_templates import literal
from ...work.wire import frames_from_text, settings_to_wire
from ..kinds.rendering import Listener, planned, render
from ..kinds.request import Request
from ..quirks.versions import PATHS_HAVE_VARIABLES
from ..session.missing_files import missing_files
from ..session.simulations import why_in_order
from ..settings.scenes import found_again
from .destination import Delivery
from .display import check_display
from .events import Emit, progress_events
from .loaded import loaded, version_warnings


async def plan(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:  # noqa: ARG001 - as each action
    """Plan an animation: which frames are rendered, where their files go, and what is wrong before the first frame.

    Raises:
        RenderError: the settings cannot work, files cannot be written there, or OpenGL is missing.
    """
    await loaded.reload()
    settings = loaded.settings(request["settings"])
    async with planned(Request.of(settings, resume=request["resume"])) as (made, _):
        await check_display(found_again(made.scene))
        scene = found_again(made.scene)
        output = made.output
        in_order = why_in_order(scene)
        path = scene.render.filepath
        if not PATHS_HAVE_VARIABLES:  # a brace is a plain character there, and begins a variable in `RenderSettings`
            path = literal(path)
        resolved = settings.replace(filepath=path, use_overwrite=True if made.overwrites else settings.use_overwrite)
        if output.is_movie:
            if len(output.files.patterns) > 1:
                raise RenderError(
                    "workers render one movie, and this scene has one for each view: choose Stereo 3D as its views "
                    "format, or render pictures"
                )
            image = scene.render.image_settings  # its pictures get as many bits and channels
            resolved = resolved.replace(color_mode=image.color_mode, color_depth=image.color_depth)
            # Its pictures see the range of the movie, as they do in a job of one process.
            if settings.frames is not None:
                resolved = resolved.replace(frame_start=made.frames[0], frame_end=made.frames[-1])
        for prefix in (FRAMES_PREFIX, MOVIE_PREFIX):
            remove_abandoned(output.folder, prefix)
        return {
            "settings": settings_to_wire(resolved),
            "frames": frames_text(made.frames),
            "skipped": frames_text(made.skipped),
            "is_movie": output.is_movie,
            "folder": str(output.folder),
            "patterns": [[pattern.before, pattern.width, pattern.after] for pattern in output.files.patterns],
            "warnings": [*version_warnings(), *missing_files(scene), *in_order],
            "in_order": bool(in_order),
        }


async def frames(request: Mapping[str, Any], emit: Emit) -> dict[str, Any]:
    """Render frames. An event tells of each frame when its files have their final names.

    Raises:
        RenderError: as `render_animation`; its files and frames are those that have their final names.
    """
    await loaded.reload()
    settings = loaded.settings(request["settings"])
    destination = await loaded.destination(settings)
    wanted = frames_from_text(request["frames"])
    if destination.is_movie:
        raise RenderError("file_format is a movie; frames are pictures: render PNG, and encode the movie afterwards")
    files = destination.files(wanted)
    folder, path = files.extremes[0].parent, str(settings.filepath)
    # The mark of a dead worker is no other computer's. Else the plan has cleaned up, once for all chunks.
    cleans_up = destination.marks and not destination.overwrites
    with owned_folder(folder, path, cleans_up=cleans_up) as hidden:
        delivery = Delivery(hidden.path, files, emit)
        others = [] if destination.overwrites else [frame for frame in wanted if _is_there(files, frame)]
        for frame in others:
            delivery.skip(frame)
        left = wanted.without(others)
        if not left:
            return {"seconds": 0.0, "warnings": []}
        if destination.marks:
            with writing_in(folder, path):
                hidden.mark(file for frame in left for file in files[frame])
        staged = settings.replace(
            frames=frames_text(left), filepath=delivery.template, use_overwrite=True, use_placeholder=False
        )
        listener = Listener(delivery.deliver, progress_events(emit), delivery.begin)
        with delivery.naming_final_files():
            result, _ = await render(Request.of(staged), listener)
    return {"seconds": result.seconds, "warnings": list(result.warnings)}


def _is_there(files: FrameFiles, frame: int) -> bool:
    return all(file.exists() for file in files[frame])
