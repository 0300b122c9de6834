"""What came of a render."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A finished render; its files have been looked at: each is whole.

    Attributes:
        frames: the frames that were rendered, in order.
        files: the absolute paths of what was written: a picture for each frame (and view), or one movie.
        seconds: how long Blender's render jobs took, from their start until they were gone.
        frame_seconds: how long each frame took.
        skipped: the frames that were not rendered because their files were there: those that `resume=True` found
            whole, or all that exist where the scene does not overwrite. A frame that has files for some of its views
            only is rendered, and its files are written again: Blender alone would leave it out.
        warnings: what may make the pictures other than they were meant, such as drivers of the file that Blender
            blocked, since the user does not let files run scripts. They are logged, too.

    Example:
        >>> result = await ar.render_animation()
        >>> print(len(result.frames), "frames in", round(result.seconds, 1), "s, the last one:", result.files[-1])
    """

    frames: tuple[int, ...]
    files: tuple[Path, ...]
    seconds: float
    frame_seconds: Mapping[int, float] = field(default_factory=dict, hash=False)
    skipped: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
