"""MPEG-1 and MPEG-2 program streams, and transport streams (ISO/IEC 13818-1).

The streams have no end mark and no length. A cut between two packets is not found.
"""

from .source import Damage, Source, cut_off

PACK, SYSTEM, END = 0xBA, 0xBB, 0xB9
TRANSPORT_PACKET = 188


def check_program(source: Source) -> None:
    """Check every packet to the end of the file."""
    offset = kind = 0
    while offset < source.size:
        if source.read(offset, 3) != b"\0\0\1":
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        kind = source.number(offset + 3, 1)
        if kind == END:
            length = 4
        elif kind == PACK:
            length = _pack_length(source, offset)
        elif kind < END:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        else:
            length = 6 + source.number(offset + 4, 2)
        source.require(offset + length)
        offset += length
    if kind in (PACK, SYSTEM):  # the frames follow these packets
        raise cut_off(source)


def _pack_length(source: Source, offset: int) -> int:
    first = source.number(offset + 4, 1)
    if first >> 4 == 0b0010:  # MPEG-1
        return 12
    return 14 + (source.number(offset + 13, 1) & 7)


def check_transport(source: Source) -> None:
    """Check that all packets have their size, and that the last packet begins as it must."""
    if source.size % TRANSPORT_PACKET:
        raise cut_off(source)
    if source.number(source.size - TRANSPORT_PACKET, 1) != 0x47:
        raise Damage("is damaged in its last packet")
