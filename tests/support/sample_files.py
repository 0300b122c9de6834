"""Small whole files of all formats that Blender writes, and forged ones that keep a careless reader busy."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

KB = 1 << 10


def riff(kind: bytes, *chunks: bytes) -> bytes:
    data = kind + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(data)) + data


def riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def box(kind: bytes, *data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(b"".join(data))) + kind + b"".join(data)


def element(kind: int, data: bytes) -> bytes:
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + (len(data) | 1 << 56).to_bytes(8, "big") + data


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def ogg_page(flags: int, stream: int, data: bytes) -> bytes:
    page = b"OggS\0" + bytes([flags]) + bytes(8) + struct.pack("<II", stream, 0)
    sizes = bytes([255] * (len(data) // 255) + [len(data) % 255])
    whole = page + bytes(4) + bytes([len(sizes)]) + sizes + data
    return whole[:22] + struct.pack("<I", _ogg_checksum(whole)) + whole[26:]


def _ogg_checksum(page: bytes) -> int:
    """The CRC-32 of https://www.rfc-editor.org/rfc/rfc3533, a bit at a time."""
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum & 0x80000000 else 0)) & 0xFFFFFFFF
    return checksum


def flv_tag(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + len(data).to_bytes(3, "big") + bytes(7) + data + struct.pack(">I", 11 + len(data))


def flv(*tags: bytes) -> bytes:
    rest = b"".join(tags)
    script = b"\2\0\x0aonMetaDatafilesize\0%s\0\0\x09"
    size = 9 + 4 + len(flv_tag(18, script % bytes(8))) + len(rest)
    return b"FLV\1\5\0\0\0\x09\0\0\0\0" + flv_tag(18, script % struct.pack(">d", size)) + rest


def exr_attribute(name: bytes, kind: bytes, value: bytes) -> bytes:
    return name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value


CHANNEL = b"Y\0" + struct.pack("<IIII", 1, 0, 1, 1)


def exr_header(rows: int, channels: bytes = CHANNEL, compression: int = 2) -> bytes:
    """Without the zero at its end."""
    return (
        exr_attribute(b"channels", b"chlist", channels + b"\0")
        + exr_attribute(b"compression", b"compression", bytes([compression]))
        + exr_attribute(b"dataWindow", b"box2i", struct.pack("<4i", 0, 0, 1, rows - 1))
    )


def exr_of_parts(headers: list[bytes], chunks_each: int) -> bytes:
    """An OpenEXR of parts, as Blender 5 writes passes; each has the same number of chunks, of one byte each."""
    count = exr_attribute(b"chunkCount", b"int", struct.pack("<i", chunks_each))
    head = b"\x76\x2f\x31\x01" + struct.pack("<I", 2 | 0x1000) + b"".join(h + count + b"\0" for h in headers) + b"\0"
    first, size = len(head) + 8 * chunks_each * len(headers), 13
    table = struct.pack(
        f"<{chunks_each * len(headers)}Q", *range(first, first + size * chunks_each * len(headers), size)
    )
    chunks = (struct.pack("<IiIB", part, row, 1, 7) for part in range(len(headers)) for row in range(chunks_each))
    return head + table + b"".join(chunks)


def tiff(tags: list[tuple[int, int, int, int]], data: bytes, *, is_big: bool = False) -> bytes:
    """A TIFF whose directory comes first: of each tag the number, kind, count, and value or place."""
    form, place = ("<HHQQ", "Q") if is_big else ("<HHII", "I")
    head = (
        b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, len(tags))
        if is_big
        else b"II*\0" + struct.pack("<IH", 8, len(tags))
    )
    return head + b"".join(struct.pack(form, *tag) for tag in tags) + struct.pack("<" + place, 0) + data


NOISE = random.Random(5).randbytes(3000)


def _pillow(ending: str, options: dict[str, object]) -> bytes:
    picture = Image.frombytes("RGB", (37, 27), NOISE[: 3 * 37 * 27])
    file = io.BytesIO()
    picture.save(file, format=Image.registered_extensions()[ending], **options)
    return file.getvalue()


def _targa_without_footer() -> bytes:
    return struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 8, 40, 8, 0) + (b"\x83\7" + b"\3abcd") * 40


def _iris() -> bytes:
    rows, first = 6, 512 + 8 * 6
    head = b"\x01\xda\1\1" + struct.pack(">HHHH", 3, 10, 3, 2) + bytes(500)
    return (
        head
        + struct.pack(f">{rows}I", *range(first, first + 5 * rows, 5))
        + struct.pack(f">{rows}I", *[5] * rows)
        + b"abcde" * rows
    )


_MPEG_PACK = b"\0\0\1\xba\x44" + bytes(8) + b"\xf8"
_DV = b"\x1f\x07\0\x3f" + bytes(119_900) + b"x" * 96

