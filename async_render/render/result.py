"""What came of a render."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenderResult:
    """A finished render; its files have been looked at: each exists and has content.

    Attributes:
        frames: the frames that were rendered, in order.
        files: the absolute paths of what was written: a picture for each frame (and view), or one movie.
        seconds: how long Blender's render job took, from its start until it was gone.

    Example:
        >>> result = await ar.render_animation()
        >>> print(len(result.frames), "frames in", round(result.seconds, 1), "s, the last one:", result.files[-1])
    """

    frames: tuple[int, ...]
    files: tuple[Path, ...]
    seconds: float
