"""Which way the files of a worker go, and what follows when the worker or its disk fails meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.cluster.dask_child import DaskChild
from async_render.farm.dask_worker.depot import Depot
from async_render.farm.dask_worker.store import Store
from async_render.farm.file_ways.farm_child import FarmChild, FileWays
from async_render.farm.file_ways.path_map import PathMap
from async_render.farm.file_ways.shared_folders import SharedFolders
from async_render.farm.shipping.assets import Assets
from async_render.farm.shipping.manifest import Entry, Manifest, Missing
from async_render.output.locked_folders import FRAMES_PREFIX
from async_render.output.revocation import OWNED
from async_render.pool.worker_process.child import ChildLostError
from async_render.render.errors import RenderError, WorkerError
from async_render.work.wire import error_to_wire
from tests.support.sample_files import SAMPLES

PNG = next(data for name, data in SAMPLES.items() if name.endswith(".png"))
ADDRESS = "tcp://worker:1"


class Link:
    """A link to one worker, which sees the folders of a set, with a real depot."""

    def __init__(self, store: Path) -> None:
        self.depot = Depot(Store(store))
        self.seen: set[Path] = set()
        self.orders: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.losses = 0
        self.comes_back = True
        self.is_closed = False

    async def order(self, _address: str, order: str, *, within: float = 1.0, **fields: Any) -> Any:
        assert within > 0
        kind = fields["given"]["order"] if order == "depot" else order
        self.orders.append(kind)
        if kind in self.fails:
            error = self.fails.pop(kind)
            if isinstance(error, OSError):
                raise error
            return {"error": error_to_wire(error)}
        if order == "marker":
            file = Path(fields["file"])
            return file.read_text() if file.parent in self.seen else None
        return {"answer": self.depot.do(fields["given"])} if order == "depot" else True

    async def is_back(self) -> bool:
        self.losses += 1
        return self.comes_back

    def forget(self, post: str) -> None:
        """Do nothing."""


class Blender:
    """What the Blender is asked, and does: a frame is a picture in its output folder."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.missing: list[str] = []
        self.lie = "", ""

    async def request(
        self, _child: DaskChild, do: str, *, on_event: Callable[[Mapping[str, Any]], None] | None = None, **given: Any
    ) -> dict[str, Any]:
        self.asked.append((do, given))
        if do == "frames":
            file = Path(given["settings"]["filepath"].replace("####", "0001") + ".png")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(PNG)
            assert on_event is not None
            event = {"event": "frame", "number": 1, "seconds": 1.0, "files": [str(file)], "skipped": False}
            on_event(event)
            return {"seconds": 1.0, "warnings": []}
        if do == "plan":
            template = given["settings"]["filepath"]
            before = template.replace("####", "").replace(*self.lie)
            return {
                "settings": {"filepath": template.replace(*self.lie)},
                "frames": "1-2",
                "skipped": "",
                "is_movie": False,
                "folder": os.path.dirname(before),
                "patterns": [[before, 4, ".png"]],
                "warnings": ["the image 'x' is missing: /there/gone.png", "the image 'y' is missing: /there/lost.png"],
                "in_order": False,
            }
        if do == "still":
            file = Path(given["settings"]["filepath"] + ".png")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(PNG)
            if given["pixels"] is not None:
                Path(given["pixels"]).write_bytes(b"pixels")
            return {"result": {"files": [str(file).replace(*self.lie)]}}
        return {"loaded": True, "seconds": 0.0, "missing": self.missing}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "shot.blend").write_bytes(b"blend")
    return folder


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Link]:
    link = Link(tmp_path / "store")
    yield link
    link.depot.close()


@pytest.fixture
def blender(monkeypatch: pytest.MonkeyPatch) -> Blender:
    blender = Blender()

    async def request(child: DaskChild, do: str, **given: Any) -> dict[str, Any]:
        return await blender.request(child, do, **given)

    monkeypatch.setattr(DaskChild, "request", request)
    return blender


@pytest.fixture
def child(link: Link, blender: Blender) -> FarmChild:
    assert blender.asked == []

    async def gathered(file: Path, _key: str, /, *, is_snapshot: bool) -> Assets:
        assert not is_snapshot
        data = file.read_bytes()
        digest = sha256(data).hexdigest()
        missing = (Missing("/here/gone.png", "the image 'x'"),)
        return Assets(Manifest(file.name, (Entry(file.name, len(data), digest),), missing), {digest: file})

    paths = PathMap(None)
    given: Any = link
    return FarmChild(given, ADDRESS, "worker 1", FileWays(paths, SharedFolders(paths), gathered))


