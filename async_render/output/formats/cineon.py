"""Cineon and DPX. Their pixels are not compressed, so zeros at the end may be black pixels."""

from typing import Literal

from .source import Damage, Source


def check_cineon(source: Source) -> None:
    """Check the length of the file against the length in its header."""
    _check_length(source, b"\x80\x2a\x5f\xd7", 20)


def check_dpx(source: Source) -> None:
    """Check the length of the file against the length in its header."""
    _check_length(source, b"SDPX", 16)


def _check_length(source: Source, big_endian: bytes, offset: int) -> None:
    order: Literal["little", "big"] = "big" if source.read(0, 4) == big_endian else "little"
    pixels, end = source.number(4, 4, order), source.number(offset, 4, order)
    if not pixels:
        raise Damage("is damaged: its header does not say where its pixels are")
    source.require(max(pixels + 1, end))
