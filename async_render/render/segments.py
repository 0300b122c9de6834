"""Segments: the frame ranges between timeline markers, named after the markers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Unpack

from .errors import RenderError
from .path_templates import file_name, twin_message, twins
from .setting_fields import SettingsFields
from .settings import RenderSettings


@dataclass(frozen=True, slots=True)
class Segment:
    """The frames from a timeline marker to the frame before the next one.

    Attributes:
        name: the marker's name, unchanged.
        frame_start: the first frame.
        frame_end: the last frame, included.
        scene: the name of the marker's scene.
        twin: another marker's name that gives the same file name on macOS or Windows, such as `intro` and `Intro`.

    Example:
        >>> for segment in ar.segments():
        ...     await ar.render_animation(segment.settings(filepath="//out/{segment}_{frame:04d}"))
    """

    name: str
    frame_start: int
    frame_end: int
    scene: str
    twin: str | None = field(default=None, repr=False, compare=False)

    @property
    def frames(self) -> range:
        """All frames, in order.

        Example:
            >>> ar.segments()[0].frames
            range(1, 49)
        """
        return range(self.frame_start, self.frame_end + 1)

    @property
    def filename(self) -> str:
        """The name as a part of a file name: without folders, and without `#`, which would be a frame number.

        Raises:
            RenderError: another marker has the same file name, here or on macOS and Windows.

        Example:
            >>> [segment.filename for segment in ar.segments()]
            ['Intro', 'Chase']
        """
        if self.twin is not None:
            raise RenderError(twin_message("segment", self.name, self.twin))
        return file_name(self.name)

    def settings(self, **changes: Unpack[SettingsFields]) -> RenderSettings:
        """Return `RenderSettings` for just this segment.

        Args:
            **changes: more fields of `RenderSettings`. They may replace those of the segment.

        Returns:
            The settings, with the segment's scene, name and frames.

        Raises:
            ValueError: no field can have the value.
            TypeError: there is no such field, or the value has a wrong type.

        Example:
            >>> intro = ar.segments()[0]
            >>> await ar.render_animation(intro.settings(filepath="//out/{segment}_####", samples=16))
        """
        fields: SettingsFields = {
            "scene": self.scene,
            "segment": self.name,
            "frame_start": self.frame_start,
            "frame_end": self.frame_end,
            **changes,
        }
        return RenderSettings(**fields)


def segments_between(
    markers: Iterable[tuple[int, str]], frame_start: int, frame_end: int, scene: str
) -> tuple[Segment, ...]:
    """Cut the range of a scene at its markers.

    A segment begins at its marker and ends before the next marker. The last segment ends with the scene. Frames before
    the first marker belong to no segment. Where several markers stand at one frame, the first gives the name.

    Args:
        markers: (frame, name) of each marker, in any order.
        frame_start: the first frame of the scene.
        frame_end: the last frame of the scene, included.
        scene: the scene's name.

    Returns:
        The segments, in the order of their frames.

    Raises:
        RenderError: no segment begins in the range.
    """
    names: dict[int, str] = {}
    for frame, name in sorted(markers, key=lambda marker: marker[0]):
        names.setdefault(frame, name)
    if not names:
        raise RenderError(f"scene={scene!r} has no timeline markers; add one at the first frame of each segment (M)")
    begins = list(names)
    twin_of = twins(names.values())
    ends = [frame - 1 for frame in begins[1:]] + [frame_end]
    found = tuple(
        Segment(names[begin], max(begin, frame_start), min(end, frame_end), scene, twin_of.get(names[begin]))
        for begin, end in zip(begins, ends, strict=True)
        if begin <= frame_end and end >= frame_start
    )
    if not found:
        raise RenderError(
            f"scene={scene!r} has all its timeline markers outside of its frames {frame_start}–{frame_end}; "
            "move a marker into them, or change the frames"
        )
    return found