SAMPLES: dict[str, bytes] = {
    **{
        f"pillow{ending}": _pillow(ending, {})
        for ending in (".png", ".jpg", ".tif", ".webp", ".avif", ".jp2", ".bmp", ".tga")
    },
    "progressive.jpg": _pillow(".jpg", {"progressive": True}),
    "lossless.webp": _pillow(".webp", {"lossless": True}),
    "zip.tif": _pillow(".tif", {"compression": "tiff_adobe_deflate"}),
    "big.tif": tiff([(273, 16, 1, 72), (279, 16, 1, 3000)], NOISE, is_big=True),
    "parts.exr": exr_of_parts([exr_header(3, CHANNEL * 3)] * 4, 3),
    "picture.hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 9\n"
    + (b"\2\2\0\x09" + b"\x89\7\x09abcdefghi" * 2) * 3,
    "picture.rgb": _iris(),
    "runs.tga": _targa_without_footer(),
    "picture.cin": b"\x80\x2a\x5f\xd7" + struct.pack(">IIIII", 1024, 0, 0, 0, 2048) + bytes(1000) + NOISE[:1024],
    "picture.dpx": b"SDPX" + struct.pack(">I8sI", 2048, b"V1.0", 4096) + bytes(2028) + NOISE[:2048],
    "movie.mp4": box(b"ftyp", b"isom\0\0\2\0")
    + box(b"mdat", NOISE[:700])
    + box(
        b"moov",
        box(b"mvhd", NOISE[:108]),
        box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stco", NOISE[:40]))))),
    ),
    "movie.mkv": element(0x1A45DFA3, b"webm")
    + element(0x18538067, element(0x1F43B675, NOISE) + element(0x1C53BB6B, NOISE[:40])),
    "movie.avi": riff(
        b"AVI ",
        riff_chunk(b"LIST", b"hdrl" + NOISE[:64]),
        riff_chunk(b"LIST", b"movi" + NOISE),
        riff_chunk(b"idx1", NOISE[:32]),
    ),
    "movie.ogv": ogg_page(2, 1, NOISE[:30])
    + ogg_page(2, 2, NOISE[:40])
    + ogg_page(4, 1, NOISE[:600])
    + ogg_page(4, 2, NOISE[:300]),
    "movie.flv": flv(flv_tag(9, NOISE[:300]), flv_tag(8, NOISE[:30])),
    "movie.mpg": (_MPEG_PACK + b"\0\0\1\xe0" + struct.pack(">H", 500) + NOISE[:500]) * 3 + b"\0\0\1\xb9",
    "movie.ts": (b"\x47" + NOISE[:187]) * 5,
    "movie.dv": _DV,
}
"""At least one for each format, small, so that thousands of changes take seconds."""


