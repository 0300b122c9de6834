"""A folder of files, rendered by `blender -b`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.pictures import open_picture
from ...support.window.blenders import ROOT, Blender
from ...support.window.window import run_blender

SAVE = """
import sys, bpy
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.use_denoising = 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
scene.frame_end = 2
for name in ("a", "b"):
    bpy.ops.wm.save_as_mainfile(filepath=f"{sys.argv[-1]}/{name}.blend", copy=True)
"""


def test_the_example_renders_all_files_of_a_folder(blender: Blender, home: Path, tmp_path: Path) -> None:
    example = ROOT / "examples" / "render_files.py"
    for arguments in (["--python-expr", SAVE], ["--python", str(example)]):
        ended = run_blender(blender.command, home, "-b", "--python-exit-code", "1", *arguments, "--", str(tmp_path))
        assert ended.returncode == 0, ended.stdout + ended.stderr
    pictures = sorted(tmp_path.glob("[ab]/*.png"))
    assert [str(file.relative_to(tmp_path)) for file in pictures] == [
        "a/0001.png",
        "a/0002.png",
        "b/0001.png",
        "b/0002.png",
    ]
    assert {open_picture(file).size for file in pictures} == {(16, 16)}


OPEN = """
import sys, bpy
import async_render as ar
file = f"{sys.argv[-1]}/driven.blend"
camera = bpy.context.scene.camera
camera.driver_add("location", 0).driver.expression = "__import__('math').pi"
bpy.ops.wm.save_as_mainfile(filepath=file)
for use_scripts in (None, not ALLOWS, None):
    ar.run(ar.open_file(file, use_scripts=use_scripts))
    runs = bpy.context.scene.camera.matrix_world.translation.x == bpy.context.scene.camera.location.x > 3
    assert runs == (ALLOWS if use_scripts is None else use_scripts), use_scripts
"""


@pytest.mark.parametrize(("option", "allows"), [("-y", True), ("-Y", False)])
def test_a_file_runs_its_scripts_as_the_command_line_says(
    blender: Blender, home: Path, tmp_path: Path, option: str, allows: bool
) -> None:
    code = OPEN.replace("ALLOWS", str(allows))
    arguments = ["-b", option, "--python-exit-code", "1", "--python-expr", code, "--", str(tmp_path)]
    ended = run_blender(blender.command, home, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
