"""Calls that one worker does, with a worker made for tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

import async_render as ar
from async_render.pool.crew import single_requests
from async_render.pool.crew.errands import Load
from async_render.pool.crew.workshop import Workshop
from async_render.render.settings import RenderSettings


class Emptied:
    """A workshop whose worker has done its request when somebody removes the folder for temporary files."""

    async def ask(self, _load: Load, request: Mapping[str, Any], _emit: object) -> Mapping[str, Any]:
        shutil.rmtree(Path(request["pixels"]).parent)
        return {"result": {}}


async def test_pixels_of_a_still_that_somebody_has_removed_are_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    options = {"pixels": True, "frame": None, "write": False}
    with pytest.raises(ar.RenderError, match=r"async_render_pool_\w+ is gone: somebody has removed it .*; try again"):
        await single_requests.still(
            cast(Workshop, Emptied()), Load(tmp_path, "key"), RenderSettings(), options, lambda _event: None
        )
