"""The folder of a call, in which a worker and its pool exchange files, that somebody has removed meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from .conftest import Worker
from .test_encode_and_bake import MOVIE, baking

GONE = r"/gone is gone: somebody has removed it while it was in use; try again"


def test_baked_pixels_without_a_folder_are_a_clear_error(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    baking(scene, "Texture")
    with pytest.raises(ar.RenderError, match=GONE):
        worker.do("bake", type="NORMAL", properties={}, folder=str(tmp_path / "gone"))


def test_pixels_of_a_still_without_a_folder_are_a_clear_error(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    settings = ar.RenderSettings(scene=scene.name)
    with pytest.raises(ar.RenderError, match=GONE):
        worker.do("still", settings=settings, frame=1.0, write=False, pixels=str(tmp_path / "gone" / "pixels"))


def test_a_list_of_pictures_without_its_folder_is_a_clear_error(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    settings: Any = worker.plan(filepath=tmp_path / "film", **MOVIE)["settings"]
    with pytest.raises(ar.RenderError, match=GONE):
        worker.do("encode", listing=str(tmp_path / "gone" / "frames.json"), settings=settings, claims=True)


def test_a_still_without_a_folder_for_temporary_files_names_the_remedy(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def still() -> ar.StillResult:
        return await ar.render_still(write=False)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(ar.RenderError, match=r"gone takes no new folder: No such file or directory; set TMPDIR to"):
        ar.run(still()).result()
    assert scene.render.filepath == f"{tmp_path}/scene_"
