"""The options of a pool, checked before anything is started."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..render.errors import quoted
from .crew.member import Wear
from .worker_process.memory import NEEDED, free_memory

MOST_WORKERS = 256
"""Number of workers: beyond it a slip of the keyboard is more likely than such a machine."""

_UNITS = {"frames": 1, "frame": 1, "MB": 1, "GB": 1000}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """The options of a pool, as `BlenderPool` explains them."""

    workers: int
    blender: Path | None
    file: Path | None
    gpu: tuple[int, ...]
    wear: Wear
    nice: int
    start_timeout: float
    job_timeout: float | None
    tries: int
    log_folder: Path | None


def checked_options(
    workers: int | None,
    *,
    blender: str | os.PathLike[str] | None,
    file: str | os.PathLike[str] | None,
    gpu: Sequence[int] | None,
    recycle_after: int | str | None,
    nice: int,
    start_timeout: float,
    frame_timeout: float | None,
    job_timeout: float | None,
    tries: int,
    log_folder: str | os.PathLike[str] | None,
) -> PoolOptions:
    """Return the options.

    Raises:
        ValueError: names the option, its value and the remedy.
        TypeError: an option has the wrong type.
    """
    frames, megabytes = _wear_limits(recycle_after)
    return PoolOptions(
        workers=_workers(workers),
        blender=_path("blender", blender),
        file=_path("file", file),
        gpu=_devices(gpu),
        wear=Wear(frames, megabytes, _limit("frame_timeout", frame_timeout)),
        nice=_whole("nice", nice, 0, 19),
        start_timeout=seconds("start_timeout", start_timeout),
        job_timeout=_limit("job_timeout", job_timeout),
        tries=_whole("tries", tries, 1, 100),
        log_folder=_path("log_folder", log_folder),
    )


def _workers(given: int | None) -> int:
    if given is None:
        return max((os.cpu_count() or 1) // 2, 1)
    count = _whole("workers", given, 1, MOST_WORKERS)
    free = free_memory()
    if free is not None and count * NEEDED > free:
        fit = max(free // NEEDED, 1)
        raise ValueError(
            f"workers={count}: each needs {NEEDED >> 20} MB at least, and {free >> 20:,} MB are free; "
            f"write workers={fit} or fewer"
        )
    return count


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}={quoted(value)} is not a whole number; write {name}={least}, for example")
    if not least <= value <= most:
        raise ValueError(f"{name}={quoted(value)} is not between {least} and {most}")
    return value


def _limit(name: str, value: Any) -> float | None:
    """Return a number of seconds; None: no limit."""
    return None if value is None else seconds(name, value)


def seconds(name: str, value: Any) -> float:
    """Return a number of seconds, which must be given.

    Raises:
        ValueError: it is not more than zero.
        TypeError: it is not a number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}={quoted(value)} is not a number of seconds; write {name}=60, for example")
    if not 0 < value < float("inf"):
        raise ValueError(f"{name}={quoted(value)} is not more than 0 seconds; write {name}=60, for example")
    return float(value)


def _path(name: str, value: Any) -> Path | None:
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name}={quoted(value)} is not a path")
    text: str = os.fsdecode(value)
    if text == "" or "\0" in text:
        raise ValueError(f"{name}={quoted(text)} is not a path")
    return Path(text).absolute()


def _devices(given: Sequence[int] | None) -> tuple[int, ...]:
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        raise TypeError(f"gpu={quoted(given)} is not a list of devices; write gpu=[0, 1]")
    if not given:
        raise ValueError("gpu=[] names no device; write gpu=[0], or leave gpu out")
    return tuple(_whole("gpu", device, 0, 1000) for device in given)


def _wear_limits(given: Any) -> tuple[int | None, int | None]:
    """Return the frames and the megabytes after which a worker is replaced."""
    if given is None:
        return None, None
    if not isinstance(given, str):
        return _whole("recycle_after", given, 1, 1 << 30), None
    match = re.fullmatch(r"\s*(\d{1,9})\s*(frames?|MB|GB)\s*", given)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"recycle_after={quoted(given)}: write a number of frames, or '4000 MB'")
    count = int(match[1]) * _UNITS[match[2]]
    return (count, None) if match[2].startswith("frame") else (None, count)
