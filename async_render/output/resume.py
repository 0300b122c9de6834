"""Going on after a crash or a power cut: which frames are still to be rendered.

A movie cannot be resumed. It is one file of all frames, and FFmpeg writes its index last: what a crash leaves is no
movie. Then every frame of it is missing; render pictures where a night may be cut short.
"""

from dataclasses import dataclass

from ..render.frame_list import FrameList
from .frame_files import FrameFiles
from .integrity import find_damage


@dataclass(frozen=True)
class Missing:
    """The frames that have to be rendered.

    Attributes:
        frames: those of which a file is missing or damaged.
        whole: all others.
        reasons: of those that have a file, the first of their files that is not whole, and why.
    """

    frames: FrameList
    complete: FrameList
    reasons: dict[int, str]


def missing_frames(files: FrameFiles, *, any_format: bool = False) -> Missing:
    """The frames that have to be rendered, since one of their files is missing or damaged.

    Placeholders, which Blender makes for other computers, are empty files, and so are missing frames.

    Args:
        files: the files of each frame: one, or one for each view; none of a movie.
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
        whole: those of which every view has one, whatever is in it.
        partial: those of which some views have one.
    """

    complete: FrameList
    partial: FrameList


def existing_frames(files: FrameFiles) -> Existing:
    """The frames that have files, as Blender sees it where it does not overwrite.

    Blender leaves a frame out when *one* of its views has a file: `RE_RenderAnim` in
    source/blender/render/intern/pipeline.cc.

    Args:
        files: the files of each frame: one, or one for each view.
    """
    there = {frame: [file.exists() for file in files[frame]] for frame in files.begun()}
    complete = [frame for frame, views in there.items() if all(views)]
    partial = [frame for frame, views in there.items() if any(views) and not all(views)]
    return Existing(FrameList.of(complete), FrameList.of(partial))
