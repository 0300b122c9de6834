"""`async-render run SCRIPT`: in this Python's module `bpy`, and in a Blender of its own."""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import pytest

from ...support.command import LIMIT, run, start

TEXTS = Path(__file__).with_name("texts")


@pytest.fixture(params=["the module", "a Blender"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The arguments that choose who runs the script. The Blender is a program that takes Blender's arguments, and has
    the module `bpy`: window tests have real ones."""
    if request.param == "the module":
        return []
    program = tmp_path / "blender"
    python = shlex.quote(sys.executable)
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != --python ]; do shift; done\nshift\nexec {python} "$@"\n')
    program.chmod(0o755)
    return ["--blender", str(program)]


def test_a_script_may_await_at_its_top_and_its_renders_are_reported(where: list[str], tmp_path: Path) -> None:
    file = tmp_path / "shot.blend"
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    script, folder = TEXTS / "renders_three_frames.py", tmp_path / "out"
    code, out, errors = run("run", *where, "--json", script, file, "--", folder)
    assert (code, errors) == (0, "")
    events: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert [event["text"] for event in events if event["event"] == "printed"] == [f"file {file}", "rendered (1, 2, 3)"]
    assert [event["done"] for event in events if event["event"] == "progress"] == [0, 1, 2, 3]
    assert sorted(path.name for path in folder.iterdir()) == ["0001.png", "0002.png", "0003.png"]


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("raise ValueError('no such shot')", 1, "shot.py, line 1: ValueError: no such shot"),
        ("raise SystemExit(7)", 7, ""),
        ("raise SystemExit('give a shot')", 1, "give a shot"),
        ("import async_render as ar\nawait ar.render_still(camera='Nobody')", 1, "camera='Nobody'"),
        ("print(1", 2, "SyntaxError"),
    ],
)
def test_the_exit_code_and_the_error_are_the_scripts(tmp_path: Path, text: str, code: int, error: str) -> None:
    script = tmp_path / "shot.py"
    script.write_text(text)
    ended, out, errors = run("run", script)
    assert (ended, out) == (code, "")
    assert error in errors
    assert "Traceback" not in errors


def test_a_file_that_is_no_blend_file_is_named(where: list[str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.blend"
    broken.write_text("nothing")
    code, _, errors = run("run", *where, TEXTS / "renders_three_frames.py", broken)
    assert code == 1
    assert "is not a .blend file" in errors


def test_a_blender_that_ends_at_once_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    program = tmp_path / "blender"
    program.write_text("#!/bin/sh\necho 'no display' >&2\nexit 9\n")
    program.chmod(0o755)
    code, _, errors = run("run", "--blender", program, TEXTS / "renders_three_frames.py")
    assert code == 1
    assert "ended before the script, with exit code 9" in errors
    assert "no display" in errors


def _rendering(process: subprocess.Popen[str]) -> int:
    """Wait until the script renders, and return the number of its process."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("renders in process"), line
    return int(line.split()[-1])


def test_ctrl_c_stops_the_render_and_the_script_cleans_up(where: list[str]) -> None:
    with start("run", *where, TEXTS / "renders_for_ever.py") as process:
        _rendering(process)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert out.endswith("cleaned up\n")
    assert "cancelled by Ctrl-C" in errors


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when another process ends")
def test_blender_ends_when_the_command_is_killed(where: list[str]) -> None:
    with start("run", *where, TEXTS / "renders_for_ever.py") as process:
        renders = os.pidfd_open(_rendering(process))
        process.kill()
        process.communicate(timeout=LIMIT)
    ended, _, _ = select.select([renders], [], [], LIMIT)
    os.close(renders)
    assert ended
