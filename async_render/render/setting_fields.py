"""The fields of `RenderSettings` as keywords, for type checkers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypedDict

from .names import BlenderData
from .setting_values import GivenValue

RenderDisplay = Literal["NONE", "AREA", "SCREEN", "WINDOW"]


class StillFields(TypedDict, total=False):
    """The fields that a still takes as keywords: all but the frames. `RenderSettings` describes each.

    Example:
        >>> from typing import Unpack
        >>> async def render_card(**fields: Unpack[ar.StillFields]):
        ...     return await ar.render_still(frame=1, **{"filepath": "//card", **fields})
        >>> await render_card(camera="Camera.Top")
    """

    scene: str | BlenderData | None
    view_layers: Sequence[str | BlenderData] | None
    camera: str | BlenderData | None
    filepath: str | os.PathLike[str] | None
    resolution_x: int | None
    resolution_y: int | None
    resolution_percentage: int | None
    border: Sequence[float] | None
    use_crop_to_border: bool | None
    engine: str | None
    samples: int | None
    use_denoising: bool | None
    film_transparent: bool | None
    use_persistent_data: bool | None
    use_compositing: bool | None
    use_sequencer: bool | None
    use_overwrite: bool | None
    use_placeholder: bool | None
    render_display_type: RenderDisplay | None
    file_format: str | None
    color_mode: str | None
    color_depth: str | None
    exr_codec: str | None
    quality: int | None
    compression: int | None
    container: str | None
    video_codec: str | None
    audio_codec: str | None
    segment: str | None
    overrides: Mapping[str, GivenValue] | None


class SettingsFields(StillFields, total=False):
    """The fields of `RenderSettings` as keywords. A function that hands them on is typed with `Unpack`.

    Example:
        >>> from typing import Unpack
        >>> async def render_draft(**fields: Unpack[ar.SettingsFields]):
        ...     return await ar.render_animation(**{"resolution_percentage": 25, "samples": 16, **fields})
        >>> await render_draft(filepath="//draft/####")
    """

    frame_start: int | None
    frame_end: int | None
    frame_step: int | None
    frames: str | Iterable[int] | None


FRAME_FIELDS = ("frames", "frame_start", "frame_end", "frame_step")
"""The fields that a still does not take."""
