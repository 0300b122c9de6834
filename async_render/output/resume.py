"""The frames that are still to be rendered after a crash or a power cut.

A movie cannot be resumed. A movie is one file of all frames, and FFmpeg writes its index last, so a crash leaves a file
that no player opens. Then all its frames are missing. Render pictures where a night may be cut short.
"""

from dataclasses import dataclass

from ..render.frame_list import FrameList
from .frame_files import FrameFiles
from .integrity import find_damage


@dataclass(frozen=True)
class Missing:
    """The frames that must be rendered, and all others.

    Attributes:
        frames: the frames of which a file is missing or damaged.
        complete: all other frames.
        reasons: the first incomplete file, and its damage, of each frame in `frames` that has a file.
    """

    frames: FrameList
    complete: FrameList
    reasons: dict[int, str]


def missing_frames(files: FrameFiles, *, any_format: bool = False) -> Missing:
    """Return the frames that must be rendered since one of their files is missing or damaged.

    A placeholder, which Blender makes for other computers, is an empty file. Its frame counts as missing.

    Args:
        files: the files of each frame. A movie is not possible here.
        any_format: as `find_damage` takes it.

    Example:
        >>> missing_frames(FrameFiles(FrameList([range(1, 3)]), [FilePattern("f_", 4, ".png")])).reasons
        {2: 'f_0002.png is empty'}
    """
    begun = files.begun()
    reasons = {frame: reason for frame in begun if (reason := _reason(files, frame, any_format)) is not None}
    complete = begun.without(reasons)
    return Missing(files.frames.without(complete), complete, reasons)


def _reason(files: FrameFiles, frame: int, any_format: bool) -> str | None:
    damages = ((file, find_damage(file, any_format=any_format)) for file in files[frame])
    return next((f"{file} {damage}" for file, damage in damages if damage), None)


@dataclass(frozen=True)
class Existing:
    """The frames that have files.

    Attributes:
        complete: the frames that have a file for every view, whatever the files contain.
        partial: the frames that have files for some views only.
    """

    complete: FrameList
    partial: FrameList


def existing_frames(files: FrameFiles) -> Existing:
    """Return the frames that have files, as Blender sees them where it does not overwrite.

    Blender leaves a frame out when *one* of its views has a file: `RE_RenderAnim` in
    source/blender/render/intern/pipeline.cc.

    Args:
        files: the files of each frame: one, or one for each view.
    """
    there = {frame: [file.exists() for file in files[frame]] for frame in files.begun()}
    complete = [frame for frame, views in there.items() if all(views)]
    partial = [frame for frame, views in there.items() if any(views) and not all(views)]
    return Existing(FrameList.of(complete), FrameList.of(partial))