async def load(child: FarmChild, folder: Path, events: list[Any] | None = None) -> None:
    receive = None if events is None else events.append
    await child.request(
        "load", on_event=receive, file=str(folder / "shot.blend"), key="1", folder=None, use_scripts=False
    )


async def frame(child: FarmChild, out: Path) -> list[Any]:
    events: list[Any] = []
    await child.request("frames", on_event=events.append, settings={"filepath": f"{out}/####"}, frames="1")
    return events


async def load_and_render(child: FarmChild, folder: Path) -> None:
    await load(child, folder)
    await frame(child, folder / "out")


async def test_a_file_in_a_folder_that_the_worker_sees_is_opened_there(
    child: FarmChild, link: Link, blender: Blender, here: Path
) -> None:
    link.seen.add(here)
    await load(child, here)
    await frame(child, here)
    assert blender.asked[0][1]["file"] == str(here / "shot.blend")
    assert link.orders == ["marker"]
    assert sorted(path.name for path in here.iterdir()) == ["0001.png", "shot.blend"]


async def test_a_file_that_the_worker_does_not_see_is_sent_and_its_frames_come_back(
    child: FarmChild, link: Link, blender: Blender, here: Path, tmp_path: Path
) -> None:
    events: list[Any] = []
    await load(child, here, events)
    assert [item["message"].partition(" to ")[0] for item in events] == ["0.0 of 0.0 MB of files are sent"]
    assert Path(blender.asked[0][1]["file"]).is_relative_to(tmp_path / "store")
    found = await frame(child, here / "out")
    assert found[0]["files"] == [str(here / "out" / "0001.png")]
    assert (here / "out" / "0001.png").read_bytes() == PNG
    assert child.sent == 5
    assert link.orders.count("begin") == 1


async def test_frames_of_a_file_that_is_seen_come_back_where_the_output_folder_is_not(
    child: FarmChild, link: Link, blender: Blender, here: Path, tmp_path: Path
) -> None:
    link.seen.add(here)
    await load(child, here)
    out = tmp_path / "out"
    await frame(child, out)
    assert (out / "0001.png").read_bytes() == PNG
    assert [do for do, _ in blender.asked] == ["load", "load", "frames"]
    await load(child, here)  # it is known now which way the file goes
    assert link.orders.count("begin") == 2
    assert child.sent == 5


async def test_a_file_whose_textures_the_worker_does_not_see_is_sent_and_one_that_nobody_has_is_not(
    child: FarmChild, link: Link, blender: Blender, here: Path
) -> None:
    link.seen.add(here)
    blender.missing = [str(here / "gone.png")]
    await load(child, here)
    assert len(blender.asked) == 1
    (here / "tex.png").write_bytes(PNG)
    blender.missing += [str(here / "tex.png")]
    await load(child, here)
    assert len(blender.asked) == 3
    assert "outbox" in blender.asked[2][1]["folder"]
    await frame(child, here)
    assert child.sent == 5
    assert (here / "0001.png").read_bytes() == PNG


async def test_a_still_comes_back_with_its_pixels(child: FarmChild, here: Path, blender: Blender) -> None:
    await load(child, here)
    settings = {"filepath": str(here / "out" / "still")}
    pixels = here / "pixels"
    result = await child.request("still", settings=settings, frame=None, write=True, pixels=str(pixels))
    assert result["result"]["files"] == [str(here / "out" / "still.png")]
    assert (here / "out" / "still.png").read_bytes() == PNG
    assert pixels.read_bytes() == b"pixels"
    assert str(here) not in blender.asked[-1][1]["settings"]["filepath"].partition("outbox")[0]


async def plan(child: FarmChild, out: Path) -> dict[str, Any]:
    return await child.request("plan", settings={"filepath": f"{out}/####"}, resume=True)


async def test_a_plan_is_that_of_this_machine(child: FarmChild, here: Path) -> None:
    await load(child, here)
    out = here / "out"
    out.mkdir()
    (out / "0001.png").write_bytes(PNG)
    found = await plan(child, out)
    assert (found["frames"], found["skipped"], found["folder"]) == ("2", "1", str(out))
    assert found["settings"] == {"filepath": f"{out}/####", "use_overwrite": True}
    assert found["warnings"] == [
        "the image 'x' is missing: /here/gone.png",
        "the image 'y' is missing: /there/lost.png",
    ]


