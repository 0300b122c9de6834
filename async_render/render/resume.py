"""Going on after a crash or a power cut: which frames are still to be rendered.

A movie cannot be resumed. It is one file of all frames, and FFmpeg writes its index last: what a crash leaves is no
movie. Then every frame of it is missing; render pictures where a night may be cut short.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from .outputs import find_damage


def missing_frames(files: Mapping[int, Sequence[Path]]) -> dict[int, str]:
    """The frames that have to be rendered, since one of their files is missing or damaged.

    Each file is looked at once, however many frames share it (a movie). Placeholders, which Blender makes for other
    computers, are empty files, and so are missing frames.

    Args:
        files: the files of each frame: one, or one for each view.

    Returns:
        Those frames in the order of `files`, each with the first of its files that is not whole, and why.

    Example:
        >>> missing_frames({1: [Path("f_0001.png")], 2: [Path("f_0002.png")]})
        {2: 'f_0002.png is empty'}
    """
    damage = {
        file: find_damage(file) for file in dict.fromkeys(file for of_frame in files.values() for file in of_frame)
    }
    reasons = {frame: _reason(of_frame, damage) for frame, of_frame in files.items()}
    return {frame: reason for frame, reason in reasons.items() if reason}


def _reason(files: Sequence[Path], damage: Mapping[Path, str | None]) -> str | None:
    return next((f"{file} {damage[file]}" for file in files if damage[file]), None)
