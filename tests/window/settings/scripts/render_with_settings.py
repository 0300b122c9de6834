"""Renders with settings of every kind."""

from __future__ import annotations

import async_render as ar

settings = ar.RenderSettings(
    filepath="//out/{camera}_{frame:04d}",
    resolution_x=64,
    resolution_y=48,
    file_format="JPEG",
    frames="1-2",
    frame_start=1,
    frame_end=2,
    film_transparent=True,
    overrides={"cycles.max_bounces": 3},
)
ar.run(ar.render_animation(settings))
