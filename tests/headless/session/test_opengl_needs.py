"""What of a scene needs OpenGL is told of each scene that ends the process without OpenGL, and of no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from async_render.blender.quirks.versions import EEVEE_ENGINE
from async_render.blender.session.opengl_needs import opengl_need
from async_render.render.settings import RenderSettings

from .scripts.opengl_scenes import add_compositor

SCRIPT = Path(__file__).parent / "scripts" / "opengl_scenes.py"
ROOT = Path(__file__).parents[3]

WITHOUT = [
    "cycles",
    "color_strip_in_eevee",
    "compositor_on_cpu",
    "compositor_off",
    "muted_layers_of_eevee",
    "strip_before_compositor",
    "strip_of_cycles",
    "hidden_grease_pencil",
]
WITH = {
    "eevee": f"engine={EEVEE_ENGINE!r}",
    "compositor_on_gpu": "the compositor of the scene 'Scene' on the GPU",
    "layers_of_eevee": f"engine={EEVEE_ENGINE!r}",
    "strip_of_eevee": f"engine={EEVEE_ENGINE!r}",
    "grease_pencil": "the Grease Pencil object 'Line'",
}


def rendered_without_opengl(*scenes: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment |= {"__EGL_VENDOR_LIBRARY_FILENAMES": "/not there", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, SCRIPT, *scenes], env=environment, timeout=120, check=False, capture_output=True, text=True
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems need no display")
def test_scenes_that_end_the_process_are_told_and_no_others() -> None:
    ended = rendered_without_opengl(*WITHOUT)
    assert ended.returncode == 0, ended.stderr
    for scene in WITHOUT:
        assert f"{scene}: nothing\n" in ended.stdout
        assert f"{scene}: rendered\n" in ended.stdout
    for scene, what in WITH.items():
        ended = rendered_without_opengl(scene)
        assert ended.returncode < 0, scene
        assert f"{scene}: {what}\n" in ended.stdout
        assert "rendered" not in ended.stdout


def test_settings_that_the_scene_does_not_have_yet_count(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"
    add_compositor(scene, "GPU")
    need = opengl_need(scene)
    assert need is not None
    assert need.remedy == "render with overrides={'render.compositor_device': 'CPU'}"
    assert opengl_need(scene, RenderSettings(overrides={"render.compositor_device": "CPU"})) is None
    assert opengl_need(scene, RenderSettings(use_compositing=False)) is None
    need = opengl_need(scene, RenderSettings(use_compositing=False, engine="BLENDER_EEVEE"))
    assert need is not None
    assert need.what == f"engine={EEVEE_ENGINE!r}"
