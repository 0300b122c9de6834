"""Flash video: https://rtmp.veriskope.com/pdf/video_file_format_spec_v10.pdf"""

import struct

from .source import Damage, Source, cut_off

KINDS = {8, 9, 18}  # sound, picture, script data
FILE_SIZE = b"filesize\0"


def check(source: Source) -> None:
    """Check every tag to the end of the file, and the file's size. FFmpeg writes the size last, into the first tag."""
    offset = 9 + 4
    source.require(offset + 11)
    _check_size(source, source.read_up_to(offset, 4096))
    while offset < source.size:
        kind, length = source.number(offset, 1) & 0x1F, 11 + source.number(offset + 1, 3)
        source.require(offset + length + 4)
        if kind not in KINDS or source.number(offset + length, 4) != length:
            raise Damage(f"is damaged after {offset:,} of {source.size:,} bytes")
        offset += length + 4


def _check_size(source: Source, script: bytes) -> None:
    value = script.partition(FILE_SIZE)[2][:8]
    if len(value) < 8:
        raise cut_off(source)
    size = struct.unpack(">d", value)[0]
    if not 0 < size < 1 << 63:
        raise Damage("was not finished: it does not know its size")
    source.require(int(size))
