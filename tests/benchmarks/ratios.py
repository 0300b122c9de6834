"""Our time beside Blender's, on a machine whose speed changes."""

from __future__ import annotations

from statistics import fmean, median, quantiles, stdev


def beside(ratios: list[tuple[float, ...]], own: str) -> str:
    """Our ratio in the median and the mean, and between what half of the ratios of Blender's own to itself are.

    Args:
        ratios: ours, and the second of Blender's two, each to the mean of Blender's two around ours.
        own: Blender's way.
    """
    ours, theirs = zip(*ratios, strict=True)
    low, _, high = quantiles([ratio / (2 - ratio) for ratio in theirs], n=4)
    error = stdev(ours) / len(ours) ** 0.5
    return f"{median(ours):.3f} × {own} (mean {fmean(ours):.3f} ± {error:.3f}; beside itself {low:.3f}–{high:.3f})"
