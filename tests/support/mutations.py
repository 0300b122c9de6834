"""Files that are changed at random, and what it costs to look at them."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
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


def mutations(whole: bytes, seed: str, count: int) -> Iterator[bytes]:
    """The file with some of it changed: bytes, numbers that may be lengths or places, parts cut out or doubled."""
    chance = random.Random(seed).random  # whole numbers of `Random` are fair to the last bit, and take most of the time
    for _ in range(count):
        data = bytearray(whole)
        for _ in range((1, 1, 2, 5, 20)[int(5 * chance())]):
            _mutate(data, chance)
        yield bytes(data)


def _mutate(data: bytearray, chance: Callable[[], float]) -> None:
    size = len(data)
    if not size:
        return
    at = int(min(size, (64, 512, size)[int(3 * chance())]) * chance())
    match int(5 * chance()):
        case 0:
            data[at] = (0, 1, 127, 128, 255, int(256 * chance()))[int(6 * chance())]
        case 1:
            number = (0, 1, size, int(size * chance()), 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)[int(7 * chance())]
            data[at : at + 4] = number.to_bytes(4, "little" if chance() < 0.5 else "big")
        case 2:
            number = (0, 1, size, 1 << 63, (1 << 64) - 1)[int(5 * chance())]
            data[at : at + 8] = number.to_bytes(8, "little" if chance() < 0.5 else "big")
        case 3:
            del data[at : at + (1, 4, 12, size)[int(4 * chance())]]
        case 4:
            end = at + (1, 4, 12, 64)[int(4 * chance())]
            data[at:at] = data[at:end] * (1, 2, 50)[int(3 * chance())]


def assert_judged(name: str, data: bytes) -> None:
    file = CountedFile(data)
    damage = damage_in(name, file)
    assert damage is None or damage.split()[0] in BEGINNINGS, damage
    most = FREE + TIMES * len(data)
    assert file.bytes_read <= most + len(data), f"{file.bytes_read:,} bytes read of {len(data):,}"
    assert file.reads <= most // 16
