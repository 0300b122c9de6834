"""A file that is read with care: no read goes past its end, and no length in the file is trusted."""

from pathlib import Path
from typing import BinaryIO, Literal

MOST = 1 << 20
"""Bytes of the largest read, whatever a damaged header asks for."""

NEAR, AHEAD = 1 << 6, 1 << 16
"""Bytes of a read where a check jumps, and where it reads on. Reads that follow each other double, from the first to
the second. So an OpenEXR's thousands of chunks cost their heads only."""

ZERO_RUN = 512
"""Zero bytes that make a hole at the end of compressed data. A disk's smallest block has 512, and no encoder writes so
many."""

CALL = 16
"""Bytes that each read costs in addition: a file of many tiny parts takes time by their number."""

TIMES, FREE = 12, 1 << 16
"""Times the file's size, and bytes in addition, that a check may read.

A check takes linear time then, whatever a forged file says: all tags of a TIFF may point at the same megabyte. Complete
files cost at most 6 times their size: an OpenEXR of many parts and few pixels has headers only.
"""


class Damage(Exception):  # noqa: N818 - what was found, not what went wrong
    """The damage of a file, as the end of a sentence: `"is cut off after 1,234 of 5,678 bytes"`."""


class Source:
    """An open file and its size.

    Args:
        file: open for reading, in binary. Its buffer may be as small as `NEAR`.
        path: the file's name.
        size: bytes of the file.

    Attributes:
        cost: bytes that were spent; see `TIMES`.
    """

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file = file
        self._begin = 0
        self._block = b""
        self._ahead = NEAR
        self.path = path
        self.size = size
        self.cost = 0

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly these bytes. Raise `Damage` when the file ends before, or has no such offset."""
        if offset < 0 or not 0 <= length <= MOST:
            raise Damage(f"has an impossible length or place in it: {length:,} bytes at {offset:,}")
        self.require(offset + length)
        self._spend(length)
        data = self._data(offset, length)
        if len(data) < length:
            raise Damage(f"became shorter than {self.size:,} bytes while it was looked at")
        return data

    def read_name(self, offset: int, most: int) -> bytes:
        """Return the bytes before the next zero byte. Raise `Damage` when none of the next `most` bytes is zero."""
        self.require(offset + 1)
        name, end, _ = self._data(offset, most).partition(b"\0")
        self._spend(len(name))
        if not end:
            self.require(offset + most)
            raise Damage(f"is damaged after {offset:,} of {self.size:,} bytes")
        return name

    def _spend(self, length: int) -> None:
        self.cost += CALL + length
        if self.cost > FREE + TIMES * self.size:
            raise Damage("is damaged: its parts lie over each other, or are too many")

    def _data(self, offset: int, length: int) -> bytes:
        """Return these bytes, or fewer at the end of the file."""
        at = offset - self._begin
        if not 0 <= at <= at + length <= len(self._block):
            goes_on = 0 <= at <= len(self._block) + NEAR
            self._ahead = min(2 * self._ahead, AHEAD) if goes_on else NEAR
            self._file.seek(offset)
            self._begin, self._block, at = offset, self._file.read(max(length, self._ahead)), 0
        return self._block[at : at + length]

    def read_up_to(self, offset: int, length: int) -> bytes:
        """Return these bytes, or fewer at the end of the file."""
        return self.read(offset, max(0, min(length, self.size - offset)))

    def number(self, offset: int, length: int, order: Literal["little", "big"] = "big") -> int:
        """Return the unsigned integer at an offset."""
        return int.from_bytes(self.read(offset, length), order)

    def require(self, end: int) -> None:
        """Raise `Damage` when the file has fewer than `end` bytes."""
        if end > self.size:
            raise Damage(f"is cut off after {self.size:,} of {end:,} bytes")

    def require_no_hole_before(self, end: int) -> None:
        """Raise `Damage` when the `ZERO_RUN` bytes before `end` are zeros, as after a power cut. Only for compressed
        data."""
        if end >= ZERO_RUN and not any(self.read(end - ZERO_RUN, ZERO_RUN)):
            raise Damage(f"ends with {ZERO_RUN} zero bytes or more: its end was never written")


def cut_off(source: Source) -> Damage:
    """Return the `Damage` of a truncated file whose full size is not known."""
    return Damage(f"is cut off after {source.size:,} bytes")
