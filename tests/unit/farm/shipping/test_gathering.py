"""The files of a .blend file are gathered once for all workers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from async_render.farm.shipping import gathering
from async_render.farm.shipping.assets import Assets
from async_render.farm.shipping.gathering import Gathering
from async_render.farm.shipping.manifest import Entry, Manifest
from async_render.render.errors import RenderError
from async_render.work.session import Program


class Gatherer:
    """A `gather` that waits for the test."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.go = asyncio.Event()
        self.error: Exception | None = None
        self.beside: Sequence[Path] = ()

    async def gather(self, file: Path, _program: Program | None, *, beside: Sequence[Path] = ()) -> Assets:
        self.begun += 1
        self.beside = beside
        try:
            await self.go.wait()
        finally:
            self.ended += 1
        if self.error is not None:
            raise self.error
        data = file.read_bytes()
        digest = sha256(data).hexdigest()
        manifest = Manifest("shot.blend", (Entry("shot.blend", len(data), digest),))
        return Assets(manifest, {digest: file}, {file: file.stat().st_mtime_ns})


@pytest.fixture
async def gatherer(monkeypatch: pytest.MonkeyPatch) -> Gatherer:
    gatherer = Gatherer()
    monkeypatch.setattr(gathering, "gather", gatherer.gather)
    return gatherer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shot.blend"
    path.write_bytes(b"blend")
    return path


async def begun(gatherer: Gatherer, count: int) -> None:
    while gatherer.begun < count:
        await asyncio.sleep(0)


async def test_all_workers_get_the_files_of_one_gathering(gatherer: Gatherer, file: Path) -> None:
    shared = Gathering(None)
    asked = [asyncio.create_task(shared.assets_of(file, "1", is_snapshot=False)) for _ in range(5)]
    await begun(gatherer, 1)
    gatherer.go.set()
    found = await asyncio.gather(*asked)
    assert all(item is found[0] for item in found)
    assert await shared.assets_of(file, "1", is_snapshot=False) is found[0]
    assert gatherer.begun == 1


async def test_a_file_that_has_changed_is_gathered_anew(gatherer: Gatherer, file: Path) -> None:
    gatherer.go.set()
    shared = Gathering(None)
    await shared.assets_of(file, "1", is_snapshot=False)
    os.utime(file, ns=(1, 1))
    await shared.assets_of(file, "1", is_snapshot=False)
    assert gatherer.begun == 2
    for key in "2345":
        await shared.assets_of(file, key, is_snapshot=False)
    assert len(shared._known) == gathering.MOST_KEPT


async def test_a_worker_that_is_cancelled_leaves_the_others_their_gathering(gatherer: Gatherer, file: Path) -> None:
    shared = Gathering(None)
    first, second = (asyncio.create_task(shared.assets_of(file, "1", is_snapshot=False)) for _ in range(2))
    await begun(gatherer, 1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert gatherer.ended == 0
    gatherer.go.set()
    assert (await second).manifest.main == "shot.blend"
    assert gatherer.begun == 1


async def test_when_all_are_cancelled_nothing_is_gathered_any_more(gatherer: Gatherer, file: Path) -> None:
    shared = Gathering(None)
    asked = [asyncio.create_task(shared.assets_of(file, "1", is_snapshot=False)) for _ in range(2)]
    await begun(gatherer, 1)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert gatherer.ended == 1
    assert not shared._running


async def test_an_error_reaches_all_and_is_not_kept(gatherer: Gatherer, file: Path) -> None:
    shared = Gathering(None)
    gatherer.error = RenderError("cannot be listed")
    gatherer.go.set()
    for error in await asyncio.gather(
        *(shared.assets_of(file, "1", is_snapshot=False) for _ in range(2)), return_exceptions=True
    ):
        assert str(error) == "cannot be listed"
    gatherer.error = None
    assert (await shared.assets_of(file, "1", is_snapshot=False)).manifest.main == "shot.blend"


async def test_files_beside_a_snapshot_go_along_and_those_beside_a_file_do_not(gatherer: Gatherer, file: Path) -> None:
    gatherer.go.set()
    pixels = file.with_name("0.raw")
    pixels.write_bytes(b"pixels")
    file.with_name("blendcache_shot").symlink_to(file.parent)
    shared = Gathering(None)
    await shared.assets_of(file, "1", is_snapshot=False)
    assert list(gatherer.beside) == []
    await shared.assets_of(file, "2", is_snapshot=True)
    assert list(gatherer.beside) == [pixels]


def test_the_named_blender_gathers_if_this_machine_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blender = tmp_path / "blender"
    blender.touch()
    assert gathering.listing_program(blender) == Program("blender", blender)
    monkeypatch.setattr(gathering, "own_program", lambda: Program("python", Path(sys.executable)))
    assert gathering.listing_program(tmp_path / "elsewhere") == Program("python", Path(sys.executable))
    monkeypatch.setattr(gathering, "own_program", lambda: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert gathering.listing_program(None) is None
