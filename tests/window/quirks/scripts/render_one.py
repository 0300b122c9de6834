"""Renders a frame, and keeps what it returned."""

from __future__ import annotations

import async_render as ar

results: list[ar.RenderResult] = []


async def render() -> None:
    results.append(await ar.render_animation(ar.RenderSettings(frame_end=1, samples=1)))
