"""Names of a million frames' files, without a list of them."""

from pathlib import Path

import pytest

from async_render.output.frame_files import SAMPLES, FilePattern, FrameFiles
from async_render.render.frame_list import FrameList

PATHS = ["/out/{}.png", "/out/f_{}_L.exr", "/out/1{}1.png", "/out/0{}0.png", "/out/2{}", "/out.{}/{}.png"]


def named(path: str, width: int, frame: int) -> Path:
    digits = f"{abs(frame):0{width}d}"
    folder, _, name = path.rpartition("/")
    return Path(folder, name.format(f"-{digits}" if frame < 0 else digits))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1, 2, 4, 7, 12])
def test_four_paths_tell_all(path: str, width: int) -> None:
    pattern = FilePattern.of(*(named(path, width, frame) for frame in SAMPLES))
    for frame in (-1_048_574, -12, -1, 0, 1, 9, 10, 999, 1000, 12_345, 1_048_574):
        assert pattern.path(frame) == named(path, width, frame)


def test_a_movie_has_one_name() -> None:
    movie = Path("/out/film0001-0250.mkv")
    pattern = FilePattern.of(movie, movie, movie, movie)
    files = FrameFiles(FrameList([range(1, 1_000_001)]), [pattern])
    assert (files[1], files[1_000_000]) == ((movie,), (movie,))
    assert files.extremes == (movie,)
    assert files.begun() == files.frames


def test_files_are_named_when_they_are_asked_for() -> None:
    files = FrameFiles(
        FrameList([range(1, 1_000_001)]), [FilePattern("/o/", 4, "_L.png"), FilePattern("/o/", 4, "_R.png")]
    )
    assert files[7] == (Path("/o/0007_L.png"), Path("/o/0007_R.png"))
    assert len(files) == 1_000_000
    assert 7 in files
    assert 0 not in files
    assert [file.name for file in files.extremes] == ["0001_L.png", "0001_R.png", "1000000_L.png", "1000000_R.png"]


@pytest.mark.parametrize("count", [10, 1_000_000], ids=["looked at one by one", "listed"])
def test_a_folder_in_the_place_of_a_file_is_found(tmp_path: Path, count: int) -> None:
    files = FrameFiles(FrameList([range(1, count + 1)]), [FilePattern(f"{tmp_path}/f_", 4, ".png")])
    files[3][0].touch()
    (tmp_path / "f_0000.png").mkdir()
    (tmp_path / "f_00007.png").mkdir()
    assert files.blocking_folder() is None
    files[7][0].mkdir()
    assert files.blocking_folder() == files[7][0]


@pytest.mark.parametrize("other", ["F_0003.PNG", "f_0003.png", f"f_{3:04d}.png".title()])
def test_a_disk_without_case_may_have_it_otherwise(tmp_path: Path, other: str) -> None:
    """What is listed is only looked at: on a disk that tells them apart it is another file."""
    files = FrameFiles(FrameList([range(1, 1_000_001)]), [FilePattern(f"{tmp_path}/f_", 4, ".png")])
    (tmp_path / other).touch()
    assert files.begun() == (3,)
