"""TARGA: https://www.dca.fee.unicamp.br/~martino/disciplinas/ia978/tgaffs.pdf"""

from .source import MOST, Damage, Source, cut_off

FOOTER = b"TRUEVISION-XFILE.\0"
"""The last bytes of a file of the format's second version, which Blender writes by OpenImageIO. The first version has
none."""

RAW, ENCODED = {1, 2, 3}, {9, 10, 11}
MAP_BITS = {0, 15, 16, 24, 32}
PIXEL_BITS = {8, 15, 16, 24, 32}


def is_targa(head: bytes) -> bool:
    """Return whether these bytes can be a header: the format has no signature."""
    return (
        len(head) >= 18
        and head[1] in (0, 1)
        and head[2] in RAW | ENCODED
        and head[7] in MAP_BITS
        and head[16] in PIXEL_BITS
    )


def check(source: Source) -> None:
    """Check the footer at the end. A file without a footer is checked by its pixels."""
    if source.read_up_to(source.size - len(FOOTER), len(FOOTER)) == FOOTER:
        return
    end = _pixels_end(source)
    source.require(end)
    if source.size > end:
        raise cut_off(source)  # the file is truncated behind its pixels, where the footer is missing


def _pixels_end(source: Source) -> int:
    kind = source.number(2, 1)
    colours = source.number(5, 2, "little") * (source.number(7, 1) + 7) // 8
    begin = 18 + source.number(0, 1) + colours
    width, height = source.number(12, 2, "little"), source.number(14, 2, "little")
    if not (width and height):
        raise Damage("is damaged: it has no size")
    pixel = (source.number(16, 1) + 7) // 8
    if kind in RAW:
        return begin + width * height * pixel
    return _runs_end(source, begin, width * height, pixel)


def _runs_end(source: Source, offset: int, pixels: int, pixel: int) -> int:
    """Return the offset at which run-length encoded pixels end.

    A byte says how many pixels follow, or how often the next pixel is repeated.
    """
    begin, block = offset, b""
    while pixels > 0:
        if offset - begin >= len(block):
            begin, block = offset, source.read_up_to(offset, MOST)
            if not block:
                raise cut_off(source)
        packet = block[offset - begin]
        count = (packet & 0x7F) + 1
        pixels -= count
        offset += 1 + pixel * (1 if packet & 0x80 else count)
    return offset
