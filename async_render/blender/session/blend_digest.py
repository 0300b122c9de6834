"""The digest of a .blend file without what does not matter to a worker: the windows, and addresses in memory.

A worker opens the file without its windows (`load_ui=False`). Two copies of an unchanged session differ in them: where
the mouse is, what was drawn. So the blocks of window managers, workspaces and screens do not count.

A block of a .blend file has the address that it had in memory, and so have all pointers to it; from 5.0 on a number
that Blender makes of the address. Two copies of an unchanged session differ in those of temporary structs, and two
datablocks may have such structs at one address. So an address counts as the number of its block among the blocks of its
datablock. The address of another datablock counts as that datablock's number, and an address outside of the file as 0.

Blender makes the block `GLOB` on its stack. From 5.0 on its text `colorspace_scene_linear_name` is followed there by
what the stack had before. So the texts of this block count up to their ends.

A file describes its structs in its block `DNA1`: source/blender/makesdna/intern/dna_genfile.cc. The heads of files and
blocks are described in source/blender/blenloader_core/BLO_core_bhead.hh and BLO_core_blend_header.hh.
"""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import NamedTuple

log = logging.getLogger("async_render")

_HEAD_OF_4 = re.compile(rb"BLENDER-v4\d\d")
"""The first bytes of files of Blender 4: with 64 bits, the lowest byte first."""

_HEAD_OF_5 = re.compile(rb"BLENDER17-01v\d{4}")
"""The first bytes of files of Blender 5, whose blocks may have more than 2 GB."""

_BLOCK_OF_4 = Struct("<4siQii")
"""The head of a block: code, bytes, address, number of its struct, and how many of it there are."""

_BLOCK_OF_5 = Struct("<4siQqq")
"""The head of a block: code, number of its struct, address, bytes, and how many of the struct there are."""

_OF_WINDOWS = {b"WM\0\0", b"WS\0\0", b"SR\0\0", b"SN\0\0", b"TEST"}
"""The codes of window managers, workspaces and screens, and of the preview of the file."""

_GLOBAL = b"GLOB"
"""The code of the block that says which scene and view layer were active."""

_CONTENT = b"DATA"
"""The code of the blocks that belong to the datablock before them."""

_ADDRESS = Struct("<Q")

_OWN = 1 << 32
"""What the number of a block of the same datablock begins with."""

POINTER = 8
"""Bytes of a pointer."""


class _Block(NamedTuple):
    code: bytes
    begin: int
    size: int
    address: int
    kind: int
    items: int


class _Layout(NamedTuple):
    """Where a struct has what, in bytes."""

    size: int
    pointers: tuple[int, ...]
    """Also those of the structs in it."""
    texts: tuple[tuple[int, int], ...]
    """Where each text of the struct itself, `char name[…]`, begins and ends."""


def digest_of_blend(file: Path) -> bytes | None:
    """Return a digest that two copies of one session share; None: the file has another form.

    A worker thread calls this. The file is read as a whole.
    """
    data = file.read_bytes()
    is_of_4 = _HEAD_OF_4.fullmatch(data[:12]) is not None
    if not is_of_4 and not _HEAD_OF_5.fullmatch(data[:17]):
        return None
    blocks = list(_without_windows(_blocks_of_4(data) if is_of_4 else _blocks_of_5(data)))
    try:
        dna = next(block for block in blocks if block.code == b"DNA1")
        layouts = _layouts(data[dna.begin : dna.begin + dna.size])
    except (StopIteration, LookupError, ValueError, struct.error) as error:
        log.warning("the form of %s is not known (%s), so workers open it again for each call", file.name, error)
        return None
    datablocks = _datablocks(blocks)
    numbers = {parts[0].address: number for number, parts in enumerate(datablocks, 1)}
    digest = blake2b(data[:12], digest_size=16)
    for parts in datablocks:
        own = {part.address: _OWN + number for number, part in enumerate(parts)}
        for part in parts:
            digest.update(b"%b %d %d %d " % (part.code, part.size, part.kind, part.items))
            content = memoryview(data)[part.begin : part.begin + part.size]
            layout = layouts.get(part.kind)
            # Blocks of struct 0 are raw: the struct says nothing about them.
            if part.kind and layout and layout.pointers and part.size >= layout.size * part.items:
                digest.update(_comparable(content, part, layout, own, numbers))
            else:
                digest.update(content)
    return digest.digest()


