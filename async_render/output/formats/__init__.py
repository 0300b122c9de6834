"""Checks of the files that Blender writes, by their structure and to their end. No pixels are decoded.

Each format has a module of its own; add a new format here and in `_BY_SUFFIX`. A check raises `Damage` when a file is
not complete. Only the standard library is needed.

Some damage has no trace in a structure:
- Bytes that changed within pixels. PNG is the exception: a PNG has checksums.
- Zeros in pixels that are not compressed: the zeros may be black pixels.
- A cut between two packets of a DV or MPEG stream, and of sound as MP2, MP3, AC3 or AAC.
- A cut in the sound of a FLAC that was finished.
- A cut in an Ogg of a few frames, between the last page of its pictures and the first page of its sound.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import (
    avi,
    avif,
    bmp,
    cineon,
    dv,
    exr,
    flac,
    flv,
    hdr,
    iris,
    jpeg,
    jpeg2000,
    matroska,
    mp4,
    mpeg,
    ogg,
    png,
    targa,
    tiff,
    wav,
    webp,
)
from .source import NEAR, Damage, Source, cut_off

__all__ = ["NEAR", "SUFFIXES", "Damage", "Source", "check"]

HEAD = 512

SHORTEST = 32
"""Bytes of the shortest file whose first bytes tell its format."""


@dataclass(frozen=True)
class Format:
    """A file format."""

    name: str
    begins: Callable[[bytes], object]
    """Whether a file that begins with these bytes has this format."""
    check: Callable[[Source], None]


def _signature(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(pattern, re.DOTALL).match


PNG = Format("a PNG", _signature(rb"\x89PNG\r\n\x1a\n"), png.check)
JPEG = Format("a JPEG", _signature(rb"\xff\xd8\xff"), jpeg.check)
EXR = Format("an OpenEXR", _signature(rb"\x76\x2f\x31\x01"), exr.check)
TIFF = Format("a TIFF", _signature(rb"II[*+]\0|MM\0[*+]"), tiff.check)
WEBP = Format("a WebP", _signature(rb"RIFF....WEBP"), webp.check)
AVIF = Format("an AVIF", _signature(rb"....ftypavi[fs]"), avif.check)
JP2 = Format("a JPEG 2000", _signature(rb"\0\0\0\x0cjP  \r\n\x87\n"), jpeg2000.check_jp2)
J2K = Format("a JPEG 2000", _signature(rb"\xff\x4f\xff\x51"), jpeg2000.check_j2k)
HDR = Format("a Radiance HDR", _signature(rb"#\?(RADIANCE|RGBE)"), hdr.check)
BMP = Format("a BMP", _signature(rb"BM.{4}\0{4}"), bmp.check)
IRIS = Format("an IRIS", _signature(rb"\x01\xda"), iris.check)
CINEON = Format("a Cineon", _signature(rb"\x80\x2a\x5f\xd7|\xd7\x5f\x2a\x80"), cineon.check_cineon)
DPX = Format("a DPX", _signature(rb"SDPX|XPDS"), cineon.check_dpx)
TARGA = Format("a TARGA", targa.is_targa, targa.check)
MP4 = Format("an MP4 or QuickTime", _signature(rb"....(ftyp(?!avi[fs])|moov|mdat|free|wide|skip)"), mp4.check)
MATROSKA = Format("a Matroska or WebM", _signature(rb"\x1aE\xdf\xa3"), matroska.check)
AVI = Format("an AVI", _signature(rb"RIFF....AVI "), avi.check)
OGG = Format("an Ogg", _signature(rb"OggS"), ogg.check)
FLV = Format("a Flash", _signature(rb"FLV\x01"), flv.check)
MPEG = Format("an MPEG", _signature(rb"\0\0\x01\xba"), mpeg.check_program)
TRANSPORT = Format("an MPEG transport stream", _signature(rb"\x47.{187}\x47"), mpeg.check_transport)
WAV = Format("a WAV", _signature(rb"RIFF....WAVE"), wav.check)
FLAC = Format("a FLAC", _signature(rb"fLaC"), flac.check)
DV = Format("a DV", _signature(rb"\x1f\x07\0[\x3f\xbf]"), dv.check)

FORMATS = (
    *(PNG, JPEG, EXR, TIFF, WEBP, AVIF, JP2, J2K, HDR, BMP, IRIS, CINEON, DPX),
    *(MP4, MATROSKA, AVI, OGG, FLV, MPEG, TRANSPORT, DV, WAV, FLAC),
)
"""All formats that have a signature: all but TARGA."""

# Blender's own suffixes (image_format.cc, movie_write.cc), and other common suffixes of the same formats.
_BY_SUFFIX: dict[str, tuple[Format, ...]] = {
    ".png": (PNG,),
    **dict.fromkeys((".jpg", ".jpeg"), (JPEG,)),
    ".exr": (EXR,),
    **dict.fromkeys((".tif", ".tiff"), (TIFF,)),
    ".webp": (WEBP,),
    ".avif": (AVIF,),
    **dict.fromkeys((".jp2", ".j2c", ".j2k"), (JP2, J2K)),
    ".hdr": (HDR,),
    ".bmp": (BMP,),
    **dict.fromkeys((".rgb", ".rgba", ".sgi", ".bw"), (IRIS,)),
    ".cin": (CINEON,),
    ".dpx": (DPX,),
    ".tga": (TARGA,),
    **dict.fromkeys((".mp4", ".mov", ".m4v"), (MP4,)),
    **dict.fromkeys((".mkv", ".webm"), (MATROSKA,)),
    ".avi": (AVI,),
    **dict.fromkeys((".ogv", ".ogg"), (OGG,)),
    ".flv": (FLV,),
    **dict.fromkeys((".mpg", ".mpeg", ".dvd", ".vob"), (MPEG, MP4)),  # Blender lets an MP4 have these suffixes, too
    ".ts": (TRANSPORT,),
    ".dv": (DV,),
    ".wav": (WAV,),
    ".flac": (FLAC,),
    ".mka": (MATROSKA,),
}

SUFFIXES = frozenset(_BY_SUFFIX)
"""The suffixes of files that Blender writes, in lower case."""


def check(source: Source, any_format: bool = False) -> None:
    """Check a file to its end, by the format of its suffix. A file without a known suffix is checked by its first
    bytes.

    Args:
        source: the file.
        any_format: whether the file may have another format than its suffix says, but one that Blender writes.

    Raises:
        Damage: the file is not complete, or has another format than its suffix says.
    """
    suffix = source.path.suffix.lower()
    expected = _BY_SUFFIX.get(suffix, FORMATS)
    head = source.read_up_to(0, HEAD)
    possible = (*expected, *FORMATS, TARGA) if any_format else expected
    found = next((format_ for format_ in possible if format_.begins(head)), None)
    if found:
        found.check(source)
    elif not any(head):
        raise Damage("begins with zero bytes: it was never written")
    elif any_format:
        raise cut_off(source) if source.size < SHORTEST else Damage("has none of the formats that Blender writes")
    elif expected is not FORMATS:
        raise _wrong_format(source, head, suffix, expected[0])


def _wrong_format(source: Source, head: bytes, suffix: str, expected: Format) -> Damage:
    other = next((format_ for format_ in FORMATS if format_.begins(head)), None)
    if other:
        return Damage(f"is {other.name} file although its name ends with {suffix}")
    if source.size < SHORTEST:
        return cut_off(source)
    return Damage(f"is not {expected.name} file although its name ends with {suffix}")
