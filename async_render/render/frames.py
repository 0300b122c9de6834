"""Frame lists: read from text, and cut into the ranges that Blender can render in one go."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_FRAME = 1_048_574
"""Blender's last frame: MAXFRAME in source/blender/makesdna/DNA_scene_types.h; its first is the negative of it."""

_PART = re.compile(
    r"(?P<first>[+-]?\d{1,9})?"
    r"(?:\s*(?P<to>\.\.|-)\s*(?P<last>[+-]?\d{1,9})?)?"
    r"(?:\s*x\s*(?P<step>\d{1,9}))?"
)


def parse_frames(text: str, start: int, end: int) -> tuple[int, ...]:
    """The frames that a text names, in order and each once, whatever the order in the text.

    Parts are separated by commas: a frame `7`, a range `1-10` or `1..10` (as Blender's `-f`) with both ends in it,
    every second frame of it `1-10x2`, an open range `31-` or `..9`. `+5` counts from `start`, as for `-f`. A `-` before
    a number makes it negative, `-5--1`; for `-f` it would count from the end (`parse_int_relative` in
    source/creator/creator_args.cc), and then no list could name a negative frame.

    Args:
        text: the list.
        start: first frame of the scene, where `..9` begins and from where `+5` counts.
        end: last frame of the scene, where `31-` ends.

    Raises:
        ValueError: a part that cannot be read, is empty, runs backwards, or is beyond Blender's frames.

    Example:
        >>> parse_frames("1-3, 7, 10..", start=1, end=12)
        (1, 2, 3, 7, 10, 11, 12)
    """
    ranges = [_range(match, text, start, end) for match in _parts(text)]
    if len(ranges) == 1:
        return tuple(ranges[0])
    return tuple(sorted(set().union(*ranges)))


def check_frames(text: str) -> None:
    """Raise ValueError when a list cannot be read, whatever the scene's range is."""
    for match in _parts(text):
        if "+" not in match[0]:
            _range(match, text, -MAX_FRAME, MAX_FRAME)


def _parts(text: str) -> list[re.Match[str]]:
    if not text.strip():
        raise ValueError(f"frames={text!r} names no frame; write for example '1-10, 20, 31-'")
    return [_part(part.strip(), text) for part in text.split(",")]


def _part(part: str, text: str) -> re.Match[str]:
    match = _PART.fullmatch(part)
    if match is None or (match["first"] is None and match["to"] is None):
        raise ValueError(
            f"frames={text!r}: the part {part!r} is no frame and no range; write 7, 1-10, 1..10, 1-10x2, 31- or +5"
        )
    return match


def _range(match: re.Match[str], text: str, start: int, end: int) -> range:
    where = f"frames={text!r}: the part {match[0]!r}"
    first = start if match["first"] is None else _number(match["first"], start)
    last = first
    if match["to"] is not None:
        last = end if match["last"] is None else _number(match["last"], start)
    step = int(match["step"] or 1)
    if step == 0 or (match["step"] and match["to"] is None):
        raise ValueError(f"{where} has a step that cannot be; write 1-10x2 for every second frame of a range")
    if last < first:
        raise ValueError(f"{where} ends at frame {last}, before it begins at {first}")
    if first < -MAX_FRAME or last > MAX_FRAME:
        raise ValueError(f"{where} is not between Blender's frames {-MAX_FRAME} and {MAX_FRAME}")
    return range(first, last + 1, step)


def _number(text: str, start: int) -> int:
    return start + int(text) if text.startswith("+") else int(text)


def runs(frames: Sequence[int]) -> tuple[range, ...]:
    """Cut frames into as few ranges of even steps as they allow; each is one animation of Blender's.

    Args:
        frames: in ascending order, each once.

    Returns:
        Ranges that end just after their last frame.

    Example:
        >>> runs((1, 2, 3, 10, 20, 30))
        (range(1, 4), range(10, 31, 10))
    """
    found: list[range] = []
    begin = 0
    while begin < len(frames):
        end = begin + 1
        step = frames[end] - frames[begin] if end < len(frames) else 1
        while end < len(frames) and frames[end] - frames[end - 1] == step:
            end += 1
        found.append(range(frames[begin], frames[end - 1] + 1, step if end > begin + 1 else 1))
        begin = end
    return tuple(found)
