"""Whether a file that a script opens may run its own Python, and what a render says where it may not."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import async_render as ar
from async_render.blender.kinds import blocked_scripts
from async_render.output.integrity import find_damage

pytestmark = pytest.mark.core


@pytest.fixture
def driven(scene: bpy.types.Scene, tmp_path: Path) -> Path:
    """A file whose camera is moved by Python."""
    scene.camera.driver_add("location", 0).driver.expression = "__import__('math').pi"
    file = tmp_path / "driven.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    return file


@pytest.fixture
def preference(request: pytest.FixtureRequest, driven: Path) -> Iterator[bool]:
    """Set after the file was made: factory settings have this one, too."""
    paths = bpy.context.preferences.filepaths
    before = paths.use_scripts_auto_execute
    paths.use_scripts_auto_execute = request.param
    yield request.param
    paths.use_scripts_auto_execute = before


async def camera_after(file: Path, use_scripts: bool | None) -> float:
    await ar.open_file(file, use_scripts=use_scripts)
    return float(bpy.context.scene.camera.matrix_world.translation.x)


@pytest.mark.parametrize("preference", [False, True], indirect=True)
def test_a_file_runs_its_scripts_as_the_user_likes_whatever_was_opened_before(preference: bool, driven: Path) -> None:
    async def main() -> list[float]:
        return [await camera_after(driven, use_scripts) for use_scripts in (None, True, None, False, None)]

    own = math.pi if preference else 0.0
    assert ar.run(main()).result() == pytest.approx([own, math.pi, own, 0.0, own])


@pytest.mark.parametrize("preference", [False], indirect=True)
def test_a_render_says_that_the_scripts_of_its_file_were_blocked(
    preference: bool, driven: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> tuple[ar.RenderResult, ar.RenderResult, ar.RenderResult]:
        await ar.open_file(driven)
        still = await ar.render_still(ar.RenderSettings(filepath=tmp_path / "still"))
        animation = await ar.render_animation(ar.RenderSettings(frame_end=1, filepath=tmp_path / "blocked"))
        await ar.open_file(driven, use_scripts=True)
        return still, animation, await ar.render_animation(ar.RenderSettings(frame_end=1, filepath=tmp_path / "run"))

    with caplog.at_level(logging.WARNING, "async_render"):
        still, animation, allowed = ar.run(main()).result()
    (warning,) = still.warnings
    assert warning.startswith("scripts of the file were blocked (Driver '__import__('math').pi')")
    assert "use_scripts=True" in warning
    assert animation.warnings == still.warnings
    assert allowed.warnings == ()
    assert [find_damage(file) for result in (still, animation, allowed) for file in result.files] == [None] * 3
    assert caplog.text.count("the render of the scene 'Scene': scripts of the file were blocked") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["blender", "-b"], None),
        (["blender", "-b", "-y", "a.blend"], True),
        (["blender", "--enable-autoexec"], True),
        (["blender", "-y", "-Y"], False),
        (["blender", "-Y", "--enable-autoexec"], True),
        (["blender", "-b", "--python", "a.py", "--", "-y"], None),
        (["blender", "--disable-autoexec", "--", "-y"], False),
    ],
)
def test_the_command_line_wins_over_the_preference(arguments: list[str], said: bool | None) -> None:
    assert blocked_scripts._command_line("/usr/bin/blender", arguments) is said
    assert blocked_scripts._command_line("", arguments) is None  # of the bpy module: these are the script's own


def test_a_name_that_no_file_can_have_cannot_be_opened(scene: bpy.types.Scene) -> None:
    with pytest.raises(ar.RenderError, match=r"path='[^']*a\\x00b' cannot be opened"):
        ar.run(ar.open_file("/a\0b"))


@pytest.mark.timeout(30)
def test_a_pipe_a_device_and_a_folder_are_not_opened(scene: bpy.types.Scene, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.blend")
    (tmp_path / "zero.blend").symlink_to("/dev/zero")
    (tmp_path / "folder.blend").mkdir()
    for name in ("pipe", "zero", "folder"):
        with pytest.raises(ar.RenderError, match=f"path='.*{name}.blend' is not a .blend file, but a folder, a device"):
            ar.run(ar.open_file(tmp_path / f"{name}.blend"))
