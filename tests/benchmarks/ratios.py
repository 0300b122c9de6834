"""Our time beside Blender's, on a machine whose speed changes."""

from __future__ import annotations

from statistics import median, quantiles


def beside(ratios: list[tuple[float, ...]], own: str) -> str:
    """Our ratio in the median, and how far Blender's own differs from itself: half of its ratios are between these.

    Args:
        ratios: ours, and the second of Blender's two, each to the mean of Blender's two around ours.
        own: Blender's way.
    """
    ours, theirs = zip(*ratios, strict=True)
    low, _, high = quantiles([ratio / (2 - ratio) for ratio in theirs], n=4)
    return f"{median(ours):.3f} × {own} (beside itself {low:.3f}–{high:.3f})"
