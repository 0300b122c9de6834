"""`async-render check FOLDER`: what it finds, and its exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from async_render.cli.main import main


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A folder with five frames of a shot, in a folder below."""
    (tmp_path / "shot").mkdir()
    for frame in range(1, 6):
        Image.effect_noise((64, 48), 50).save(tmp_path / "shot" / f"f_{frame:04d}.png")
    return tmp_path


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_folder_of_complete_files_is_all_right(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(rendered)]) == 0
    assert capsys.readouterr().out == "5 files, 0 damaged, 0 frames missing, 0 unfinished\n"


def test_a_truncated_file_and_a_missing_frame_are_named(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.truncate(rendered / "shot" / "f_0002.png", 100)
    (rendered / "shot" / "f_0004.png").unlink()
    assert main(["check", "--json", str(rendered)]) == 3
    damaged, missing, checked = events(capsys)
    assert damaged["file"] == str(rendered / "shot" / "f_0002.png")
    assert str(damaged["damage"]).startswith("is cut off after 100 of")
    assert missing == {"event": "missing", "files": str(rendered / "shot" / "f_####.png"), "frames": "4", "count": 1}
    assert checked == {"event": "checked", "files": 4, "damaged": 1, "missing": 1, "unfinished": 0}


def test_what_a_render_has_left_is_not_checked_but_named(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rendered / ".async_render_x").mkdir()
    (rendered / ".async_render_x" / "f_0009.png").touch()
    (rendered / "film.partial.mkv").touch()
    assert main(["check", "--json", str(rendered)]) == 3
    assert [event.get("file") for event in events(capsys)] == [
        str(rendered / ".async_render_x"),
        str(rendered / "film.partial.mkv"),
        None,
    ]


def test_other_files_are_left_alone(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rendered / "shot.blend").write_bytes(b"")
    (rendered / "notes_3.txt").write_bytes(b"")
    assert main(["check", str(rendered)]) == 0
    assert capsys.readouterr().out.startswith("5 files")


def test_a_link_to_a_folder_is_not_followed(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rendered / "again").symlink_to(rendered, target_is_directory=True)
    assert main(["check", str(rendered)]) == 0
    assert capsys.readouterr().out.startswith("5 files")


@pytest.mark.parametrize("name", ["nothing here", "shot/f_0001.png"])
def test_a_path_that_is_no_folder_is_refused(rendered: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["check", str(rendered / name)]) == 2
    assert "is not a folder; name the folder" in capsys.readouterr().err


def test_a_folder_without_pictures_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert "has no picture and no movie" in capsys.readouterr().err


def test_names_do_not_command_the_terminal(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rendered / "\x1b[2J.png").touch()
    assert main(["check", str(rendered)]) == 3
    assert "\x1b" not in capsys.readouterr().out


def test_a_name_that_is_not_utf_8_is_reported_in_json(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    (rendered / name).touch()
    assert main(["check", "--json", str(rendered)]) == 3
    assert events(capsys)[0]["file"] == str(rendered / name)


def test_frames_that_should_be_there_may_be_given(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "--frames", "1-9x4", str(rendered)]) == 3
    assert events(capsys)[0]["frames"] == "9"
    assert main(["check", "--frames", "1..", str(rendered)]) == 0
    assert main(["check", "--frames", "one", str(rendered)]) == 2
    assert "frames='one'" in capsys.readouterr().err
