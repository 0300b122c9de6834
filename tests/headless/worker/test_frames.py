"""Frames that a worker renders: planned, staged, checked, and renamed to their final names."""

from __future__ import annotations

import asyncio
import os
import platform
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.worker import main
from async_render.output import revocation
from async_render.output.locked_folders import FRAMES_PREFIX, LOCK, MARKS, LockedFolder

from ...support.disks import mounted
from ...support.pictures import open_picture
from .conftest import Worker

pytestmark = pytest.mark.core


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_frame_is_sent_when_its_file_has_its_final_name(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    out = tmp_path / "out"
    seen: list[list[str]] = []
    worker.on_event = lambda event: seen.append([*names(out)]) if event["event"] == "frame" else None
    plan = worker.plan(filepath=out / "a_##", resolution_x=16)
    assert (plan["frames"], plan["skipped"], plan["is_movie"], len(plan["patterns"])) == ("1-3", "", False, 1)
    assert (plan["folder"], plan["patterns"]) == (str(out), [(f"{out}/a_", 2, ".png")])
    assert (plan["warnings"], plan["in_order"]) == ([], False)
    done = worker.do("frames", settings=plan["settings"], frames="1-3")
    assert worker.frames_sent() == [(frame, [f"a_0{frame}.png"], False) for frame in (1, 2, 3)]
    assert [[name for name in there if not name.startswith(FRAMES_PREFIX)] for there in seen] == [
        [f"a_0{frame}.png" for frame in range(1, last + 1)] for last in (1, 2, 3)
    ]
    assert done["seconds"] > 0
    assert names(out) == ["a_01.png", "a_02.png", "a_03.png"]
    assert open_picture(out / "a_02.png").size == (16, 18)


def test_the_pictures_are_those_of_a_render_without_a_worker(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    alone = ar.run(ar.render_animation(filepath=tmp_path / "alone" / "####")).result()
    plan = worker.plan(filepath=tmp_path / "worker" / "####")
    worker.do("frames", settings=plan["settings"], frames=plan["frames"])
    for file in alone.files:
        assert open_picture(file).tobytes() == open_picture(tmp_path / "worker" / file.name).tobytes()


def test_each_view_has_its_file(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    scene.render.use_multiview = True
    plan = worker.plan(filepath=tmp_path / "out" / "a_##_b")
    assert len(plan["patterns"]) == 2
    worker.do("frames", settings=plan["settings"], frames="2")
    assert worker.frames_sent() == [
        (2, [f"{Path(f'{before}02{after}').name}" for before, _, after in plan["patterns"]], False)
    ]
    assert names(tmp_path / "out") == ["a_02_b_L.png", "a_02_b_R.png"]


def test_a_resumed_plan_has_the_damaged_frames_and_they_are_rendered_again(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    scene.render.use_overwrite = False
    first = worker.plan()
    worker.do("frames", settings=first["settings"], frames="1-2")
    (tmp_path / "scene_0002.png").write_bytes(b"\x89PNG half")
    plan = worker.plan(resume=True)
    assert (plan["frames"], plan["skipped"]) == ("2, 3", "1")
    worker.do("frames", settings=plan["settings"], frames="2-3")
    assert [number for number, _, skipped in worker.frames_sent() if not skipped] == [1, 2, 2, 3]
    assert open_picture(tmp_path / "scene_0002.png").size == (32, 18)


def test_frames_that_another_computer_has_made_meanwhile_are_left_to_it(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    scene.render.use_overwrite, scene.render.use_placeholder = False, True
    plan = worker.plan()
    (tmp_path / "scene_0002.png").touch()
    marks: list[list[str]] = []
    worker.on_event = lambda _event: marks.append(names(tmp_path))
    worker.do("frames", settings=plan["settings"], frames="1-3")
    assert worker.frames_sent() == [
        (2, ["scene_0002.png"], True), (1, ["scene_0001.png"], False), (3, ["scene_0003.png"], False)
    ]  # fmt: skip
    assert "scene_0003.png" in marks[1], "an empty file marks the frame for other computers"
    assert (tmp_path / "scene_0002.png").stat().st_size == 0


def test_a_cancel_leaves_whole_frames_and_nothing_else(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    scene.render.use_placeholder = True
    plan = worker.plan(filepath=tmp_path / "out" / "####")

    async def main() -> None:
        task = asyncio.ensure_future(worker.done("frames", settings=plan["settings"], frames="1-1000"))
        worker.on_event = lambda event: task.cancel() if event.get("number") == 2 else None
        with pytest.raises(asyncio.CancelledError):
            await task

    ar.run(main())
    sent = worker.frames_sent()
    assert names(tmp_path / "out") == [file for _, files, _ in sent for file in files]
    assert 1 <= len(sent) < 1000


def test_a_file_that_cannot_be_replaced_ends_the_request_and_is_named(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    plan = worker.plan()
    (tmp_path / "scene_0002.png").mkdir()
    with pytest.raises(ar.OutputError, match=r"frame 2: .*scene_0002.png cannot be replaced") as caught:
        worker.do("frames", settings=plan["settings"], frames="1-3")
    assert (caught.value.frames, caught.value.frame) == ((1,), 2)
    assert caught.value.files == (tmp_path / "scene_0001.png",)
    assert names(tmp_path) == ["scene_0001.png", "scene_0002.png"]


def test_a_full_disk_is_named_by_the_final_folder(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    scene.render.resolution_x = scene.render.resolution_y = 256
    with mounted(tmp_path / "disk", options=b"size=2600k") as disk:
        plan = worker.plan(filepath=disk / "a_####", file_format="OPEN_EXR", color_depth="32", exr_codec="NONE")
        with pytest.raises(ar.RenderError, match="the disk is full") as caught:
            worker.do("frames", settings=plan["settings"], frames="1-3")
        assert FRAMES_PREFIX not in str(caught.value)
        assert names(disk) == [name for _, files, _ in worker.frames_sent() for name in files]
        assert [str(file) for file in caught.value.files] == [f"{disk}/{name}" for name in names(disk)]
        assert caught.value.frames == tuple(number for number, _, _ in worker.frames_sent())


def test_a_disk_that_others_fill_before_the_first_frame_is_named(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "disk", options=b"size=64k") as disk:

        def filled(folder: Path, prefix: str) -> LockedFolder:
            with (disk / "all").open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(1024))
            return LockedFolder(folder, prefix)

        monkeypatch.setattr(revocation, "LockedFolder", filled)
        full = f"no file can be written in the folder {disk}: the disk is full"
        plan = worker.plan(filepath=disk / "a_####")
        with pytest.raises(ar.RenderError, match=full):
            worker.do("frames", settings=plan["settings"], frames="1-3")
        (disk / "all").unlink()
        settings = ar.RenderSettings(filepath=disk / "still")
        with pytest.raises(ar.RenderError, match=full):
            worker.do("still", settings=settings, frame=1.0, write=True, pixels=None)
        assert names(disk) == ["all"]


def test_what_a_killed_worker_has_left_is_removed_by_the_next_plan(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    left = tmp_path / f"{FRAMES_PREFIX}x"  # nobody has locked it any more: tests/unit/output/test_locked_folders.py
    left.mkdir()
    (left / LOCK).write_bytes(os.fsencode(platform.node()))
    (left / "0001.png").write_bytes(b"half")
    assert left.exists()
    worker.plan()
    assert names(tmp_path) == []


def test_the_mark_of_a_dead_worker_is_no_other_computers(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    scene.render.use_overwrite, scene.render.use_placeholder = False, True
    plan = worker.plan()
    left = tmp_path / f"{FRAMES_PREFIX}x"
    left.mkdir()
    (left / LOCK).write_bytes(os.fsencode(platform.node()))
    (left / MARKS).write_text('["scene_0002.png", "scene_0003.png", "../other.png", 7]')
    (tmp_path / "scene_0002.png").touch()
    worker.do("frames", settings=plan["settings"], frames="1-3")
    assert worker.frames_sent() == [(frame, [f"scene_000{frame}.png"], False) for frame in (1, 2, 3)]


def test_frames_of_a_movie_are_refused(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    plan = worker.plan(filepath=tmp_path / "film", file_format="FFMPEG", container="MKV")
    assert (plan["is_movie"], plan["patterns"]) == (True, [(f"{tmp_path}/film0001-0003.mkv", None, "")])
    with pytest.raises(ar.RenderError, match="is a movie"):
        worker.do("frames", settings=plan["settings"], frames="1-3")


@pytest.mark.parametrize("brace", ["", "{{x}} "])
def test_a_plan_fixes_the_date_and_the_camera_in_the_path(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker, brace: str
) -> None:
    plan = worker.plan(filepath=f"{tmp_path}/{brace}{{date:%H-%M-%S}}_{{camera}}_{{frame:03d}}")
    before, width, after = plan["patterns"][0]
    worker.do("frames", settings=plan["settings"], frames="1")
    assert worker.frames_sent() == [(1, [f"{Path(before).name}{1:0{width}d}{after}"], False)]
    assert "Camera_" in before
    assert before.startswith(f"{tmp_path}/{brace and '{x} '}")


def test_an_error_of_blender_names_no_staging_folder(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    plan = worker.plan()
    scene.camera = None
    with pytest.raises(ar.RenderError, match="no active camera") as caught:
        worker.do("frames", settings=plan["settings"], frames="1-3")
    assert FRAMES_PREFIX not in str(caught.value)
    assert names(tmp_path) == []


def facts(result: dict[str, Any]) -> tuple[str, list[str]]:
    return result["frames"], [Path(file).name for file in result["files"]]


@pytest.mark.parametrize("name", ["poster", "poster_##"])
def test_a_still_has_its_name_and_its_pixels(scene: bpy.types.Scene, tmp_path: Path, worker: Worker, name: str) -> None:
    settings = ar.RenderSettings(filepath=tmp_path / "out" / name)
    pixels = tmp_path / "pixels"
    done = worker.do("still", settings=settings, frame=7.0, write=True, pixels=str(pixels))
    assert facts(done["result"]) == ("7", [f"{name.replace('##', '07')}.png"])
    assert names(tmp_path / "out") == facts(done["result"])[1]
    assert done["result"]["size"] == [32, 18]
    assert pixels.stat().st_size == 4 * 4 * 32 * 18


def test_a_still_between_two_frames_and_one_that_is_not_kept(
    scene: bpy.types.Scene, tmp_path: Path, worker: Worker
) -> None:
    settings = ar.RenderSettings(filepath=tmp_path / "half")
    done = worker.do("still", settings=settings, frame=2.5, write=True, pixels=None)
    assert (done["result"]["subframe"], names(tmp_path)) == (0.5, ["half.png"])
    done = worker.do("still", settings=settings, frame=None, write=False, pixels=None)
    assert (done["result"]["files"], names(tmp_path)) == ([], ["half.png"])


def test_each_view_of_a_still_has_its_file(scene: bpy.types.Scene, tmp_path: Path, worker: Worker) -> None:
    scene.render.use_multiview = True
    settings = ar.RenderSettings(filepath=tmp_path / "poster")
    done = worker.do("still", settings=settings, frame=1.0, write=True, pixels=None)
    assert facts(done["result"])[1] == names(tmp_path) == ["poster_L.png", "poster_R.png"]


def test_a_worker_writes_no_journal(
    scene: bpy.types.Scene, worker: Worker, journal_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASYNC_RENDER_WORKER", "1")
    plan = worker.plan()
    for frame in (1, 2):
        worker.do("frames", settings=plan["settings"], frames=str(frame))
    assert not journal_folder.exists(), "10,000 jobs would push out the entries of the user's own Blender"
    monkeypatch.delenv("ASYNC_RENDER_WORKER")
    worker.do("frames", settings=plan["settings"], frames="3")
    assert len(list(journal_folder.iterdir())) == 1


def test_progress_is_sent_a_few_times_in_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[float] = []
    link: Any = SimpleNamespace(send=lambda message: sent.append(message["fraction"]))
    served = main._Worker(link, "token")
    for now in (1000.0, 1000.0 + main.PROGRESS_INTERVAL / 2, 1000.0 + main.PROGRESS_INTERVAL):
        monkeypatch.setattr(main.time, "monotonic", lambda now=now: now)
        served._emit("progress", {"fraction": now})
    served._emit("frame", {"fraction": -1.0})
    served._emit("frame", {"fraction": -2.0})
    assert sent == [1000.0, 1000.0 + main.PROGRESS_INTERVAL, -1.0, -2.0]
    assert 0.1 <= main.PROGRESS_INTERVAL <= 1.0
