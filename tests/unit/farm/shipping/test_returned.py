"""Frames that come back from another machine."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from async_render.farm.shipping.pieces import measure, read_piece
from async_render.farm.shipping.returned import ReturnedFiles
from async_render.render.errors import OutputError, RenderError
from tests.support.sample_files import SAMPLES

PNG = next(data for name, data in SAMPLES.items() if name.endswith(".png"))


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def arrive(returned: ReturnedFiles, name: str, data: bytes) -> Path:
    received = returned.receive(name, len(data), sha256(data).hexdigest())
    for offset in range(0, len(data), 50):
        received.write(offset, data[offset : offset + 50])
    return returned.deliver(name, received)


def test_a_frame_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    with ReturnedFiles(tmp_path) as returned:
        received = returned.receive("left/0001.png", len(PNG), sha256(PNG).hexdigest())
        received.write(0, PNG[:50])
        assert [path for path in (tmp_path / "left").iterdir() if not path.name.startswith(".")] == []
        received.write(50, PNG[50:])
        assert returned.deliver("left/0001.png", received) == tmp_path / "left/0001.png"
    assert (tmp_path / "left/0001.png").read_bytes() == PNG
    assert names_in(tmp_path / "left") == ["0001.png"]


def test_an_older_frame_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    (tmp_path / "0001.png").write_bytes(b"old")
    with ReturnedFiles(tmp_path) as returned:
        with pytest.raises(OutputError, match="came back damaged") as caught:
            arrive(returned, "0001.png", PNG[:-20])
        assert list(caught.value.damaged) == [tmp_path / "0001.png"]
        received = returned.receive("0001.png", len(PNG), sha256(PNG).hexdigest())
        received.write(0, PNG[:-1] + b"x")
        with pytest.raises(RenderError, match="SHA-256"):
            returned.deliver("0001.png", received)
        assert (tmp_path / "0001.png").read_bytes() == b"old"
        arrive(returned, "0001.png", PNG)
    assert (tmp_path / "0001.png").read_bytes() == PNG
    assert names_in(tmp_path) == ["0001.png"]


@pytest.mark.parametrize("name", ["../0001.png", "/tmp/0001.png", "a/../../0001.png", "C:\\0001.png", ""])
def test_names_stay_below_the_output_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    with ReturnedFiles(tmp_path / "out") as returned, pytest.raises(RenderError, match=r"^name="):
        returned.receive(name, 1, "0" * 64)
    assert names_in(tmp_path) == ["out"]


def test_a_link_that_leads_out_of_the_output_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "other")
    with ReturnedFiles(tmp_path / "out") as returned, pytest.raises(RenderError, match="leads out"):
        returned.receive("link/new/0001.png", 1, "0" * 64)
    assert names_in(tmp_path / "other") == []


def test_a_link_within_the_output_folder_stays_and_its_file_gets_the_frame(tmp_path: Path) -> None:
    """As in a render on this machine."""
    (tmp_path / "out/kept").mkdir(parents=True)
    (tmp_path / "out/kept/old.png").write_bytes(b"old")
    (tmp_path / "out/0001.png").symlink_to("kept/old.png")
    with ReturnedFiles(tmp_path / "out") as returned:
        assert arrive(returned, "0001.png", PNG) == tmp_path / "out/0001.png"
    assert (tmp_path / "out/0001.png").is_symlink()
    assert (tmp_path / "out/kept/old.png").read_bytes() == PNG


@pytest.mark.parametrize("target", ["../other/file.png", "../other/none.png", "0001.png"])
def test_a_link_out_of_the_output_folder_or_to_itself_is_replaced(
    tmp_path: Path, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The name comes from another machine, so the file behind the link stays as it is; the user is told."""
    (tmp_path / "out").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file.png").write_bytes(b"of somebody")
    (tmp_path / "out/0001.png").symlink_to(target)
    with ReturnedFiles(tmp_path / "out") as returned:
        arrive(returned, "0001.png", PNG)
    assert not (tmp_path / "out/0001.png").is_symlink()
    assert (tmp_path / "out/0001.png").read_bytes() == PNG
    assert names_in(tmp_path / "other") == ["file.png"]
    assert (tmp_path / "other/file.png").read_bytes() == b"of somebody"
    assert ("outside of the output folder" in caplog.text) is target.startswith("..")


def test_a_folder_with_the_name_of_a_frame_is_named(tmp_path: Path) -> None:
    (tmp_path / "0001.png").mkdir()
    with ReturnedFiles(tmp_path) as returned, pytest.raises(RenderError, match="there is a folder"):
        returned.receive("0001.png", 1, "0" * 64)


def test_what_has_not_arrived_is_removed_at_the_end(tmp_path: Path) -> None:
    with ReturnedFiles(tmp_path) as returned:
        returned.receive("0001.png", len(PNG), sha256(PNG).hexdigest()).write(0, PNG[:9])
    assert names_in(tmp_path) == []


def test_files_are_read_in_pieces(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789")
    assert [read_piece(file, offset, 4) for offset in (0, 4, 8, 12)] == [b"0123", b"4567", b"89", b""]
    assert measure(file) == (10, sha256(b"0123456789").hexdigest())
    with pytest.raises(RenderError, match="cannot be read"):
        read_piece(tmp_path / "gone", 0)


@pytest.mark.parametrize("path", ["/dev/zero", "/tmp"])
def test_devices_and_folders_are_not_measured(path: str) -> None:
    with pytest.raises(RenderError):
        measure(Path(path))


def test_an_output_folder_that_somebody_removes_takes_the_next_frame(tmp_path: Path) -> None:
    with ReturnedFiles(tmp_path / "out") as returned:
        arrive(returned, "0001.png", PNG)
        shutil.rmtree(tmp_path / "out")
        assert arrive(returned, "0002.png", PNG).read_bytes() == PNG
    assert names_in(tmp_path / "out") == ["0002.png"]
