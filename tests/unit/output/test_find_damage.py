"""What `find_damage` says of files, good and bad. The files are tiny, and made by Pillow, OpenEXR, or by hand."""

import os
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from async_render.output.formats import Source, check
from async_render.output.integrity import find_damage

SIZE = (61, 47)


def picture() -> Image.Image:
    """Noise over a gradient: no format gets it into one row or one block."""
    noise = random.Random(7)
    pixels = bytes(value for index in range(SIZE[0] * SIZE[1]) for value in (index % 256, noise.randrange(256), 9))
    return Image.frombytes("RGB", SIZE, pixels)


def save(ending: str, **options: Any) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        picture().save(file, **options)

    write.__name__ = ending
    return write


def riff(kind: bytes, *chunks: bytes) -> bytes:
    data = kind + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(data)) + data


def chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def element(kind: int, data: bytes) -> bytes:
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + (len(data) | 1 << 56).to_bytes(8, "big") + data


FRAMES = random.Random(5).randbytes(700)
MP4 = (
    box(b"ftyp", b"isom\0\0\2\0") + box(b"mdat", FRAMES) + box(b"moov", box(b"mvhd", FRAMES[:108]) + box(b"trak", b""))
)
MKV = element(0x1A45DFA3, b"webm") + element(0x18538067, element(0x1F43B675, FRAMES) + element(0x1C53BB6B, FRAMES[:40]))
AVI = riff(
    b"AVI ", chunk(b"LIST", b"hdrl" + FRAMES[:64]), chunk(b"LIST", b"movi" + FRAMES), chunk(b"idx1", FRAMES[:32])
)


def exr(compression: int, rows: list[bytes]) -> bytes:
    """A grey OpenEXR of a chunk for each row; 2 × height pixels of 16 bits."""

    def attribute(name: bytes, kind: bytes, value: bytes) -> bytes:
        return name + b"\0" + kind + b"\0" + struct.pack("<I", len(value)) + value

    head = b"\x76\x2f\x31\x01\2\0\0\0"
    head += attribute(b"channels", b"chlist", b"Y\0" + struct.pack("<IIII", 1, 0, 1, 1) + b"\0")
    head += attribute(b"compression", b"compression", bytes([compression]))
    head += attribute(b"dataWindow", b"box2i", struct.pack("<4i", 0, 0, 1, len(rows) - 1)) + b"\0"
    data, table = b"", b""
    for number, row in enumerate(rows):
        table += struct.pack("<Q", len(head) + 8 * len(rows) + len(data))
        data += struct.pack("<iI", number, len(row)) + row
    return head + table + data


GOOD: dict[str, bytes | Callable[[Path], None]] = {
    "picture.png": save("png"),
    "picture.jpg": save("jpg"),
    "progressive.jpg": save("jpg", progressive=True),
    "picture.tif": save("tif"),
    "zip.tif": save("tif", compression="tiff_adobe_deflate"),
    "lzw.tif": save("tif", compression="tiff_lzw"),
    "lossy.webp": save("webp", quality=90),
    "lossless.webp": save("webp", lossless=True),
    "picture.jp2": save("jp2"),
    "picture.j2k": save("j2k"),
    "picture.bmp": save("bmp"),
    "picture.rgb": save("sgi", format="SGI"),
    "encoded.tga": save("tga", compression="tga_rle"),
    "picture.exr": exr(0, [b"abcd", b"efgh", b"ijkl"]),
    "picture.hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 9\n"
    + (b"\2\2\0\x09" + b"\x89\7\x09abcdefghi" * 2) * 3,
    "movie.mp4": MP4,
    "movie.mkv": MKV,
    "movie.avi": AVI,
}


