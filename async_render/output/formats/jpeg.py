"""JPEG: ITU-T T.81, annex B."""

from .source import Damage, Source, cut_off

START_OF_SCAN = 0xDA
END_OF_IMAGE = b"\xff\xd9"
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3}


def check(source: Source) -> None:
    """Check the segments before the scan, and the end marker.

    Within a scan each 0xFF is followed by zero or a restart marker. So an end marker at the end of the file is the real
    one. Bytes in the middle of the scan are not checked.
    """
    offset, has_frame = 2, False
    while True:
        fill, kind = source.read(offset, 2)
        if fill != 0xFF:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        if kind == 0xFF:  # a fill byte
            offset += 1
            continue
        length = source.number(offset + 2, 2)
        if length < 2:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        source.require(offset + 2 + length)
        has_frame |= kind in FRAMES
        offset += 2 + length
        if kind == START_OF_SCAN:
            break
    if not has_frame:
        raise Damage("is damaged: it has no size")
    if END_OF_IMAGE not in source.read_up_to(max(offset, source.size - 2), 2):
        raise cut_off(source)
