"""The range of a job: which frames Blender renders, while the scene keeps its own range.

Drivers, handlers, scene strips, simulation zones and the time modifier of Grease Pencil read the range of the scene. A
picture must be the same in a render of the whole scene, in a chunk of its frames, and as a still. So a job of pictures
has its range beside the scene's.

- From 5.0 on the operator takes the first and the last frame. It takes no step.
- Before 5.0, and for a step, the scene has the job's values until Blender has read them. `JobRequest.on_first_frame`
  restores the scene's own values when the first frame begins.
- A movie needs its range in the scene to its end: Blender reads there where the sound begins, and the numbers in the
  movie's name. The operator's `frame_start` changes neither (tried in 5.0, 5.1 and 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ..quirks.versions import RENDER_TAKES_RANGE
from ..settings.frame_range import own_range

FIELDS = ("frame_start", "frame_end", "frame_step")
"""The fields of settings that are a range; the properties of a scene have the same names."""


@dataclass(frozen=True, slots=True)
class JobRange:
    """The range of one job.

    Attributes:
        properties: the properties of the render operator.
        start: the first frame that the scene must have when the job begins; None: its own.
        end: the last frame that the scene must have; None: its own.
        step: the step that the scene must have; None: its own.
        is_kept: whether the scene must have them until the job ends.
    """

    properties: dict[str, Any]
    start: int | None = None
    end: int | None = None
    step: int | None = None
    is_kept: bool = False

    @property
    def is_restored_early(self) -> bool:
        """Whether the scene's own range is restored once Blender has read the job's."""
        return not self.is_kept and (self.start, self.step) != (None, None)


def job_range(scene: bpy.types.Scene, frames: range, *, is_image: bool, is_movie: bool) -> JobRange:
    """Return the range of a job.

    Args:
        scene: the scene, with the settings of the render.
        frames: the frames of the job.
        is_image: whether *Render Image* renders the frame at which the scene stands.
        is_movie: whether all frames go into one file.
    """
    if is_image:
        return JobRange({"write_still": True})
    if frames == own_range(scene):
        return JobRange({"animation": True})
    step = None if len(frames) == 1 or scene.frame_step == frames.step else frames.step
    if RENDER_TAKES_RANGE and not is_movie:
        bounds = {"frame_start": frames[0], "frame_end": frames[-1]}
        return JobRange({"animation": True, **bounds}, step=step)
    return JobRange({"animation": True}, frames[0], frames[-1], step, is_kept=is_movie)