@pytest.mark.parametrize("lie", [("/out/", "/elsewhere/"), ("/out/", "/out/../../x/"), ("/here/out/", "/")])
async def test_a_worker_that_names_other_folders_gets_no_file_here(
    child: FarmChild, blender: Blender, here: Path, lie: tuple[str, str]
) -> None:
    await load(child, here)
    blender.lie = lie
    with pytest.raises(RenderError, match="in none of the output folders"):
        await plan(child, here / "out")
    settings = {"filepath": str(here / "out" / "still")}
    with pytest.raises(RenderError, match="in none of the output folders"):
        await child.request("still", settings=settings, frame=None, write=True, pixels=None)
    assert [path.name for path in here.iterdir()] == ["shot.blend"]


@pytest.mark.parametrize("order", ["marker", "complete", "measure", "fetch", "taken"])
async def test_a_lost_connection_costs_no_finished_frame(child: FarmChild, link: Link, here: Path, order: str) -> None:
    link.fails[order] = OSError("connection closed")
    await load_and_render(child, here)
    assert (here / "out" / "0001.png").read_bytes() == PNG
    assert (link.losses, child.ended) == (1, None)


@pytest.mark.parametrize("order", ["marker", "begin", "piece", "keep", "complete", "measure"])
async def test_a_worker_that_is_gone_is_lost_and_counted(child: FarmChild, link: Link, here: Path, order: str) -> None:
    link.comes_back = False
    link.fails[order] = OSError("no such worker")
    with pytest.raises(WorkerError, match="does not answer: no such worker") as raised:
        await load_and_render(child, here)
    assert not isinstance(raised.value, ChildLostError)
    assert child.ended is not None
    assert not child._ways.refused


@pytest.mark.parametrize(("comes_back", "is_closed"), [(True, False), (False, True)])
async def test_a_lost_connection_is_no_fault_of_the_file(
    child: FarmChild, link: Link, here: Path, comes_back: bool, is_closed: bool
) -> None:
    link.comes_back, link.is_closed = comes_back, is_closed
    link.fails["begin"] = OSError("connection closed")
    with pytest.raises(ChildLostError, match="does not answer: connection closed"):
        await load(child, here)


@pytest.mark.parametrize("order", ["begin", "piece", "complete"])
async def test_a_worker_whose_disk_takes_no_files_is_refused(
    child: FarmChild, link: Link, here: Path, order: str
) -> None:
    link.fails[order] = RenderError("/store has 3 bytes free")
    with pytest.raises(ChildLostError, match="takes no files: /store has 3 bytes free"):
        await load(child, here)
    assert str(child._ways.refused[ADDRESS]) == "/store has 3 bytes free"


async def test_a_file_that_changes_on_its_way_is_no_fault_of_the_worker(
    child: FarmChild, link: Link, here: Path
) -> None:
    link.fails["keep"] = RenderError("the file was changed on its way")
    with pytest.raises(RenderError, match="was changed"):
        await load(child, here)
    assert child.ended is None


async def test_what_needs_a_shared_folder_says_so(child: FarmChild, link: Link, here: Path, tmp_path: Path) -> None:
    link.seen.add(here)
    await load(child, here)
    with pytest.raises(RenderError, match=rf"{ADDRESS} does not see the folder {tmp_path}.*paths="):
        await child.request("bake", type="DIFFUSE", properties={}, folder=str(tmp_path / "bake"))


async def test_a_worker_that_is_lost_gives_no_frame_its_final_name_any_more(
    child: FarmChild, link: Link, blender: Blender, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may live on a disk that all machines share, and others render its frames."""
    link.seen.add(here)
    child.token = "0123abcd"
    await load(child, here)
    folders = [here / f"{FRAMES_PREFIX}{name}" for name in ("a", "b")]
    for folder, owner in zip(folders, (child.token, "4567abcd"), strict=True):
        folder.mkdir()
        (folder / OWNED).write_text(owner)

    async def request(child: DaskChild, _do: str, **_given: Any) -> dict[str, Any]:
        child.lose("does not answer", is_blameless=False)
        raise child.error()

    monkeypatch.setattr(DaskChild, "request", request)
    with pytest.raises(WorkerError, match="does not answer"):
        await child.request("frames", settings={"filepath": "//####"}, frames="1")
    assert [folder.exists() for folder in folders] == [False, True]
    assert blender.asked
