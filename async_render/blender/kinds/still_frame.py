"""The frame of a still, which may be before frame 0, or between two frames."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import bpy

from ...render.frames import MAX_FRAME
from ..datablocks import by_uid
from ..quirks.versions import FILE_OUTPUTS_TELL_STILLS
from ..settings.picture_sources import writes_side_files
from ..settings.properties import go_to


@dataclass(frozen=True)
class StillFrame:
    """A frame and a part of a frame, as Blender has them in `Scene.frame_current` and `Scene.frame_subframe`.

    A frame without a part is rendered as an animation of one frame, which leaves the frame of the window as it is.
    Animations begin at frame 0 and know no sub-frames. Other frames take *Render Image*, which renders the frame at
    which the scene stands. So do frames that an animation changes: see `_tells_animations`.

    Attributes:
        given: the frame; None: the scene's current frame, with its sub-frame, when the render begins.
        subframe: the part of a frame that is added; below zero before frame 0.
        takes_image: whether an animation of this frame is another picture, or has other files beside it.
    """

    given: int | None = None
    subframe: float = 0.0
    takes_image: bool = False

    @classmethod
    def at(cls, frame: float | None) -> StillFrame:
        """Return the frame that a user gives.

        Raises:
            TypeError: the frame is no number.
            ValueError: Blender has no such frame.
        """
        if frame is None:
            return cls()
        kind: type = type(frame)
        if not issubclass(kind, int | float) or kind is bool:
            raise TypeError(f"frame={frame!r} is not a number; write for example 12, 12.5 or -3")
        if not -MAX_FRAME <= frame <= MAX_FRAME:  # NaN is not between them
            raise ValueError(f"frame={frame} is not between {-MAX_FRAME} and {MAX_FRAME}")
        return cls(int(frame), frame - int(frame))

    def of(self, scene: bpy.types.Scene) -> StillFrame:
        """Return the frame, once the render begins in this scene."""
        return self if self.given is not None else StillFrame(scene.frame_current, scene.frame_subframe)

    def in_settings_of(self, scene: bpy.types.Scene) -> StillFrame:
        """Return the frame for a scene that has the settings of the render."""
        return replace(self, takes_image=_tells_animations(scene))

    @property
    def number(self) -> int:
        """The frame's number, once the render has begun."""
        assert self.given is not None
        return self.given

    @property
    def is_image(self) -> bool:
        """Whether the frame takes *Render Image*."""
        return self.number < 0 or bool(self.subframe) or self.takes_image

    @contextmanager
    def shown_in(self, scene: bpy.types.Scene) -> Iterator[None]:
        """Let the scene stand at this frame inside the `with` block, where *Render Image* needs it.

        Where markers bind cameras, the scene has the camera of the frame, as after a click into the timeline. At the
        end the scene stands where it stood, unless it is gone.
        """
        before, uid = StillFrame(scene.frame_current, scene.frame_subframe), scene.session_uid
        if not self.is_image or self._is_same(before):
            yield
            return
        try:
            self._show(scene)
            yield
        finally:
            now = by_uid(bpy.data.scenes, uid)
            if now is not None:
                before._show(now)

    def _is_same(self, other: StillFrame) -> bool:
        return math.isclose(self.number + self.subframe, other.number + other.subframe, rel_tol=1e-9, abs_tol=1e-6)

    def _show(self, scene: bpy.types.Scene) -> None:
        go_to(scene, self.number + self.subframe)


def _tells_animations(scene: bpy.types.Scene) -> bool:
    """Return whether an animation of one frame is another picture than *Render Image*, or has other files beside it.

    *File Output* nodes have names of their own. The preview of an EXR file is named after the file that is written
    first: `poster.exr0001.jpg`.
    """
    image: Any = scene.render.image_settings
    has_preview = getattr(image, "use_preview", False)
    return has_preview or (FILE_OUTPUTS_TELL_STILLS and writes_side_files(scene))
