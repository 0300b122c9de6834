"""The result of a render."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A finished render. Each of its files was checked to its end, and is complete.

    Attributes:
        frames: the frames that were rendered, in order.
        files: the absolute paths of the files: a picture for each frame (and view), or one movie.
        seconds: seconds that Blender's render jobs took, from their start until they were gone.
        frame_seconds: seconds that each frame took.
        skipped: the frames that were not rendered since their files were there. With `resume=True` these files are
            complete; where the scene does not overwrite, they exist. A frame that has files for some views only is
            rendered, and all its files are written again. (Blender alone would leave the frame out.)
        warnings: reasons why the pictures may differ from what was meant. An example are drivers that Blender blocked,
            since the user does not let files run scripts. The log has the warnings, too.

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
