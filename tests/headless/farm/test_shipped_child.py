"""A Blender that sees nothing of the client's folders: files go there, frames come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.dask_worker.depot import Depot
from async_render.farm.dask_worker.store import Store
from async_render.farm.file_ways.shipped_child import ShippedChild
from async_render.farm.shipping.assets import Assets, gather
from async_render.output.integrity import find_damage
from async_render.render.errors import RenderError

from ...support.workers import python_program, started
from .test_files_travel import PROJECT, PYTHON, run


@pytest.fixture
def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run("make_project.py", tmp_path / "made")
    return tmp_path / "made" / PROJECT / "shots" / "shot.blend"


@asynccontextmanager
async def worker(tmp_path: Path, assets: Assets) -> AsyncIterator[ShippedChild]:
    depot = Depot(Store(tmp_path / "there"))

    async def order(order: Mapping[str, Any]) -> Any:
        return await asyncio.to_thread(depot.do, order)

    async def gathered(_file: Path, _key: str, *, is_snapshot: bool) -> Assets:
        assert not is_snapshot
        return assets

    async with started(python_program(), tmp_path) as child:
        shipped = ShippedChild(child.request, order, gathered)
        yield shipped
        await shipped.end_shipment()
    assert not list((tmp_path / "there" / "jobs").iterdir())


async def render(child: ShippedChild, shot: Path, path: str, **options: Any) -> tuple[dict[str, Any], list[Any]]:
    """Load, plan and render; return the plan and the files of each frame."""
    load: dict[str, Any] = {"file": str(shot), "key": "1", "folder": None, "use_scripts": False}
    await child.request("load", **load)
    settings = {"filepath": path, "file_format": "PNG"}
    plan = await child.request("plan", settings=settings, **{"resume": False, **options})
    events: list[Any] = []
    if plan["frames"]:
        await child.request("frames", on_event=events.append, settings=plan["settings"], frames=plan["frames"])
    return plan, [(event["number"], event["files"]) for event in events if event["event"] == "frame"]


async def test_files_are_sent_once_and_frames_come_back_whole(shot: Path, tmp_path: Path) -> None:
    assets = await gather(shot, PYTHON)
    out = shot.parents[1] / "out"
    async with worker(tmp_path, assets) as first:
        plan, files = await render(first, shot, "//../out/a_####")
        assert first.sent == assets.manifest.size
    assert files == [(frame, [str(out / f"a_{frame:04}.png")]) for frame in (1, 2)]
    assert sorted(path.name for path in out.iterdir()) == ["a_0001.png", "a_0002.png"]
    assert [find_damage(path) for path in out.iterdir()] == [None, None]
    assert plan["folder"] == str(out)
    assert [text for text in plan["warnings"] if "gone.png" in text]
    assert str(tmp_path / "there") not in str(plan)

    (out / "a_0001.png").unlink()
    async with worker(tmp_path, assets) as second:
        plan, files = await render(second, shot, f"{out}/a_####", resume=True)
        assert second.sent == 0
        assert (plan["frames"], plan["skipped"]) == ("1", "2")
        assert files == [(1, [str(out / "a_0001.png")])]
        with pytest.raises(RenderError, match="share"):
            await second.request("still", settings={}, frame=None, write=True, pixels=None)
