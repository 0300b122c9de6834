"""A job's files at a worker that sees nothing of this machine's, and its frames on their way back."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.dask_worker.depot import MOST_JOBS, Depot
from async_render.farm.dask_worker.store import Store, StoredJob
from async_render.farm.shipping.assets import Assets
from async_render.farm.shipping.manifest import Entry, Manifest, Missing
from async_render.farm.shipping.pieces import PIECE
from async_render.farm.shipping.returned import ReturnedFiles
from async_render.farm.shipping.shipment import Shipment
from async_render.render.errors import OutputError, RenderError
from tests.support.sample_files import SAMPLES

PNG = next(data for name, data in SAMPLES.items() if name.endswith(".png"))
FILES = {"shot.blend": b"blend" * 500_000, "tex/a.png": b"a", "tex/same.png": b"a", "empty.txt": b""}


class Worker:
    """A worker's depot behind a transport: JSON and bytes only."""

    def __init__(self, folder: Path) -> None:
        self.depot = Depot(Store(folder))
        self.orders: list[str] = []
        self.answers: dict[str, Any] = {}

    async def order(self, order: Mapping[str, Any]) -> Any:
        self.orders.append(order["order"])
        data = order.get("data")
        assert data is None or len(data) <= PIECE
        plain = json.loads(json.dumps({key: value for key, value in order.items() if key != "data"}))
        if order["order"] in self.answers:
            return self.answers[order["order"]]
        return self.depot.do(plain if data is None else plain | {"data": data})


def assets_in(folder: Path, files: Mapping[str, bytes]) -> Assets:
    entries, sources = [], {}
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        entries.append(Entry(name, len(data), sha256(data).hexdigest()))
        sources[entries[-1].sha256] = path
    missing = (Missing("/gone.png", "the image 'gone'"),)
    return Assets(Manifest("shot.blend", tuple(entries), missing, 2), sources)


class Counted(str):
    """A digest that counts how often it is hashed, by whatever takes it into a set."""

    hashes = 0

    def __hash__(self) -> int:
        Counted.hashes += 1
        return super().__hash__()


