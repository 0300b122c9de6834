"""A file that is looked at with care: reads never go past its end, and no length in it is believed."""

from pathlib import Path
from typing import BinaryIO, Literal

MOST = 1 << 20
"""No read is larger, whatever a damaged header asks for."""

ZERO_RUN = 512
"""So many zero bytes at the end of compressed data are a hole: a disk's smallest block, and no encoder ends so."""


class Damage(Exception):  # noqa: N818 - what was found, not what went wrong
    """What is wrong with the file, as the end of a sentence: `"is cut off after 1,234 of 5,678 bytes"`."""


class Source:
    """An open file and its size.

    Args:
        file: open for reading, in binary.
        path: its name.
        size: bytes.
    """

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file = file
        self.path = path
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly those bytes; `Damage` when the file ends before, or has no such place."""
        if offset < 0 or not 0 <= length <= MOST:
            raise Damage(f"has an impossible length or place in it: {length:,} bytes at {offset:,}")
        self.reaches(offset + length)
        self._file.seek(offset)
        data = self._file.read(length)
        if len(data) < length:
            raise Damage(f"became shorter than {self.size:,} bytes while it was looked at")
        return data

    def read_up_to(self, offset: int, length: int) -> bytes:
        """Those bytes, or fewer at the end of the file."""
        return self.read(offset, max(0, min(length, self.size - offset)))

    def number(self, offset: int, length: int, order: Literal["little", "big"] = "big") -> int:
        """The unsigned integer there."""
        return int.from_bytes(self.read(offset, length), order)

    def reaches(self, end: int) -> None:
        """`Damage` when the file has fewer than `end` bytes."""
        if end > self.size:
            raise Damage(f"is cut off after {self.size:,} of {end:,} bytes")

    def has_no_hole_before(self, end: int) -> None:
        """`Damage` when the `ZERO_RUN` bytes before `end` are zeros: what a power cut leaves. For compressed data."""
        if end >= ZERO_RUN and not any(self.read(end - ZERO_RUN, ZERO_RUN)):
            raise Damage(f"ends with {ZERO_RUN} zero bytes or more: its end was never written")


def cut_off(source: Source) -> Damage:
    """`Damage` for a file whose full size is not known."""
    return Damage(f"is cut off after {source.size:,} bytes")
