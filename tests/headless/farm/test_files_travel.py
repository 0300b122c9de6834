"""A project is gathered, laid out in another folder while its own is away, and looks the same."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from async_render.farm.dask_worker.store import Store, StoredJob
from async_render.farm.shipping.assets import Assets, gather
from async_render.farm.shipping.pieces import PIECE
from async_render.render.errors import RenderError
from async_render.work.session import Program

from ...support.pictures import open_picture

SCRIPTS = Path(__file__).with_name("scripts")
PYTHON = Program("python", Path(sys.executable))

PROJECT = "projekt für 木"


def run(script: str, *arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, "-P", SCRIPTS / script, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def picture_of(blend: Path, file: Path) -> bytes:
    run("render_still.py", blend, file)
    with open_picture(file) as opened:
        return opened.convert("RGB").tobytes()


def send(assets: Assets, job: StoredJob) -> int:
    """Send what a job needs, and return the number of bytes."""
    sent = 0
    for digest in sorted(job.missing):
        received = job.receive(digest)
        while piece := assets.read(digest, received.offset, PIECE):
            received.write(received.offset, piece)
            sent += len(piece)
        job.keep(received, digest)
    return sent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project, made once. Tests copy nothing: its absolute paths name it."""
    folder = tmp_path_factory.mktemp("made")
    run("make_project.py", folder)
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.core
def test_a_project_looks_the_same_on_a_machine_that_has_nothing_of_it(made: Path, tmp_path: Path) -> None:
    shot = made / PROJECT / "shots" / "shot.blend"
    expected = picture_of(shot, tmp_path / "here.png")
    assert {expected[place : place + 3] for place in range(0, len(expected), 3)} > {
        *(b"\0\xff\0", b"\0\0\xff", b"\xff\0\0", b"\xff\xff\0", b"\xff\0\xff", b"\xff\xff\xff", b"\0\xff\xff"),
        b"\x08\x22\x51",  # the sequence's frame 2
    }
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    assets = asyncio.run(gather(shot, PYTHON))
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before
    assert sorted(entry.name for entry in assets.manifest.entries) == [
        "outside/absolute.png",
        "outside/lib.blend",
        "outside/of lib.png",
        f"{PROJECT}/Schrift.woff2",
        f"{PROJECT}/lib/deep/deep.blend",
        f"{PROJECT}/lib/deep/木.png",
        f"{PROJECT}/lib/set.blend",
        f"{PROJECT}/seq/s_0001.png",
        f"{PROJECT}/seq/s_0002.png",
        f"{PROJECT}/shots/beside.png",
        f"{PROJECT}/shots/shot.blend",
        f"{PROJECT}/shots/tex tür/below.png",
        f"{PROJECT}/tex/udim.1001.png",
        f"{PROJECT}/tex/udim.1002.png",
        f"{PROJECT}/ton.wav",
    ]
    assert [item.path for item in assets.manifest.missing] == [str(made / PROJECT / "tex" / "gone.png")]
    assert "'gone'" in assets.manifest.missing[0].needed_by

    store = Store(tmp_path / "store")
    with store.job(assets.manifest) as job:
        assert send(assets, job) == assets.manifest.size
        away = made.rename(made.with_name("away"))
        try:
            assert picture_of(job.complete(), tmp_path / "there.png") == expected
        finally:
            away.rename(made)
    again = asyncio.run(gather(shot, PYTHON))
    assert again.manifest.key == assets.manifest.key
    with store.job(again.manifest) as job:
        assert send(again, job) == 0

    shutil.rmtree(tmp_path / "store")
    blend = assets.lay_out(tmp_path / "copied")
    away = made.rename(made.with_name("away"))
    try:
        assert picture_of(blend, tmp_path / "copied.png") == expected
    finally:
        away.rename(made)


def test_files_beside_a_snapshot_travel_with_it(made: Path, tmp_path: Path) -> None:
    blend, pixels = tmp_path / "Unsaved.blend", tmp_path / "0.raw"
    shutil.copyfile(made / PROJECT / "lib" / "deep" / "deep.blend", blend)
    pixels.write_bytes(b"pixels")
    assets = asyncio.run(gather(blend, PYTHON, beside=[pixels]))
    assert [entry.name for entry in assets.manifest.entries] == ["Unsaved.blend", "0.raw"]
    assert [item.path for item in assets.manifest.missing] == [str(tmp_path / "木.png")]


@pytest.mark.parametrize("content", [b"", b"no blend file", None])
def test_a_file_that_blender_cannot_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    blend = tmp_path / "shot.blend"
    if content is not None:
        blend.write_bytes(content)
    with pytest.raises(RenderError, match=r"shot\.blend"):
        asyncio.run(gather(blend, PYTHON))


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="/nowhere/blender"):
        asyncio.run(gather(tmp_path / "shot.blend", Program("blender", Path("/nowhere/blender"))))
