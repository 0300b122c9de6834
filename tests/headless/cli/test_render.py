"""`async-render render FILE`: by two workers, each a Python with the module `bpy`."""

from __future__ import annotations

import json
import os
import select
import signal
from pathlib import Path
from typing import Any

import bpy
import pytest

from ...support.command import LIMIT, run, start
from ...support.processes import children, wait_until


@pytest.fixture
def shot(scene: bpy.types.Scene, tmp_path: Path) -> Path:
    """A file of three frames, which go into a folder beside it."""
    scene.render.filepath = "//out/f_####"
    file = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    return file


def events(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_frame_is_reported_and_a_second_run_renders_what_is_missing(shot: Path) -> None:
    code, out, errors = run("render", shot, "--workers", "2", "--json")
    assert (code, errors) == (0, "")
    *frames, finished = events(out)
    assert sorted(event["number"] for event in frames) == [1, 2, 3]
    assert [event["done"] for event in frames] == [1, 2, 3]
    assert {event["file"] for event in frames} == {str(file) for file in (shot.parent / "out").iterdir()}
    assert (finished["frames"], finished["skipped"]) == (3, 0)
    (shot.parent / "out" / "f_0002.png").unlink()
    code, out, _ = run("render", shot, "--workers", "1", "--json", "--resume")
    assert code == 0
    assert [event.get("number") for event in events(out)] == [2, None]
    assert events(out)[-1]["skipped"] == 2


def test_settings_come_from_a_file_and_arguments_on_top(shot: Path) -> None:
    settings = shot.with_name("draft.toml")
    settings.write_text('frames = "1-3"\nfile_format = "BMP"\n')
    output = shot.parent / "draft" / "##"
    code, _, errors = run(
        "render", shot, "--workers", "1", "--settings", settings, "--frames", "2", "--output", str(output)
    )
    assert (code, errors) == (0, "")
    assert [file.name for file in output.parent.iterdir()] == ["02.bmp"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frames", "one"], "frames='one'"),
        (["--workers", "0"], "workers=0"),
        (["--settings", "shot.txt"], "ends with .json or .toml"),
        (["--blender", "/nothing/here"], "is not a program"),
    ],
)
def test_arguments_that_cannot_work_end_with_2_before_anything_starts(
    shot: Path, arguments: list[str], message: str
) -> None:
    code, out, errors = run("render", shot, *arguments)
    assert (code, out) == (2, "")
    assert message in errors


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, _, errors = run("render", tmp_path / "nothing.blend")
    assert code in {1, 2}
    assert "nothing.blend" in errors


@pytest.fixture
def endless(scene: bpy.types.Scene, tmp_path: Path) -> Path:
    """A file whose frames take hours."""
    scene.cycles.samples = 1_000_000
    scene.cycles.use_adaptive_sampling = False  # it ends a frame of one colour at once
    scene.render.resolution_x, scene.render.resolution_y = 640, 360
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    file = tmp_path / "endless.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    return file


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when another process ends")
def test_ctrl_c_leaves_no_process_and_no_file(endless: Path) -> None:
    output = endless.parent / "out"
    with start("render", endless, "--workers", "2", "--output", f"{output}/####") as process:
        wait_until(lambda: any(output.glob(".async_render_*")))  # a worker renders
        workers = [os.pidfd_open(child) for child in children(process.pid)]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert "cancelled by Ctrl-C" in errors
    assert len(workers) == 2
    for worker in workers:
        assert select.select([worker], [], [], LIMIT)[0]
        os.close(worker)
    assert not list(output.iterdir())
