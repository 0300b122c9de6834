"""What needs OpenGL where there is no display: refused before the first frame, unless OpenGL works without one."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import pytest

import async_render as ar
from async_render.blender.quirks import background_gpu
from async_render.blender.worker import display

from ..session.scripts.opengl_scenes import add_grease_pencil
from .conftest import Worker


@pytest.fixture(autouse=True)
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no display, and no trial was made before."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    background_gpu.problem_of.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems need no display")
def test_an_engine_that_would_end_the_process_is_refused(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/not there")  # the trial really ends by a signal
    for engine in ("BLENDER_EEVEE", "BLENDER_WORKBENCH"):
        with pytest.raises(ar.RenderError, match=r"engine='BLENDER_.* DISPLAY is not set.*exit code -.*xvfb-run"):
            worker.plan(engine=engine)
    settings = ar.RenderSettings(engine="BLENDER_WORKBENCH", filepath=tmp_path / "a")
    with pytest.raises(ar.RenderError, match="DISPLAY is not set"):
        worker.do("still", settings=settings, frame=1.0, write=True, pixels=None)
    assert worker.plan(engine="CYCLES")["frames"] == "1-3"
    add_grease_pencil(scene)
    with pytest.raises(ar.RenderError, match=r"Grease Pencil object 'Line' cannot render here.*or hide it in renders"):
        worker.plan(engine="CYCLES")


def test_one_trial_is_made_and_lets_the_engine_render(
    scene: bpy.types.Scene, worker: Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    count = f"open({str(tmp_path / 'trials')!r}, 'a').write('1')"
    monkeypatch.setattr(display, "trial", lambda: (sys.executable, "-c", count))
    monkeypatch.setattr(background_gpu.sys, "platform", "linux")
    assert [worker.plan(engine="BLENDER_WORKBENCH")["frames"] for _ in range(2)] == ["1-3", "1-3"]
    assert (tmp_path / "trials").read_text() == "1"
    monkeypatch.setenv("DISPLAY", ":1")
    assert not background_gpu.has_no_display()
