"""Our time beside Blender's, on a machine whose speed changes."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median, quantiles, stdev


def to_neighbours(own: float, ours: float, again: float) -> tuple[float, float]:
    """The ratios of ours, and of Blender's second, to the mean of Blender's two around ours.

    Beside both neighbours: a machine that becomes slower or faster meanwhile does not count.
    """
    return 2 * ours / (own + again), 2 * again / (own + again)


def beside(ratios: Sequence[tuple[float, float]], own: str) -> str:
    """Our ratio in the median and the mean, and between what half of the ratios of Blender's own to itself are.

    Args:
        ratios: as `to_neighbours` gives them.
        own: Blender's way.
    """
    ours, theirs = zip(*ratios, strict=True)
    low, _, high = quantiles([ratio / (2 - ratio) for ratio in theirs], n=4)
    error = stdev(ours) / len(ours) ** 0.5
    return f"{median(ours):.3f} × {own} (mean {fmean(ours):.3f} ± {error:.3f}; beside itself {low:.3f}–{high:.3f})"


def cpu_of_children() -> float:
    """The seconds of CPU time that child processes have used which are over."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of(pid: int) -> float:
    """The seconds of CPU time that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of_process(pid: int | None) -> float:
    """The megabytes of memory that a process has; None: this process."""
    pages = Path(f"/proc/{pid or os.getpid()}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
