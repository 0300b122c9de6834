"""A job of Open Job Description: chunks, output, and a folder that is complete or not there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from async_render.farm.openjd import LONGEST_VALUE, MOST_TASKS, JobOutput, chunks, template, write_job
from async_render.render.frame_list import FrameList
from async_render.render.frames import frame_list

FRAMES = FrameList([range(1, 101)])
OUTPUT = JobOutput("output", "shot_####")


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_each_frame_is_in_one_task(size: int) -> None:
    frames = frame_list("-5-20, 30-60x3, ^7, 99", 1, 100)
    tasks = [frame_list(text, 1, 100) for text in chunks(frames, size)]
    assert [frame for task in tasks for frame in task] == list(frames)
    assert max(map(len, tasks)) <= size


def test_many_frames_make_as_many_tasks_as_the_specification_allows() -> None:
    frames = FrameList([range(100_000)])
    assert len(chunks(frames, None)) <= MOST_TASKS
    with pytest.raises(ValueError, match="write --chunk 98 or more"):
        chunks(frames, 97)
    assert len(chunks(frames, 98)) <= MOST_TASKS


@pytest.mark.parametrize("size", [0, -1])
def test_a_chunk_without_a_frame_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"--chunk {size}: a task has at least one frame"):
        chunks(FRAMES, size)


def test_frames_whose_text_is_too_long_for_a_task_are_refused() -> None:
    uneven = FrameList.of(sorted({frame * frame for frame in range(400)}))
    with pytest.raises(ValueError, match="write a smaller --chunk"):
        chunks(uneven, 400)
    assert all(len(text) <= LONGEST_VALUE for text in chunks(uneven, 100))


@pytest.mark.parametrize(
    ("text", "output"),
    [
        (None, JobOutput("output", "a _b__####")),
        ("//out/f_####", JobOutput("out", "f_####")),
        ("out\\deep/f", JobOutput("out/deep", "f")),
    ],
)
def test_the_output_is_a_folder_in_the_jobs_folder(text: str | None, output: JobOutput) -> None:
    assert JobOutput.of(text, 'a "b{.blend') == output


@pytest.mark.parametrize(
    "text", ["/tmp/f", "///tmp/f", "C:\\out\\f", "//../f", "//out/../../f", "f", "", "//out/", "o/\n"]
)
def test_an_output_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape("write for example //out/shot_####")):
        JobOutput.of(text, "shot.blend")


def test_what_a_user_names_stands_in_values_only() -> None:
    evil = "$(touch x) {{Param.Blender}} \"'`;"
    made = template(f"{evil}.blend", ["1"], JobOutput(evil, evil), evil)
    values = [parameter.pop("default") for parameter in made["parameterDefinitions"]]
    assert sum(evil in value for value in values) == 5
    assert evil not in json.dumps(made, ensure_ascii=False)
    assert "touch" not in json.dumps(made)


def test_a_value_that_is_too_long_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="OutputName has 1025 characters"):
        template("shot.blend", ["1"], JobOutput("output", "x" * 1025), None)


def test_a_job_whose_files_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    def gather(assets: Path) -> None:
        (assets / "half").write_bytes(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_job(tmp_path / "job", template("shot.blend", ["1"], OUTPUT, None), gather)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_has_files_stays(tmp_path: Path) -> None:
    mine = tmp_path / "job" / "mine"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(ValueError, match="the folder is not empty"):
        write_job(mine.parent, template("shot.blend", ["1"], OUTPUT, None), lambda _assets: None)
    assert [*tmp_path.rglob("*")] == [mine.parent, mine]


def test_an_empty_folder_becomes_the_jobs(tmp_path: Path) -> None:
    job = tmp_path / "new" / "job"
    job.mkdir(parents=True)
    made = template("Prüfung.blend", ["1"], OUTPUT, None)
    write_job(job, made, lambda assets: (assets / "Prüfung.blend").touch())
    assert json.loads((job / "template.json").read_text(encoding="utf-8")) == made
    assert (job / "assets" / "Prüfung.blend").exists()
    assert [path.name for path in job.parent.iterdir()] == ["job"]
    assert job.stat().st_mode == job.parent.stat().st_mode, "others of this machine read it as any folder"