def _comparable(
    content: memoryview, block: _Block, layout: _Layout, own: Mapping[int, int], numbers: Mapping[int, int]
) -> bytearray:
    """Return the content of a block with numbers for addresses, and with nothing behind the texts of `GLOB`."""
    changed = bytearray(content)
    for begin in range(0, layout.size * block.items, layout.size):
        for offset in layout.pointers:
            (address,) = _ADDRESS.unpack_from(changed, begin + offset)
            if address:
                _ADDRESS.pack_into(changed, begin + offset, own.get(address) or numbers.get(address, 0))
    if block.code == _GLOBAL:
        for begin, end in layout.texts:
            changed[begin:end] = changed[begin:end].partition(b"\0")[0].ljust(end - begin, b"\0")
    return changed


def _datablocks(blocks: list[_Block]) -> list[list[_Block]]:
    """Return the blocks of each datablock: its own, and those of its content behind it."""
    found: list[list[_Block]] = []
    for block in blocks:
        if block.code == _CONTENT and found:
            found[-1].append(block)
        else:
            found.append([block])
    return found


def _without_windows(blocks: Iterator[_Block]) -> Iterator[_Block]:
    is_left_out = False
    for block in blocks:
        if block.code != _CONTENT:
            is_left_out = block.code in _OF_WINDOWS
        if not is_left_out:
            yield block


def _blocks_of_4(data: bytes) -> Iterator[_Block]:
    place = 12
    while place + _BLOCK_OF_4.size <= len(data):
        code, size, address, kind, items = _BLOCK_OF_4.unpack_from(data, place)
        place += _BLOCK_OF_4.size
        if code == b"ENDB" or size < 0:
            return
        yield _Block(code, place, size, address, kind, items)
        place += size


def _blocks_of_5(data: bytes) -> Iterator[_Block]:
    place = 17
    while place + _BLOCK_OF_5.size <= len(data):
        code, kind, address, size, items = _BLOCK_OF_5.unpack_from(data, place)
        place += _BLOCK_OF_5.size
        if code == b"ENDB" or size < 0:
            return
        yield _Block(code, place, size, address, kind, items)
        place += size


class _Reader:
    """Reads the block `DNA1` from its beginning to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def names(self, mark: bytes) -> list[bytes]:
        """Return the texts of a part, each of which ends with a zero byte."""
        count = self.count(mark)
        found = []
        for _ in range(count):
            end = self._data.index(b"\0", self._place)
            found.append(self._data[self._place : end])
            self._place = end + 1
        return found

    def shorts(self, count: int) -> tuple[int, ...]:
        """Return whole numbers of two bytes."""
        numbers = Struct(f"<{count}H")
        found: tuple[int, ...] = numbers.unpack_from(self._data, self._place)
        self._place += numbers.size
        return found

    def part(self, mark: bytes) -> None:
        """Go to a part without a count."""
        self._place = -(-self._place // 4) * 4
        if self._data[self._place : self._place + 4] != mark:
            raise ValueError(f"the part {mark.decode()} is missing")
        self._place += 4

    def count(self, mark: bytes) -> int:
        """Go to a part, and return how many items it has."""
        self.part(mark)
        (count,) = Struct("<i").unpack_from(self._data, self._place)
        self._place += 4
        return int(count)


def _layouts(dna: bytes) -> Mapping[int, _Layout]:
    """Return the layout of each struct by its number."""
    reader = _Reader(dna)
    reader.part(b"SDNA")
    names, types = reader.names(b"NAME"), reader.names(b"TYPE")
    reader.part(b"TLEN")
    sizes = reader.shorts(len(types))
    structs: list[tuple[int, list[tuple[int, bytes]]]] = []
    for _ in range(reader.count(b"STRC")):
        kind, count = reader.shorts(2)
        numbers = reader.shorts(2 * count)
        structs.append((kind, [(numbers[at], names[numbers[at + 1]]) for at in range(0, 2 * count, 2)]))
    members = dict(structs)
    known: dict[int, _Layout] = {}

    def layout(kind: int) -> _Layout:
        if kind not in known:
            pointers: list[int] = []
            texts: list[tuple[int, int]] = []
            place = 0
            for member, name in members[kind]:
                count = 1
                for dimension in re.findall(rb"\[(\d+)\]", name):
                    count *= int(dimension)
                is_pointer = name.startswith((b"*", b"("))
                size = POINTER if is_pointer else sizes[member]
                inner = (0,) if is_pointer else layout(member).pointers if member in members else ()
                if inner:
                    pointers += [place + index * size + offset for index in range(count) for offset in inner]
                elif types[member] == b"char":
                    texts.append((place, place + size * count))
                place += size * count
            known[kind] = _Layout(sizes[kind], tuple(pointers), tuple(texts))
        return known[kind]

    return {number: layout(kind) for number, (kind, _) in enumerate(structs)}