async def test_a_large_job_that_begins_keeps_no_other_job_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ends before its files are laid out leaves nothing."""
    make = Store.job
    has_begun, may_end = threading.Event(), threading.Event()

    def job(store: Store, manifest: Manifest) -> StoredJob:
        if manifest.main == "large.blend":
            has_begun.set()
            assert may_end.wait(60)
        return make(store, manifest)

    monkeypatch.setattr(Store, "job", job)
    depot = Depot(Store(tmp_path / "store"))
    given = {"manifest": Manifest("large.blend", (Entry("large.blend", 0, "0" * 64),)).to_wire()}
    beginning = asyncio.create_task(asyncio.to_thread(depot.do, {"order": "begin", "job": "large", **given}))
    try:
        await asyncio.to_thread(has_begun.wait, 60)
        manifest = Manifest("small.blend", (Entry("small.blend", 0, "0" * 64),)).to_wire()
        assert depot.do({"order": "begin", "job": "small", "manifest": manifest}) == ["0" * 64]
        with pytest.raises(RenderError, match="has begun already"):
            depot.do({"order": "begin", "job": "large", **given})
        with pytest.raises(RenderError, match="no such job"):
            depot.do({"order": "complete", "job": "large"})
        depot.close()
    finally:
        may_end.set()
    with pytest.raises(RenderError, match="'large' was ended before it had begun"):
        await beginning
    assert list((tmp_path / "store" / "jobs").iterdir()) == []


async def test_the_digests_that_a_worker_wants_are_read_once(tmp_path: Path) -> None:
    files = {"shot.blend": b"", **{f"{number}.png": b"%d" % number for number in range(100)}}
    assets = assets_in(tmp_path, files)
    missing = [Counted(digest) for digest in assets.sources]
    sent = set[str]()

    async def order(given: Mapping[str, Any]) -> Any:
        sent.update(given.get("sha256", "").split())
        return {"begin": missing, "complete": {"file": "/there/shot.blend", "outbox": "/there"}}.get(given["order"])

    await Shipment(order, assets).send()
    assert sent == set(assets.sources)
    assert Counted.hashes <= 2 * len(missing)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(tmp_path / "there")
    yield worker
    worker.depot.close()


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    return assets_in(tmp_path / "here", FILES)


async def shipped(worker: Worker, assets: Assets) -> Shipment:
    shipment = Shipment(worker.order, assets)
    await shipment.send()
    return shipment


async def test_files_are_sent_once_and_the_second_job_sends_no_byte(worker: Worker, assets: Assets) -> None:
    first = await shipped(worker, assets)
    assert first.sent == 2_500_001
    second = await shipped(worker, assets)
    assert second.sent == 0
    for shipment in (first, second):
        assert shipment.file is not None
        folder = Path(shipment.file).parent
        assert {
            str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        } == FILES
        await shipment.end()
        assert not folder.exists()
    assert worker.orders.count("piece") == 4


def test_what_is_missing_is_named(worker: Worker, assets: Assets) -> None:
    assert Shipment(worker.order, assets).warnings == [
        "the image 'gone' is missing: /gone.png",
        "2 more files are missing",
    ]


async def test_frames_come_back_to_the_same_absolute_path(worker: Worker, assets: Assets, tmp_path: Path) -> None:
    shipment = await shipped(worker, assets)
    out = tmp_path / "out"
    there = Path(shipment.there(f"{tmp_path}/scenes/../out/sub/0001.png"))
    assert shipment.here(str(there)) == str(out / "sub/0001.png")
    there.parent.mkdir(parents=True)
    there.write_bytes(PNG)
    with ReturnedFiles(out) as returned:
        assert await shipment.fetch(str(there), returned) == out / "sub/0001.png"
    assert (out / "sub/0001.png").read_bytes() == PNG
    assert not there.exists()
    assert [path.name for path in out.rglob("*")] == ["sub", "0001.png"]


async def test_paths_keep_their_last_slash_and_those_of_elsewhere_stay(worker: Worker, assets: Assets) -> None:
    shipment = await shipped(worker, assets)
    assert shipment.there("/out/") == f"{shipment.there('/out')}/"
    assert shipment.here("/elsewhere/0001.png") == "/elsewhere/0001.png"


async def test_a_damaged_frame_does_not_replace_an_older_one(worker: Worker, assets: Assets, tmp_path: Path) -> None:
    shipment = await shipped(worker, assets)
    out = tmp_path / "out"
    out.mkdir()
    (out / "0001.png").write_bytes(b"old")
    there = Path(shipment.there(str(out / "0001.png")))
    there.parent.mkdir(parents=True)
    there.write_bytes(PNG[:-12])
    with ReturnedFiles(out) as returned, pytest.raises(OutputError):
        await shipment.fetch(str(there), returned)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"0001.png": b"old"}


@pytest.mark.parametrize("name", ["../../../etc/passwd", "etc/passwd", "..", ""])
async def test_a_worker_that_names_other_files_overwrites_none(
    worker: Worker, assets: Assets, tmp_path: Path, name: str
) -> None:
    shipment = await shipped(worker, assets)
    (tmp_path / "out").mkdir()
    with ReturnedFiles(tmp_path / "out") as returned, pytest.raises(RenderError, match="file="):
        await shipment.fetch(shipment.there("/") + "/" + name, returned)
    with ReturnedFiles(tmp_path / "out") as returned, pytest.raises(RenderError):
        await shipment.fetch(f"{shipment.there(str(tmp_path / 'out'))}/{name}", returned)


@pytest.mark.parametrize(
    "answers",
    [
        {"begin": None},
        {"begin": [1]},
        {"complete": None},
        {"complete": {"file": 5, "outbox": "x"}},
    ],
)
async def test_a_worker_that_answers_nonsense_is_refused(
    worker: Worker, assets: Assets, answers: dict[str, Any]
) -> None:
    worker.answers = answers
    with pytest.raises(RenderError, match="another version"):
        await shipped(worker, assets)
    assert worker.orders[-1] == "end"


@pytest.mark.parametrize("answer", [None, {"size": -1, "sha256": "0" * 64}, {"size": 1, "sha256": "x"}])
async def test_a_frame_without_a_size_and_a_digest_is_refused(
    worker: Worker, assets: Assets, tmp_path: Path, answer: Any
) -> None:
    shipment = await shipped(worker, assets)
    worker.answers = {"measure": answer}
    with ReturnedFiles(tmp_path) as returned, pytest.raises(RenderError):
        await shipment.fetch(shipment.there(str(tmp_path / "0001.png")), returned)


async def test_a_file_that_changes_while_it_is_sent_is_named_and_the_job_removed(
    worker: Worker, assets: Assets
) -> None:
    source = assets.sources[assets.manifest.entries[0].sha256]
    source.write_bytes(b"short")
    with pytest.raises(RenderError, match="has become shorter"):
        await shipped(worker, assets)
    source.write_bytes(b"blenD" * 500_000)
    with pytest.raises(RenderError, match="send it again"):
        await shipped(worker, assets)
    assert [path.name for path in (worker.depot._store.folder / "jobs").iterdir()] == []  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"order": "begin"},
        {"order": "begin", "job": "x", "manifest": {}},
        {"order": "explode", "job": "JOB"},
        {"order": "piece", "job": "other", "sha256": "0" * 64, "offset": 0, "data": b""},
        {"order": "piece", "job": "JOB", "sha256": "0" * 64, "offset": 0, "data": b"x"},
        {"order": "piece", "job": "JOB", "sha256": "../x", "offset": 0, "data": b"x"},
        {"order": "piece", "job": "JOB", "sha256": "0" * 64, "offset": "0", "data": b"x"},
        {"order": "measure", "job": "JOB", "file": "../files/shot.blend"},
        {"order": "measure", "job": "JOB", "file": "/etc/passwd"},
        {"order": "measure", "job": "JOB", "file": "link"},
        {"order": "fetch", "job": "JOB", "file": "folder/passwd", "offset": 0},
        {"order": "fetch", "job": "JOB", "file": "x", "offset": -1},
        {"order": "taken", "job": "JOB", "file": "folder/passwd"},
    ],
)
async def test_a_depot_obeys_no_other_orders(worker: Worker, assets: Assets, order: dict[str, Any]) -> None:
    shipment = await shipped(worker, assets)
    outbox = Path(shipment.there("/"))
    (outbox / "link").symlink_to("/etc/passwd")
    (outbox / "folder").symlink_to("/etc")
    with pytest.raises(RenderError):
        worker.depot.do(order | ({"job": shipment.job} if order.get("job") == "JOB" else {}))
    worker.depot.close()
    assert not outbox.exists()


async def test_two_jobs_of_one_name_and_too_many_jobs_are_refused(worker: Worker, tmp_path: Path) -> None:
    manifest = assets_in(tmp_path / "here", FILES).manifest.to_wire()
    begin = {"order": "begin", "job": "x", "manifest": manifest}
    worker.depot.do(begin)
    with pytest.raises(RenderError, match="job='x' has begun already: give each job a name of its own"):
        worker.depot.do(begin)
    for number in range(MOST_JOBS - 1):
        worker.depot.do({**begin, "job": str(number)})
    with pytest.raises(RenderError, match="this worker has 100 jobs: wait until one has ended"):
        worker.depot.do({**begin, "job": "y"})
    worker.depot.close()
