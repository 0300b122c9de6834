"""Files that are changed at random, and what it costs to look at them."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from pathlib import Path

from async_render.output.formats import Damage, Source, check
from async_render.output.formats.source import FREE, TIMES

BEGINNINGS = {"is", "was", "has", "begins", "ends", "became"}
"""How what is wrong with a file begins."""


class CountedFile(io.BytesIO):
    """A file that counts the bytes that are read from it, and the reads."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.bytes_read = self.reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        self.reads += 1
        return data


def damage_in(name: str, file: CountedFile) -> str | None:
    try:
        check(Source(file, Path(name), len(file.getvalue())))
    except Damage as damage:
        return str(damage)
    return None


def mutations(whole: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    """The file with some of it changed: bytes, numbers that may be lengths or places, parts cut out or doubled."""
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            _mutate(data, chance)
        yield bytes(data)


def _mutate(data: bytearray, chance: random.Random) -> None:
    if not data:
        return
    at = chance.randrange(min(len(data), chance.choice((64, 512, len(data)))))
    match chance.randrange(5):
        case 0:
            data[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        case 1:
            number = chance.choice((0, 1, len(data), chance.randrange(len(data)), 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF))
            data[at : at + 4] = struct.pack(chance.choice("<>") + "I", number)
        case 2:
            data[at : at + 8] = struct.pack(
                chance.choice("<>") + "Q", chance.choice((0, 1, len(data), 1 << 63, (1 << 64) - 1))
            )
        case 3:
            del data[at : at + chance.choice((1, 4, 12, len(data)))]
        case 4:
            end = at + chance.choice((1, 4, 12, 64))
            data[at:at] = data[at:end] * chance.choice((1, 2, 50))


def assert_judged(name: str, data: bytes) -> None:
    file = CountedFile(data)
    damage = damage_in(name, file)
    assert damage is None or damage.split()[0] in BEGINNINGS, damage
    most = FREE + TIMES * len(data)
    assert file.bytes_read <= most + len(data), f"{file.bytes_read:,} bytes read of {len(data):,}"
    assert file.reads <= most // 16
