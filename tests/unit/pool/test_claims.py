"""Claims on output files."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from async_render.output.frame_files import FilePattern
from async_render.pool.crew import claims
from async_render.pool.crew.claims import Claim, folder_of_claims, take_claim
from async_render.render.errors import RenderError
from async_render.render.frame_list import FrameList

from ...support.checkout import ROOT


def claim_of(path: str, first: int = 1, last: int = 10, step: int = 1) -> Claim:
    before, _, after = path.partition("#")
    return Claim([FilePattern(before, 4, after)], FrameList([range(first, last + 1, step)]))


def test_the_same_files_are_refused_until_the_first_pool_releases_them(tmp_path: Path) -> None:
    held = take_claim(claim_of("/out/f_#.png"), tmp_path)
    with pytest.raises(RenderError, match=r"/out/f_0005\.png: another pool, of this process, is writing") as caught:
        take_claim(claim_of("/out/f_#.png", 5, 20), tmp_path)
    assert caught.value.frame == 5
    held.release()
    held.release()
    take_claim(claim_of("/out/f_#.png", 5, 20), tmp_path).release()
    assert [file.name for file in tmp_path.iterdir()] == [claims.REGISTRY]


@pytest.mark.parametrize(
    "other",
    [
        claim_of("/out/g_#.png"),
        claim_of("/other/f_#.png"),
        claim_of("/out/f_#.exr"),
        claim_of("/out/f_#.png", 11, 20),
        claim_of("/out/f_#.png", 2, 10, step=2),
    ],
)
def test_other_names_and_other_frames_are_free(other: Claim, tmp_path: Path) -> None:
    held = take_claim(claim_of("/out/f_#.png", 1, 9, step=2), tmp_path)
    take_claim(other, tmp_path).release()
    held.release()


def test_the_same_file_by_another_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    (tmp_path / "claims").mkdir()
    held = take_claim(claim_of(f"{tmp_path}/out/Ä_#.png"), tmp_path / "claims")
    for same in (f"{tmp_path}/link/Ä_#.png", f"{tmp_path}/out/../out/ä_#.PNG", f"{tmp_path}/out/A\u0308_#.png"):
        with pytest.raises(RenderError, match="another pool"):
            take_claim(claim_of(same), tmp_path / "claims")
    held.release()


def test_a_movie_has_one_file_whatever_its_frames_are(tmp_path: Path) -> None:
    movie = [FilePattern("/out/movie.mkv", None, "")]
    held = take_claim(Claim(movie, FrameList([range(1, 2)])), tmp_path)
    with pytest.raises(RenderError, match=r"/out/movie\.mkv: another pool"):
        take_claim(Claim(movie, FrameList([range(7, 9)])), tmp_path)
    held.release()


OWNER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from async_render.output.frame_files import FilePattern
from async_render.pool.crew.claims import Claim, take_claim
from async_render.render.frame_list import FrameList
held = take_claim(Claim([FilePattern("/out/f_", 4, ".png")], FrameList([range(1, 11)])), Path(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_claim_of_another_process_counts_until_that_process_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(ROOT), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(RenderError, match=f"of the process {owner.pid}, is writing"):
            take_claim(claim_of("/out/f_#.png"), tmp_path)
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.communicate(timeout=60)
    assert len(list(tmp_path.glob("*.claim"))) == 1, "killed, so its file is still there"
    take_claim(claim_of("/out/f_#.png"), tmp_path).release()
    assert not list(tmp_path.glob("*.claim"))


def test_what_is_no_claim_claims_nothing(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"\xff", b"[]", b'{"pid": 1}', b"{" * 100_000, b"[" * 100_000)):
        (tmp_path / f"{number}.claim").write_bytes(content)
    take_claim(claim_of("/out/f_#.png"), tmp_path).release()
    assert not list(tmp_path.glob("*.claim"))


def test_claims_of_many_gaps_are_compared_in_linear_time(tmp_path: Path) -> None:
    """As two renders have them that resume the same frames. The claim has more than a megabyte."""
    name, last = FilePattern("/out/f_", 4, ".png"), 7 * 100_000 + 1
    one, other = (FrameList.of([frame for n in range(100_001) for frame in (7 * n + k, 7 * n + k + 1)]) for k in (0, 3))
    held = take_claim(Claim([name], one), tmp_path)
    take_claim(Claim([name], other), tmp_path).release()
    with pytest.raises(RenderError, match="is writing this file") as refused:
        take_claim(Claim([name], FrameList.of([*other[:-2], last])), tmp_path)
    assert refused.value.frame == last
    held.release()


def test_a_registry_that_stays_locked_is_an_error_and_no_endless_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "REGISTRY_TIMEOUT", 0.1)
    with claims._registry(tmp_path), pytest.raises(RenderError, match=r"registry has been locked .* remove the file"):
        take_claim(claim_of("/out/f_#.png"), tmp_path)


@pytest.mark.parametrize("name", ["tempfile.mkstemp", "async_render.pool.crew.claims.HeldClaim.write"])
def test_a_full_disk_that_takes_no_claim_is_named_with_the_remedy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(name, refuse)
        with pytest.raises(RenderError, match=rf"{tmp_path} takes no files: No space left on device; set TMPDIR"):
            take_claim(claim_of("/out/f_#.png"), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [claims.REGISTRY]
    take_claim(claim_of("/out/f_#.png"), tmp_path).release()


def test_the_folder_of_claims_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    folder = folder_of_claims()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder == folder_of_claims()
    folder.chmod(0o777)
    with pytest.raises(RenderError, match="can be changed by another user"):
        folder_of_claims()
    folder.rmdir()
    folder.symlink_to(os.sep)
    with pytest.raises(RenderError):
        folder_of_claims()


@pytest.mark.parametrize("number", [1, 10])
def test_a_still_of_a_frame_that_an_animation_writes_is_refused(number: int, tmp_path: Path) -> None:
    file = Path(f"/out/f_{number:04}.png")
    held = take_claim(claim_of("/out/f_#.png"), tmp_path)
    with pytest.raises(RenderError, match=rf"/out/f_{number:04}\.png: another pool"):
        take_claim(Claim.of_files([Path("/out/other.png"), file]), tmp_path)
    held.release()
    held = take_claim(Claim.of_files([file]), tmp_path)
    with pytest.raises(RenderError, match=rf"/out/f_{number:04}\.png: another pool") as caught:
        take_claim(claim_of("/out/f_#.png"), tmp_path)
    assert caught.value.frame == number
    held.release()


@pytest.mark.parametrize("name", ["f_0011.png", "f_.png", "f_0001.exr", "f_00x1.png", "f_0001_L.png", "g_0001.png"])
def test_a_still_of_another_name_is_free(name: str, tmp_path: Path) -> None:
    held = take_claim(claim_of("/out/f_#.png"), tmp_path)
    take_claim(Claim.of_files([Path("/out", name)]), tmp_path).release()
    held.release()


def test_a_worker_claims_for_the_process_of_its_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path("/out/still.png")
    monkeypatch.setenv("ASYNC_RENDER_WORKER", "1")
    held = take_claim(Claim.of_files([file]), tmp_path)
    monkeypatch.delenv("ASYNC_RENDER_WORKER")
    with pytest.raises(RenderError, match=f"of the process {os.getppid()}, is writing this file"):
        take_claim(Claim.of_files([file]), tmp_path)
    held.release()
