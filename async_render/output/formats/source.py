"""A file that is looked at with care: reads never go past its end, and no length in it is believed."""

from pathlib import Path
from typing import BinaryIO, Literal

MOST = 1 << 20
"""No read is larger, whatever a damaged header asks for."""

NEAR, AHEAD = 1 << 6, 1 << 16
"""Bytes read at once where a checker jumps, and where it goes on after its last read; from one to the other they double
with each read. Of the thousands of chunks of an OpenEXR only the heads are read."""

ZERO_RUN = 512
"""So many zero bytes at the end of compressed data are a hole: a disk's smallest block, and no encoder ends so."""

CALL = 16
"""What a read costs beside its bytes, in bytes: a file of tiny parts takes its time by their number."""

TIMES, FREE = 12, 1 << 16
"""A file's checker may spend this many times the file's size, and this many bytes more.

So it takes linear time, whatever a forged file tells: all tags of a TIFF may point at the same megabyte. Whole files
cost at most 6 times their size: an OpenEXR of many parts and few pixels, which is all headers."""


class Damage(Exception):  # noqa: N818 - what was found, not what went wrong
    """What is wrong with the file, as the end of a sentence: `"is cut off after 1,234 of 5,678 bytes"`."""


class Source:
    """An open file and its size.

    Args:
        file: open for reading, in binary; its buffer may be as small as `NEAR`.
        path: its name.
        size: bytes.

    Attributes:
        cost: what was spent, in bytes; see `TIMES`.
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
        """Exactly those bytes; `Damage` when the file ends before, or has no such place."""
        if offset < 0 or not 0 <= length <= MOST:
            raise Damage(f"has an impossible length or place in it: {length:,} bytes at {offset:,}")
        self.require(offset + length)
        self._spend(length)
        data = self._data(offset, length)
        if len(data) < length:
            raise Damage(f"became shorter than {self.size:,} bytes while it was looked at")
        return data

    def read_name(self, offset: int, most: int) -> bytes:
        """The bytes before the next zero byte; `Damage` when there is none within `most` bytes."""
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
        """Those bytes, or fewer at the end of the file."""
        at = offset - self._begin
        if not 0 <= at <= at + length <= len(self._block):
            goes_on = 0 <= at <= len(self._block) + NEAR
            self._ahead = min(2 * self._ahead, AHEAD) if goes_on else NEAR
            self._file.seek(offset)
            self._begin, self._block, at = offset, self._file.read(max(length, self._ahead)), 0
        return self._block[at : at + length]

    def read_up_to(self, offset: int, length: int) -> bytes:
        """Those bytes, or fewer at the end of the file."""
        return self.read(offset, max(0, min(length, self.size - offset)))

    def number(self, offset: int, length: int, order: Literal["little", "big"] = "big") -> int:
        """The unsigned integer there."""
        return int.from_bytes(self.read(offset, length), order)

    def require(self, end: int) -> None:
        """`Damage` when the file has fewer than `end` bytes."""
        if end > self.size:
            raise Damage(f"is cut off after {self.size:,} of {end:,} bytes")

    def require_no_hole_before(self, end: int) -> None:
        """`Damage` when the `ZERO_RUN` bytes before `end` are zeros: what a power cut leaves. For compressed data."""
        if end >= ZERO_RUN and not any(self.read(end - ZERO_RUN, ZERO_RUN)):
            raise Damage(f"ends with {ZERO_RUN} zero bytes or more: its end was never written")


def cut_off(source: Source) -> Damage:
    """`Damage` for a file whose full size is not known."""
    return Damage(f"is cut off after {source.size:,} bytes")
