"""A folder of files, rendered by `blender -b`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.pictures import open_picture
from ...support.window.blenders import ROOT, Blender
from ...support.window.window import run_blender

SCRIPTS = Path(__file__).with_name("scripts")


def test_the_example_renders_all_files_of_a_folder(blender: Blender, home: Path, tmp_path: Path) -> None:
    example = ROOT / "examples" / "render_files.py"
    for script in (SCRIPTS / "save_two_files.py", example):
        arguments = ("--python-exit-code", "1", "--python", script, "--", tmp_path)
        ended = run_blender(blender.command, home, "-b", *arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    pictures = sorted(tmp_path.glob("[ab]/*.png"))
    assert [str(file.relative_to(tmp_path)) for file in pictures] == [
        "a/0001.png",
        "a/0002.png",
        "b/0001.png",
        "b/0002.png",
    ]
    assert {open_picture(file).size for file in pictures} == {(16, 16)}


@pytest.mark.parametrize(("option", "allows"), [("-y", True), ("-Y", False)])
def test_a_file_runs_its_scripts_as_the_command_line_says(
    blender: Blender, home: Path, tmp_path: Path, option: str, allows: bool
) -> None:
    script = ("--python", SCRIPTS / "driven_file.py", "--", tmp_path, str(allows))
    arguments = ("-b", option, "--python-exit-code", "1", *script)
    ended = run_blender(blender.command, home, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