def _many(part: bytes, size: int) -> bytes:
    return part * (size // len(part))


def _slow_tiff(size: int) -> bytes:
    """All tags point at the same bytes."""
    tags = size // 24
    begin = 8 + 2 + 12 * tags + 4
    return tiff([(273, 1, size // 2, begin)] * tags, b"\1" * (size // 2))


def _tiff_of_many_pictures(size: int) -> bytes:
    """Directories that lie over each other, each two bytes after the one before."""
    return b"II*\0" + struct.pack("<I", 8) + _many(struct.pack("<H", 1), size)


def _tiff_bombs(size: int) -> bytes:
    """Pictures that all unpack the same strip to a thousand times its size."""
    strip = zlib.compress(bytes(1000 * size // 4))[: size // 2]
    pictures, begin = size // 100, 8
    data = b""
    for number in range(pictures):
        following = begin + (number + 1) * 54 if number + 1 < pictures else 0
        place = begin + pictures * 54
        tags = [(273, 4, 1, place), (279, 4, 1, len(strip)), (259, 3, 1, 8), (256, 3, 1, 1)]
        data += (
            struct.pack("<H", 4) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + struct.pack("<I", following)
        )
    return b"II*\0" + struct.pack("<I", begin) + data + strip


def _exr_of_channels(size: int) -> bytes:
    return exr_of_parts([exr_header(1, _many(CHANNEL, size // 2))] * 2, 1)


def _exr_of_chunks_in_one_place(size: int) -> bytes:
    count = size // 8
    head = b"\x76\x2f\x31\x01\2\0\0\0" + exr_header(count, compression=0) + b"\0"
    place = len(head) + 8 * count
    return head + struct.pack("<Q", place) * count + struct.pack("<iI", 0, 4) + b"abcd"


def _exr_of_far_chunks(size: int) -> bytes:
    """The chunks stand at both ends of the file in turns."""
    count = size // 16
    head = b"\x76\x2f\x31\x01\2\0\0\0" + exr_header(count, compression=0) + b"\0"
    first = len(head) + 8 * count
    chunk = struct.pack("<iI", 0, 4) + b"abcd"
    places = struct.pack("<QQ", first, first + len(chunk) + size // 2) * (count // 2)
    return head + (places + places[:8])[: 8 * count] + chunk + bytes(size // 2) + chunk


def _exr_of_attributes(size: int) -> bytes:
    return b"\x76\x2f\x31\x01\2\0\0\0" + _many(b"a\0b\0\0\0\0\0", size) + b"\0"


def _exr_of_empty_parts(size: int) -> bytes:
    return (
        b"\x76\x2f\x31\x01"
        + struct.pack("<I", 2 | 0x1000)
        + _many(exr_attribute(b"a", b"b", b"") + b"\0", size)
        + b"\0"
    )


def _nested_boxes(size: int) -> bytes:
    kinds = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    depth = size // 8
    data = b"".join(struct.pack(">I", 8 * (depth - level)) + kinds[min(level, 4)] for level in range(depth))
    return box(b"ftyp", b"isom\0\0\2\0") + box(b"mdat", b"x") + data


def _hdr_of_short_rows(size: int) -> bytes:
    """Rows of a few bytes that could be 16 KB long, at the end of the file."""
    row = b"\2\2\x07\xf0" + b"\xff\0" * 64
    return b"#?RADIANCE\n\n-Y 9999999 +X 2032\n" + _many(row, size)


def _mkv_of_voids(size: int) -> bytes:
    return element(0x1A45DFA3, b"webm") + element(0x18538067, _many(b"\xec\x80", size))


def _png_of_empty_chunks(size: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", bytes(13)) + _many(png_chunk(b"tEXt", b""), size)


def _iris_of_rows(size: int) -> bytes:
    rows = min(size // 8, 0xFFFF)
    return (
        b"\x01\xda\1\1"
        + struct.pack(">HHHH", 3, 10, rows, 1)
        + bytes(500)
        + struct.pack(">I", 600) * rows
        + _many(b"\0\0\0\1", 4 * rows)
    )


SLOW: dict[str, Callable[[int], bytes]] = {
    "same-megabyte.tif": _slow_tiff,
    "many-pictures.tif": _tiff_of_many_pictures,
    "bombs.tif": _tiff_bombs,
    "channels.exr": _exr_of_channels,
    "one-place.exr": _exr_of_chunks_in_one_place,
    "far-chunks.exr": _exr_of_far_chunks,
    "attributes.exr": _exr_of_attributes,
    "empty-parts.exr": _exr_of_empty_parts,
    "nested.mp4": _nested_boxes,
    "boxes.mp4": lambda size: _many(box(b"free"), size),
    "boxes.avif": lambda size: box(b"ftyp", b"avif\0\0\0\0") + _many(box(b"free"), size),
    "boxes.jp2": lambda size: b"\0\0\0\x0cjP  \r\n\x87\n" + _many(box(b"free"), size),
    "segments.j2k": lambda size: b"\xff\x4f\xff\x51\0\2" + _many(b"\xff\x52\0\2", size),
    "fill.jpg": lambda size: b"\xff\xd8\xff" + _many(b"\xff", size),
    "segments.jpg": lambda size: b"\xff\xd8" + _many(b"\xff\xe0\0\2", size),
    "chunks.png": _png_of_empty_chunks,
    "chunks.webp": lambda size: riff(b"WEBP", _many(riff_chunk(b"JUNK", b""), size)),
    "chunks.avi": lambda size: riff(b"AVI ", _many(riff_chunk(b"JUNK", b""), size)),
    "riffs.avi": lambda size: _many(riff(b"AVI ", riff_chunk(b"LIST", b"movi"), riff_chunk(b"idx1", b"")), size),
    "voids.mkv": _mkv_of_voids,
    "streams.ogv": lambda size: b"".join(
        b"OggS\0\0" + bytes(8) + struct.pack("<I", n) + bytes(9) for n in range(size // 27)
    ),
    "pages.ogv": lambda size: _many(b"OggS\0\4" + bytes(21), size),
    "tags.flv": lambda size: flv(_many(flv_tag(8, b""), size)),
    "ends.mpg": lambda size: _MPEG_PACK + _many(b"\0\0\1\xb9", size),
    "rows.hdr": _hdr_of_short_rows,
    "runs.hdr": lambda size: b"#?RADIANCE\n\n-Y 9999999 +X 8\n" + _many(b"\2\2\0\x08" + b"\1\0" * 32, size),
    "runs.tga": lambda size: (
        struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65535, 65535, 8, 0) + _many(b"\x80\1", size)
    ),
    "rows.rgb": _iris_of_rows,
}
"""Each makes a file of about so many bytes."""
