"""Texts of frames, such as `1-10, 20, 31-`: read as a list of frames, and written."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from .errors import quoted
from .frame_list import FrameList

MAX_FRAME = 1_048_574
"""Blender's last frame: MAXFRAME in source/blender/makesdna/DNA_scene_types.h. The first frame is its negative."""

_PART = re.compile(
    r"(?P<without>\^\s*+)?"
    r"(?P<first>[+-]?\d{1,9})?"
    r"(?:\s*+(?P<to>\.\.|-)\s*+(?P<last>[+-]?\d{1,9})?)?"
    r"(?:\s*+x\s*+(?P<step>\d{1,9}))?"
)
"""One part of a text of frames. No `\\s*` gives spaces back to the one behind it: with two of them a megabyte of spaces
after a `^` would take hours."""


def frame_list(text: str, start: int, end: int) -> FrameList:
    """Return the frames that a text names. The time grows with the text, and not with the frames.

    Commas separate the parts. A part is one of these:
    - a frame: `7`
    - a range, with both its ends: `1-10`, or `1..10` as Blender's `-f` has it
    - every second frame of a range: `1-10x2`
    - an open range: `31-` or `..9`
    - a frame counted from `start`: `+5`, as for `-f`
    - any of these after `^`: its frames are left out, wherever the part stands: `1-100, ^40-60`

    Where all parts leave out frames, they are taken from the scene's range: `^40-60`. An open range that is left out
    has no other end: `^90-` leaves out all frames from 90 on, whatever the scene's last frame is.

    A `-` before a number makes the number negative: `-5--1`. (For `-f` it counts from the end: `parse_int_relative` in
    source/creator/creator_args.cc. Then no text could name a negative frame.)

    Args:
        text: the text.
        start: the first frame of the scene, where `..9` begins and from which `+5` counts.
        end: the last frame of the scene, where `31-` ends.

    Returns:
        The frames.

    Raises:
        ValueError: a part cannot be read, is empty, runs backwards, or is beyond Blender's frames. Or no frame is left.

    Example:
        >>> tuple(frame_list("1-3, 7, 10..", start=1, end=12))
        (1, 2, 3, 7, 10, 11, 12)
        >>> tuple(frame_list("1-9x2, ^4-6", start=1, end=12))
        (1, 3, 7, 9)
    """
    named: list[range] = []
    left_out: list[range] = []
    for match in _parts(text):
        (left_out if match["without"] else named).append(_range(match, text, start, end))
    pieces = _united(named or [range(start, end + 1)])
    frames = FrameList(_marked(pieces, _united(left_out)) if left_out else pieces)
    if not frames:
        raise ValueError(f"frames={quoted(text)} leaves out all its frames; the scene's are {start}-{end}")
    return frames


@lru_cache(maxsize=16)
def check_frames(text: str) -> None:
    """Raise ValueError when a text of frames cannot be read, whatever range the scene has.

    Correct texts are cached: settings are checked at each `replace`, and a text may have a megabyte.
    """
    for match in _parts(text):
        if "+" not in match[0]:
            _range(match, text, -MAX_FRAME, MAX_FRAME)


def _parts(text: str) -> Iterator[re.Match[str]]:
    if not text.strip():
        raise ValueError(f"frames={quoted(text)} names no frame; write for example '1-10, 20, 31-'")
    return (_part(part.strip(), text) for part in text.split(","))


def _part(part: str, text: str) -> re.Match[str]:
    match = _PART.fullmatch(part)
    if match is None or (match["first"] is None and match["to"] is None):
        raise ValueError(
            f"frames={quoted(text)}: the part {quoted(part)} is no frame and no range; "
            "write 7, 1-10, 1..10, 1-10x2, 31-, +5 or ^4-6"
        )
    return match


def _range(match: re.Match[str], text: str, start: int, end: int) -> range:
    open_start, open_end = (-MAX_FRAME, MAX_FRAME) if match["without"] else (start, end)
    first = open_start if match["first"] is None else _number(match["first"], start)
    last = first
    if match["to"] is not None:
        last = open_end if match["last"] is None else _number(match["last"], start)
    step = int(match["step"] or 1)
    problem = None
    if step == 0 or (match["step"] and match["to"] is None):
        problem = "has a step that cannot be; write 1-10x2 for every second frame of a range"
    elif last < first:
        problem = f"ends at frame {last}, before it begins at {first}"
    elif first < -MAX_FRAME or last > MAX_FRAME:
        problem = f"is not between Blender's frames {-MAX_FRAME} and {MAX_FRAME}"
    if problem is not None:
        raise ValueError(f"frames={quoted(text)}: the part {match[0]!r} {problem}")
    found = range(first, last + 1, step)
    return found if len(found) > 1 else range(first, first + 1)


def _number(text: str, start: int) -> int:
    return start + int(text) if text.startswith("+") else int(text)


def _united(ranges: Iterable[range]) -> list[range]:
    """Return the frames of ranges as pieces for a `FrameList`.

    Ranges with the same step whose frames fit together are joined first, so that few ranges are left of a long text.
    Only where these overlap, frames are marked one by one.
    """
    alike: dict[tuple[int, int], list[range]] = {}
    for item in dict.fromkeys(ranges):
        alike.setdefault((item.step, item.start % item.step), []).append(item)
    pieces = sorted((piece for items in alike.values() for piece in _end_to_end(items)), key=lambda piece: piece.start)
    if all(before[-1] < after[0] for before, after in pairwise(pieces)):
        return pieces
    return list(_marked(pieces))


def _end_to_end(items: list[range]) -> Iterator[range]:
    """Yield ranges of one step, joined where they touch or overlap."""
    joined = range(0)
    for item in sorted(items, key=lambda item: item.start):
        if joined and item[0] <= joined[-1] + item.step:
            joined = range(joined[0], max(joined[-1], item[-1]) + 1, item.step)
        else:
            if joined:
                yield joined
            joined = item
    yield joined


def _marked(pieces: list[range], left_out: Iterable[range] = ()) -> Iterator[range]:
    """Yield the frames of ranges that overlap, by one mark for each frame. Python sets all marks of a range in one
    operation.

    Args:
        pieces: the ranges, in the order of their first frames.
        left_out: the ranges whose frames are not marked.
    """
    first, last = pieces[0][0], max(piece[-1] for piece in pieces)
    marks = bytearray(last - first + 1)
    for piece in pieces:
        marks[piece[0] - first : piece[-1] - first + 1 : piece.step] = b"\1" * len(piece)
    for piece in left_out:
        inside = piece[bisect_left(piece, first) : bisect_left(piece, last + 1)]
        if inside:
            marks[inside[0] - first : inside[-1] - first + 1 : inside.step] = bytes(len(inside))
    begin = marks.find(1)
    while begin >= 0:
        end = marks.find(0, begin)
        end = len(marks) if end < 0 else end
        yield range(first + begin, first + end)
        begin = marks.find(1, end)


def frames_text(frames: Iterable[int]) -> str:
    """Return the text of frames, in ascending order and each once, as `RenderSettings.frames` takes them.

    Example:
        >>> frames_text((1, 2, 3, 7, 10, 20, 30))
        '1-3, 7, 10-30x10'
    """
    return ", ".join(map(_piece_text, FrameList.of(frames).ranges))


def _piece_text(piece: range) -> str:
    if len(piece) < 3:
        return ", ".join(map(str, piece))
    return f"{piece[0]}-{piece[-1]}" + (f"x{piece.step}" if piece.step > 1 else "")
