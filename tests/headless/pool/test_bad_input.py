"""Files and paths that a pool cannot use, or that look as if it could not. And a parent without `bpy`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.output.integrity import find_damage

from ...support.checkout import ROOT
from .conftest import ENDLESS, save_shot

SCRIPTS = Path(__file__).with_name("scripts")


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def of_another_kind(file: Path) -> None:
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))


def of_a_format_that_is_not_there_yet(file: Path) -> None:
    file.write_bytes(b"BLENDER17-02v0900" + file.read_bytes()[17:])


@pytest.mark.parametrize("damage", [truncated, empty, of_another_kind])
async def test_a_file_that_cannot_be_opened_is_an_error_that_names_it(damage: Any, tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    damage(file)
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        with pytest.raises(ar.RenderError, match=r"shot\.blend"):
            await pool.render_animation(filepath=f"{tmp_path}/out/####")
        assert [worker.state for worker in pool.workers] == ["idle"], "the worker lives on"
    assert not (tmp_path / "out").exists()


async def test_names_with_spaces_umlauts_chinese_and_250_characters(tmp_path: Path) -> None:
    folder = tmp_path / "Bär und  Käse 熊貓 {x}"
    file = save_shot(folder / ("l" * 200 + "ä.blend"))
    async with ar.BlenderPool(1, blender=sys.executable, file=file, log_folder=tmp_path / "Log 熊貓") as pool:
        result = await pool.render_animation(filepath=f"//out/{'n' * 240}_##", frames="1-2")
        assert [len(path.name) for path in result.files] == [247, 247]
        assert result.files[0].parent == folder / "out"
        assert [find_damage(path) for path in result.files] == [None, None]
        with pytest.raises(ar.RenderError, match="a name in it is too long"):
            await pool.render_animation(filepath=f"//{'n' * 300}/##", frames="1-2")
    assert [log.name for log in (tmp_path / "Log 熊貓").iterdir()] == ["worker_1.log"]


async def test_missing_textures_and_libraries_are_named_before_the_first_frame(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    image = bpy.data.images.load(
        str(shutil.copy(ROOT / "tests" / "__init__.py", tmp_path / "wood.png")), check_existing=True
    )
    image.use_fake_user = True
    bpy.ops.wm.save_mainfile()
    (tmp_path / "wood.png").unlink()
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        result = await pool.render_animation(filepath="//out/####", frames="1-2")
    assert any("wood.png" in warning for warning in result.warnings), result.warnings


async def test_a_file_that_only_a_newer_blender_can_open_names_that_blender(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    of_a_format_that_is_not_there_yet(file)
    ours = ".".join(map(str, bpy.app.version[:2]))
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        with pytest.raises(ar.RenderError, match=rf"shot\.blend.*; it was saved by Blender 9\.0, and this is {ours}: "):
            await pool.render_still(filepath="//still")


async def test_a_file_of_a_newer_blender_is_rendered_with_a_warning(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=False, check_existing=False)
    begin, version, rest = re.split(rb"(?<=v)(\d+)", file.read_bytes(), maxsplit=1)
    assert begin.startswith(b"BLENDER")
    file.write_bytes(begin + b"%0*d" % (len(version), int(version) + 1) + rest)
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        result = await pool.render_animation(filepath="//out/####", frames="1-2")
    assert result.frames == (1, 2)
    newer, ours = (f"{bpy.app.version[0]}.{bpy.app.version[1] + more}" for more in (1, 0))
    (warning,) = result.warnings
    assert warning.startswith(f"shot.blend was saved by Blender {newer}, and this worker is Blender {ours}, ")


async def test_a_property_that_cannot_go_over_the_wire_is_refused_before_a_worker_has_it(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        with pytest.raises(TypeError, match=r"margin=<object object at .*> cannot be sent to a worker; give a text"):
            await pool.bake("DIFFUSE", margin=object())
        with pytest.raises(TypeError, match=r"overrides\['cycles\.samples'\]=<object object at .*> is no text, no"):
            await pool.render_animation(overrides={"cycles.samples": object()})  # type: ignore[dict-item]


@pytest.mark.parametrize("allowed", [False])
async def test_scripts_in_a_file_do_not_run(allowed: bool, tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    text = bpy.data.texts.new("evil.py")
    text.write(f"open({str(tmp_path / 'was_here')!r}, 'w')")
    text.use_module = True
    bpy.ops.wm.save_mainfile()
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        await pool.render_still(filepath="//still")
    assert (tmp_path / "was_here").exists() is allowed


def test_a_plain_python_without_bpy_renders_by_others(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    ended = subprocess.run(
        [sys.executable, SCRIPTS / "plain_python.py", file],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 0, ended.stderr
    assert [json.loads(line) for line in ended.stdout.splitlines()] == [[12, 32], [2, 3]]
    assert ended.stderr == ""
    assert len(list(tmp_path.rglob("*.png"))) == 14


def test_a_thread_of_a_plain_python_never_imports_bpy(tmp_path: Path) -> None:
    """A Python that has imported bpy on another thread than the main one ends by SIGSEGV: 4.2 to 5.1."""
    file = save_shot(tmp_path / "shot.blend")
    ended = subprocess.run(
        [sys.executable, SCRIPTS / "on_a_thread.py", file, f"{tmp_path}/"],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ended.returncode, ended.stdout) == (0, "None True (1,) False\n"), ended.stderr


async def test_a_job_that_takes_too_long_ends_with_what_is_complete(tmp_path: Path) -> None:
    file = save_shot(tmp_path / "shot.blend")
    async with ar.BlenderPool(1, blender=sys.executable, file=file) as pool:
        await pool.render_still(filepath="//still")
        assert pool._backend is not None  # the start of the worker does not count here
        pool._backend.options = replace(pool._backend.options, job_timeout=2.0)
        with pytest.raises(ar.RenderError, match=r"the animation took more than job_timeout=2 s") as caught:
            await pool.render_animation(filepath="//out/####", **ENDLESS)
        assert [worker.state for worker in pool.workers] == ["idle"]
    assert caught.value.files == ()
    assert not list((tmp_path / "out").iterdir())
