"""FLAC: https://www.rfc-editor.org/rfc/rfc9639"""

from .source import Damage, Source

CHECKSUM = 26
"""Offset of the MD5 sum of all samples: behind `fLaC`, the head of the first block, and its other 18 bytes."""


def check(source: Source) -> None:
    """Check that the sum of all samples is there, which FFmpeg writes last. The sound itself is not decoded."""
    if not any(source.read(CHECKSUM, 16)):
        raise Damage("was not finished: it has no sum of its samples")
    source.require_no_hole_before(source.size)
