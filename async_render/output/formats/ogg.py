"""Ogg: https://www.rfc-editor.org/rfc/rfc3533"""

from .source import Damage, Source

END_OF_STREAM = 4
OF_HEADERS = (bytes(8), b"\xff" * 8)
"""The positions of pages with headers; the second one is that of a page on which no packet ends."""

STREAMS = 1_000
"""Largest number of streams at a time. Blender's files have one for the pictures and one for the sound."""


def check(source: Source) -> None:
    """Check every page, the end mark of every stream that has data, and the last page's checksum.

    A stream of sound may have headers only: a Blender without audaspace, as the wheel of 4.2, has no sound to write.
    FFmpeg ends such a stream without a mark.
    """
    offset = last = 0
    open_streams: set[bytes] = set()
    with_data: set[bytes] = set()
    is_any_ended = False
    while offset < source.size:
        head = source.read(offset, 27)
        if head[:5] != b"OggS\0":
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        segments = source.read(offset + 27, head[26])
        stream = head[14:18]
        open_streams.add(stream)
        if head[6:14] not in OF_HEADERS:
            with_data.add(stream)
        if head[5] & END_OF_STREAM:
            is_any_ended = True
            open_streams.remove(stream)
            with_data.discard(stream)
        if len(open_streams) > STREAMS:
            raise Damage(f"is damaged: it has more than {STREAMS:,} streams")
        last, offset = offset, offset + 27 + len(segments) + sum(segments)
        source.require(offset)
    if with_data or not is_any_ended:
        raise Damage(f"was not finished: it is cut off after {source.size:,} bytes")
    page = source.read(last, offset - last)
    if _checksum(page[:22] + bytes(4) + page[26:]) != int.from_bytes(page[22:26], "little"):
        raise Damage("is damaged in its last page: the checksum does not match")


def _checksum(page: bytes) -> int:
    """Return Ogg's own CRC-32. The CRC-32 of zlib is mirrored, and does not start at zero."""
    checksum = 0
    for byte in page:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ TABLE[checksum >> 24 ^ byte]
    return checksum


def _table_entry(index: int) -> int:
    entry = index << 24
    for _ in range(8):
        entry = (entry << 1 ^ (0x04C11DB7 if entry & 0x80000000 else 0)) & 0xFFFFFFFF
    return entry


TABLE = [_table_entry(index) for index in range(256)]
