"""PNG: https://www.w3.org/TR/png-3/#5Chunk-layout"""

import zlib

from .source import MOST, Damage, Source, cut_off


def check(source: Source) -> None:
    """Every chunk with its checksum, to `IEND`.

    The checksums are worth it: they find what no structure tells, and cost 0.5 of the 1.5 ms that a picture of
    1920 × 1080 pixels takes. Most of the rest is the walk over its 236 chunks: libpng makes them of 8 KB.
    """
    if source.read(8, 8) != b"\0\0\0\x0dIHDR":
        raise Damage("is damaged: it does not begin with its header")
    offset, has_pixels = 8, False
    while offset < source.size:
        head = source.read(offset, 8)
        kind, end = head[4:], offset + 12 + int.from_bytes(head[:4], "big")
        if not kind.isalpha():
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.reaches(end)
        if not _is_whole(source, offset + 4, end):
            raise Damage(f"is damaged between bytes {offset:,} and {end:,}: a checksum does not match")
        has_pixels |= kind == b"IDAT"
        if kind == b"IEND" and has_pixels:
            return
        offset = end
    raise cut_off(source)


def _is_whole(source: Source, begin: int, end: int) -> bool:
    """Whether the last four bytes are the checksum of those before."""
    checksum = 0
    while end - begin > MOST:
        length = min(MOST, end - begin - 4)
        checksum = zlib.crc32(source.read(begin, length), checksum)
        begin += length
    data = source.read(begin, end - begin)
    return zlib.crc32(data[:-4], checksum) == int.from_bytes(data[-4:], "big")