@pytest.fixture(params=GOOD)
def good(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / str(request.param)
    write(file, GOOD[request.param])
    return file


def write(file: Path, content: bytes | Callable[[Path], None]) -> None:
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        content(file)


def test_a_whole_file_has_no_damage(good: Path) -> None:
    assert find_damage(good) is None


def test_a_file_cut_off_at_any_byte_is_damaged(good: Path) -> None:
    """TARGA files by Pillow end with a footer, as Blender's do: only without one the end of the pixels is an end."""
    whole = good.read_bytes()
    pixels_end = whole.rfind(bytes(8) + b"TRUEVISION-XFILE.\0")
    for length in range(0, len(whole), 1 if len(whole) < 2000 else 7):
        good.write_bytes(whole[:length])
        assert find_damage(good) or length == pixels_end, f"{length} of {len(whole)} bytes"


def test_the_last_byte_matters(good: Path) -> None:
    good.write_bytes(good.read_bytes()[:-1])
    assert find_damage(good)


@pytest.mark.parametrize("name", sorted(GOOD.keys() - {"picture.bmp", "picture.exr", "picture.rgb", "picture.tif"}))
def test_a_file_that_ends_with_zeros_is_damaged(name: str, tmp_path: Path) -> None:
    """All but those that are not compressed: there zeros may be black pixels."""
    file = tmp_path / name
    write(file, GOOD[name])
    whole = file.read_bytes()
    for zeros in {min(600, len(whole)), len(whole) // 2, len(whole)}:
        if zeros >= 512 or zeros == len(whole):
            file.write_bytes(whole[:-zeros] + bytes(zeros))
            assert find_damage(file), f"{zeros} of {len(whole)} bytes"


def test_a_changed_byte_in_a_png_is_found_by_its_checksum(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    picture().save(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert "a checksum does not match" in str(find_damage(file))


def test_an_exr_whose_last_rows_were_never_written_is_not_finished(tmp_path: Path) -> None:
    whole = exr(0, [b"abcd", b"efgh", b"ijkl"])
    table = whole.index(b"\0\0\0\0\4\0\0\0abcd") - 3 * 8
    (tmp_path / "a.exr").write_bytes(whole[: table + 16] + bytes(8) + whole[table + 24 :])
    assert find_damage(tmp_path / "a.exr") == "was not finished: 1 of 3 chunks are missing"


def test_a_movie_without_its_index_was_not_finished(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(MP4[: MP4.index(b"moov") - 4])
    assert find_damage(tmp_path / "a.mp4") == "was not finished: it does not say where its frames are (no 'moov')"


def test_the_message_tells_how_much_is_there(tmp_path: Path) -> None:
    file = tmp_path / "picture.webp"
    picture().save(file)
    size = file.stat().st_size
    os.truncate(file, size - 10)
    assert find_damage(file) == f"is cut off after {size - 10:,} of {size:,} bytes"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert find_damage(tmp_path / "a.png") == "is empty"


def test_a_missing_file(tmp_path: Path) -> None:
    assert find_damage(tmp_path / "a.png") == "is missing"


def test_a_folder(tmp_path: Path) -> None:
    assert find_damage(tmp_path) == "is a folder"


def test_another_format_than_its_name_tells(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.png", format="JPEG")
    assert find_damage(tmp_path / "a.png") == "is a JPEG file although its name ends with .png"


def test_text_under_the_name_of_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("<html>no such picture, try again later</html>")
    assert find_damage(tmp_path / "a.png") == "is not a PNG file although its name ends with .png"


def test_a_name_that_tells_no_format_is_looked_at_by_its_first_bytes(tmp_path: Path) -> None:
    file = tmp_path / "picture_0001"
    picture().save(file, format="PNG")
    assert find_damage(file) is None
    os.truncate(file, file.stat().st_size - 5)
    assert str(find_damage(file)).startswith("is cut off")


def test_an_unknown_format_with_content_is_not_accused(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("no format that Blender writes")
    assert find_damage(tmp_path / "a.xyz") is None


@pytest.mark.timeout(10)
def test_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "full.png").symlink_to("/dev/full")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "full.png", "zero.png"):
        assert find_damage(tmp_path / name) == "is not a file but a device or a pipe"


def test_a_link_to_nothing_is_missing_and_a_link_to_itself_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "nothing.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "b.png")
    assert find_damage(tmp_path / "a.png") == "is missing"
    assert str(find_damage(tmp_path / "b.png")).startswith("cannot be read: ")


def test_a_name_that_no_file_can_have_cannot_be_read(tmp_path: Path) -> None:
    assert str(find_damage(tmp_path / ("x" * 300 + ".png"))).startswith("cannot be read: ")
    assert str(find_damage(tmp_path / "a\0b.png")).startswith("cannot be read: ")


def mutations(whole: bytes, count: int) -> Iterator[bytes]:
    chance = random.Random(3)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(min(len(data), chance.choice((64, len(data)))))] = chance.choice(
                (0, 255, chance.randrange(256))
            )
        yield bytes(data)


@pytest.mark.timeout(120)  # no length in a file may keep it busy
def test_garbage_is_judged_and_never_raises(good: Path) -> None:
    for data in mutations(good.read_bytes(), 300):
        good.write_bytes(data)
        damage = find_damage(good)
        assert damage is None or damage.split()[0] in {"is", "was", "has", "begins", "ends"}, damage


def test_lengths_in_a_hostile_header_take_no_memory(tmp_path: Path) -> None:
    """A sparse file of a terabyte makes every length in it look possible."""
    file = tmp_path / "a.png"
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + bytes(13) + struct.pack(">I", zlib.crc32(b"IHDR" + bytes(13)))
    )
    os.truncate(file, 1 << 40)
    assert str(find_damage(file)).startswith("is damaged after 33")
    file = tmp_path / "a.exr"
    file.write_bytes(exr(0, [b"abcd"])[:8] + b"name\0kind\0\xff\xff\xff\xff")
    os.truncate(file, 1 << 40)
    assert find_damage(file) == "is damaged: its header is too long"


def test_a_file_that_shrinks_while_it_is_read_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    picture().save(file)
    size = file.stat().st_size
    os.truncate(file, size // 2)
    with file.open("rb") as opened, pytest.raises(Exception, match="became shorter than"):
        check(Source(opened, file, size))


def wav(samples: bytes, length: int | None = None) -> bytes:
    body = b"WAVEfmt " + (16).to_bytes(4, "little") + bytes(16) + b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + (len(body) if length is None else length).to_bytes(4, "little") + body


def flac(checksum: bytes) -> bytes:
    return b"fLaC" + b"\0\0\0\x22" + bytes(range(18)) + checksum + bytes(range(1, 200))


@pytest.mark.parametrize("name", ["sound.wav", "sound"])
def test_a_wav_that_was_not_finished_or_is_cut_is_damaged(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(wav(b"ab" * 500))
    assert find_damage(file) is None
    file.write_bytes(wav(b"ab" * 500)[:-1])
    assert str(find_damage(file)).startswith("is cut off")
    file.write_bytes(wav(b"ab" * 500, length=0xFFFF_FFFF))
    assert find_damage(file) == "was not finished: it does not say how long it is"
    file.write_bytes(b"RIFF" + (4).to_bytes(4, "little") + b"WAVE")
    assert find_damage(file) == "is damaged: it has no sound"


def test_a_flac_that_was_not_finished_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "sound.flac"
    file.write_bytes(flac(b"\1" * 16))
    assert find_damage(file) is None
    file.write_bytes(flac(bytes(16)))
    assert find_damage(file) == "was not finished: it has no sum of its samples"
    file.write_bytes(flac(b"\1" * 16)[:30])
    assert str(find_damage(file)).startswith("is cut off")
    file.write_bytes(wav(b"ab"))
    assert find_damage(file) == "is a WAV file although its name ends with .flac"
