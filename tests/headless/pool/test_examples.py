"""The examples for many Blenders, as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bpy

from ...support.checkout import EXAMPLES
from .conftest import save_shot


def run(*arguments: object) -> str:
    """Run a Python, and return what it printed."""
    ended = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_segments_are_rendered_at_the_same_time(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    for name, frame in (("Intro", 1), ("Chase", 7)):
        bpy.data.scenes[0].timeline_markers.new(name, frame=frame)
    bpy.ops.wm.save_mainfile()
    start = tmp_path / "start.py"
    start.write_text(
        "import bpy, runpy, sys\n"
        "bpy.ops.wm.open_mainfile(filepath=sys.argv[1])\n"
        "runpy.run_path(sys.argv[2], run_name='__main__')\n"
    )
    printed = run(start, file, EXAMPLES / "parallel_segments.py")
    assert "Intro: 6 frames in " in printed
    assert "Chase: 6 frames in " in printed
    pictures = sorted(str(picture.relative_to(tmp_path)) for picture in tmp_path.rglob("*.png"))
    assert (pictures[0], pictures[-1]) == ("out/Chase/0007.png", "out/Intro/0006.png")
    assert len(pictures) == 12


def test_a_folder_of_files_is_rendered_by_plain_python(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_shot(tmp_path / f"{name}.blend")
    (tmp_path / "c.blend").write_bytes(b"no file of Blender's")
    example = EXAMPLES / "batch_folder.py"
    failed = subprocess.run(
        [sys.executable, example, tmp_path, sys.executable], capture_output=True, text=True, timeout=300
    )
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "a.blend: 12 frames, 0 were there\nb.blend: 12 frames, 0 were there\nc.blend: " in failed.stdout
    assert len(list(tmp_path.glob("[ab]/*.png"))) == 24
    (tmp_path / "c.blend").unlink()
    printed = run(example, tmp_path, sys.executable)
    assert printed == "a.blend: 0 frames, 12 were there\nb.blend: 0 frames, 12 were there\n"
