"""The timeline markers of a scene, as segments."""

from __future__ import annotations

from ...render.names import KnownName
from ...render.segments import Segment, segments_between
from .recovery import own_value
from .scenes import find_scene


def segments(scene: str | None = None) -> tuple[Segment, ...]:
    """The segments of a scene: the frames from each timeline marker to the frame before the next one.

    The last segment ends with the scene's frame range, and nothing outside of that range belongs to a segment.

    Args:
        scene: its name; None: the window's scene.

    Returns:
        The segments, in the order of their frames.

    Raises:
        RenderError: there is no such scene, or none of its markers begins a segment.

    Example:
        >>> [(segment.name, segment.frame_start, segment.frame_end) for segment in ar.segments()]
        [('Intro', 1, 48), ('Chase', 49, 120)]
    """
    found = find_scene(scene)
    markers = [(marker.frame, marker.name) for marker in found.timeline_markers]
    start, end = (own_value(found, name) for name in ("frame_start", "frame_end"))  # whatever is rendered just now
    return segments_between(markers, start, end, KnownName(found.name, found.session_uid))
