"""`async-render export FILE --openjd FOLDER`, and its job in sessions of `openjd run`."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.command import LIMIT, run
from ...support.pictures import open_picture
from ...support.requirements import skip
from .test_render import children, wait_until

OPENJD = Path(sys.executable).with_name("openjd")
"""The command of `openjd-cli`."""


def save(scene: bpy.types.Scene, file: Path) -> Path:
    """Save a file of five frames, each of another colour."""
    scene.frame_start, scene.frame_end = 1, 5
    world = scene.world
    assert world is not None
    if world.node_tree is None:  # before 5.0, from where on to set it is a warning that Python raises too late
        world.use_nodes = True
    colour = world.node_tree.nodes["Background"].inputs["Color"]
    for frame in range(1, 6):
        colour.default_value = (frame / 5, 0, 1 - frame / 5, 1)
        colour.keyframe_insert("default_value", frame=frame)
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    return file


@pytest.fixture
def shot(scene: bpy.types.Scene, tmp_path: Path) -> Path:
    return save(scene, tmp_path / "shot.blend")


def start(job: Path, *arguments: str) -> subprocess.Popen[str]:
    """Check the job's template, and start `openjd run`. Our command is that of this Python, which may lack scripts."""
    if not OPENJD.exists():
        skip("openjd", "jobs of Open Job Description need openjd-cli, of the group dev: `.ci/task headless`")
    subprocess.run([OPENJD, "check", job / "template.json"], check=True, timeout=LIMIT)
    command = job.parent / "our command"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m async_render "$@"\n')
    command.chmod(0o755)
    return subprocess.Popen(
        [OPENJD, "run", job / "template.json", "-p", f"AsyncRender={command}", *arguments],
        cwd=job.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_job(job: Path, *arguments: str) -> tuple[int, str]:
    """Run the job's tasks to their end."""
    with start(job, *arguments) as process:
        out, _ = process.communicate(timeout=4 * LIMIT)
    return process.returncode, out


def template(job: Path) -> Any:
    return json.loads((job / "template.json").read_text(encoding="utf-8"))


def tasks(job: Path) -> list[str]:
    (step,) = template(job)["steps"]
    (parameter,) = step["parameterSpace"]["taskParameterDefinitions"]
    return list(parameter["range"])


async def test_a_job_leaves_the_same_pictures_as_a_pool(shot: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    code, out, errors = run("export", shot, "--openjd", job, "--chunk", "3", "--output", "//out/f_####")
    assert (code, errors) == (0, "")
    assert "5 frames in 2 tasks" in out
    code, log = run_job(job)
    assert code == 0, log
    assert re.findall(r"openjd_progress: (\S+)", log) == ["33.3", "66.7", "100.0", "50.0", "100.0"]
    assert "openjd_status: shot.blend: frame 4 in" in log
    async with ar.BlenderPool(1, blender=sys.executable, file=shot) as pool:
        await pool.render_animation(filepath=f"{tmp_path}/pool/f_####")
    names = [f"f_{frame:04d}.png" for frame in range(1, 6)]
    assert sorted(path.name for path in (job / "out").iterdir()) == names
    pictures = [open_picture(job / "out" / name).tobytes() for name in names]
    assert pictures == [open_picture(tmp_path / "pool" / name).tobytes() for name in names]
    assert len(set(pictures)) == 5


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when another process ends")
def test_a_cancel_stops_within_the_frame_and_leaves_no_process_and_no_file(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    scene.cycles.samples = 1_000_000
    scene.cycles.use_adaptive_sampling = False
    scene.render.resolution_x, scene.render.resolution_y = 640, 360
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    shot, job = save(scene, tmp_path / "endless.blend"), tmp_path / "job"
    assert run("export", shot, "--openjd", job, "--frames", "1")[0] == 0
    with start(job) as process:
        wait_until(lambda: any((job / "output").glob(".async_render_*")))  # a worker renders
        ours, workers = descendants(process.pid)
        watched = [os.pidfd_open(pid) for pid in (ours, *workers)]
        assert workers
        process.send_signal(signal.SIGINT)  # the session sends SIGTERM to the action
        out, _ = process.communicate(timeout=LIMIT)
    for descriptor in watched:
        assert select.select([descriptor], [], [], LIMIT)[0]
        os.close(descriptor)
    assert process.returncode != 0
    assert 'Sending signal "term"' in out
    assert "openjd_fail: cancelled" in out
    assert "exited with code: 130" in out
    assert not list((job / "output").iterdir())


def descendants(pid: int) -> tuple[int, list[int]]:
    """The process of our command below a session, and its workers."""
    found = children(pid)
    while found:
        for child in found:
            arguments = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if b"--openjd" in arguments:
                return child, children(child)
        found = [below for child in found for below in children(child)]
    raise AssertionError("the session runs no command of ours")


def test_a_task_that_fails_says_why(shot: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    assert run("export", shot, "--openjd", job)[0] == 0
    code, log = run_job(job, "-p", "Blender=/nothing/here")
    assert code != 0
    assert "openjd_fail: --blender '/nothing/here' is not a program" in log
    assert "exited with code: 2" in log


def test_names_with_quotes_spaces_braces_and_line_ends_are_plain_text(scene: bpy.types.Scene, tmp_path: Path) -> None:
    folder = tmp_path / "{a} 'b' $(c) ü"
    folder.mkdir()
    shot, job = folder / 'it\'s a "{{shot}}"\nfür Ünal.blend', folder / "the {{job}}"
    save(scene, folder / "saved.blend").rename(shot)
    output = "//{{Param.Blender}} \"q\" 'x'/a b'ü $(touch x) ####"
    code, _, errors = run("export", shot, "--openjd", job, "--frames", "2", "--output", output)
    assert (code, errors) == (0, "")
    code, log = run_job(job)
    assert code == 0, log
    (picture,) = (path for path in job.rglob("*.png"))
    assert picture.relative_to(job).as_posix() == "{{Param.Blender}} \"q\" 'x'/a b'ü $(touch x) 0002.png"
    assert not list(tmp_path.rglob("x"))


def test_textures_and_libraries_come_with_the_file(scene: bpy.types.Scene, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    library = bpy.data.objects.new("Linked", bpy.data.meshes.new("Mesh"))
    bpy.data.libraries.write(str(there / "library.blend"), {library}, fake_user=True)
    bpy.data.objects.remove(library)
    libraries: Any = bpy.data.libraries
    with libraries.load(str(there / "library.blend"), link=True) as (_, linked):
        linked.objects = ["Linked"]
    scene.collection.objects.link(linked.objects[0])
    world = scene.world
    assert world is not None
    image = bpy.data.images.new("Sky", 4, 4)
    image.generated_color = (1, 0.5, 0, 1)
    image.filepath_raw, image.file_format = str(there / "sky.png"), "PNG"
    image.save()
    image.source = "FILE"
    if world.node_tree is None:
        world.use_nodes = True
    tree = world.node_tree
    node = tree.nodes.new("ShaderNodeTexEnvironment")
    node.image = image
    tree.links.new(node.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    world_of_cycles: Any = world.cycles
    world_of_cycles.sampling_method = "NONE"  # to look for lights in the picture takes 1.5 s of CPU a render
    shot, job = there / "shot.blend", tmp_path / "job"
    bpy.ops.wm.save_as_mainfile(filepath=str(shot), copy=True)
    assert run("render", shot, "--frames", "1", "--workers", "1", "--output", f"{tmp_path}/here/####")[0] == 0
    code, _, errors = run("export", shot, "--openjd", job, "--frames", "1")
    assert (code, errors) == (0, "")
    there.rename(tmp_path / "elsewhere")  # as on a machine that has no such folder
    assert {path.name for path in (job / "assets").iterdir()} == {"shot.blend", "library.blend", "sky.png"}
    copy, output = job / "assets" / "shot.blend", tmp_path / "elsewhere" / "####"
    code, log, errors = run("render", copy, "--frames", "1", "--workers", "1", "--output", str(output))
    assert (code, errors) == (0, "")
    assert "warning" not in log
    ours = open_picture(output.with_name("0001.png"))
    assert ours.tobytes() == open_picture(tmp_path / "here" / "0001.png").tobytes()
    red, green, blue = ours.convert("RGB").resize((1, 1)).tobytes()
    assert red > green > blue


def test_what_is_missing_is_named_and_no_job_is_made(scene: bpy.types.Scene, tmp_path: Path) -> None:
    image = bpy.data.images.new("Bark", 4, 4)
    image.source, image.filepath, image.use_fake_user = "FILE", "//tex/bark.png", True
    shot = save(scene, tmp_path / "shot.blend")
    code, _, errors = run("export", shot, "--openjd", tmp_path / "job")
    assert code == 2
    assert "the image 'Bark' is missing" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["shot.blend"]


def test_frames_and_chunks_of_the_file(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_step = 2
    shot = save(scene, tmp_path / "shot.blend")
    assert run("export", shot, "--openjd", tmp_path / "job", "--chunk", "2")[0] == 0
    assert tasks(tmp_path / "job") == ["1, 3", "5"]
    assert run("export", shot, "--openjd", tmp_path / "open", "--frames", "3-", "--chunk", "2")[0] == 0
    assert tasks(tmp_path / "open") == ["3, 4", "5"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--frames", ""], "names no frame"),
        (["--frames", "^1-"], "leaves out all its frames"),
        (["--frames", "-3"], "--frames"),
        (["--frames=-3"], "-3 is before frame 0"),
        (["--chunk", "0"], "--chunk 0"),
        (["--output", "/elsewhere/####"], "leads out of the job's folder"),
        (["--blender", "/nothing/here"], "is not a program"),
    ],
)
def test_arguments_that_cannot_work_end_with_2_and_leave_nothing(
    shot: Path, arguments: list[str], message: str
) -> None:
    code, out, errors = run("export", shot, "--openjd", shot.parent / "job", *arguments)
    assert (code, out) == (2, "")
    assert message in errors
    assert list(shot.parent.iterdir()) == [shot]


def test_a_folder_that_is_not_empty_and_a_file_that_is_not_there_are_refused(shot: Path) -> None:
    job = shot.parent / "job"
    job.mkdir()
    mine = job / "mine"
    mine.touch()
    code, _, errors = run("export", shot, "--openjd", job)
    assert (code, list(job.iterdir())) == (2, [mine])
    assert "the folder is not empty" in errors
    code, _, errors = run("export", shot.parent / "nothing.blend", "--openjd", shot.parent / "other")
    assert code == 2
    assert "nothing.blend" in errors


def test_a_movie_is_one_task(scene: bpy.types.Scene, tmp_path: Path) -> None:
    if hasattr(scene.render.image_settings, "media_type"):
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"
    shot = save(scene, tmp_path / "film.blend")
    code, _, errors = run("export", shot, "--openjd", tmp_path / "job", "--chunk", "2")
    assert code == 2
    assert "which is one file" in errors
    assert run("export", shot, "--openjd", tmp_path / "job", "--chunk", "5")[0] == 0
