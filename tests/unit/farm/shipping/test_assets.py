"""The child processes that list files, and their answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from async_render.farm.shipping import assets
from async_render.farm.shipping.assets import gather
from async_render.render.errors import RenderError
from async_render.work.session import Program

PYTHON = Program("python", Path(sys.executable))
Answering = Callable[..., Callable[[], assets.Assets]]


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answering:
    """A child that gives this answer, and a call of `gather` that starts it for `shot.blend`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "shot.blend").write_bytes(b"blend")

    def make(answer: object, exit_codes: Sequence[int] = (0,), printed: str = "") -> Callable[[], assets.Assets]:
        codes = list(exit_codes)

        async def run(command: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str]:
            path = command[-1] if "-P" in command else command[-1].split("'")[-2]
            if answer is not None:
                Path(path).write_text(json.dumps(answer))
            return codes.pop(0), printed

        monkeypatch.setattr(assets, "_run", run)
        return lambda: asyncio.run(gather(tmp_path / "shot.blend", PYTHON))

    return make


def listing(*files: Path, **more: Any) -> dict[str, Any]:
    return {"files": [str(file) for file in files], "missing": [], "rewritten": {}, "outputs": ["//out/"], **more}


def test_names_are_the_paths_below_what_all_have_in_common(tmp_path: Path, answering: Answering) -> None:
    (tmp_path / "tex").mkdir()
    (tmp_path / "tex/a.png").write_bytes(b"a")
    (tmp_path / "copy.blend").write_bytes(b"copied")
    shot = tmp_path / "shot.blend"
    rewritten = {str(shot): str(tmp_path / "copy.blend")}
    missing = [[str(tmp_path / "gone"), "the image 'x'"]]
    found = answering(listing(tmp_path / "tex/a.png", missing=missing, rewritten=rewritten))()
    assert [(entry.name, entry.size) for entry in found.manifest.entries] == [("shot.blend", 6), ("tex/a.png", 1)]
    assert [str(item) for item in found.manifest.missing] == [f"the image 'x' is missing: {tmp_path}/gone"]
    assert found.read(found.manifest.entries[0].sha256, 2, 3) == b"pie"
    with pytest.raises(RenderError, match="no such content"):
        found.read("f" * 64, 0)


def test_many_missing_files_are_counted(answering: Answering) -> None:
    manifest = answering(listing(missing=[[f"/x{number}", "y"] for number in range(1003)]))().manifest
    assert (len(manifest.missing), manifest.more_missing) == (1000, 3)


@pytest.mark.parametrize(
    "answer",
    [{}, [], None, listing() | {"missing": [["x"]]}, listing() | {"rewritten": []}, listing() | {"files": [5]}],
)
def test_an_answer_that_is_none_is_an_error(answering: Answering, answer: Any) -> None:
    with pytest.raises(RenderError, match=r"shot\.blend'"):
        answering(answer)()


def test_a_file_that_went_after_it_was_listed_is_named(tmp_path: Path, answering: Answering) -> None:
    with pytest.raises(RenderError, match=r"gone\.png cannot be read"):
        answering(listing(tmp_path / "gone.png"))()


def test_the_last_words_of_a_child_are_in_the_error(answering: Answering) -> None:
    with pytest.raises(RenderError, match=r"cannot be listed: two / three / File is damaged\\x1b"):
        answering(None, (1,), "one\ntwo\nthree\nFile is damaged\x1b\n")()


def test_older_blenders_need_blender_asset_tracer(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answering(listing(), (assets.TOO_OLD, 0))().manifest.main == "shot.blend"
    monkeypatch.setattr("async_render.farm.shipping.assets.importlib.util.find_spec", lambda _: None)
    with pytest.raises(RenderError, match=r"pip install 'async-render\[farm\]'"):
        answering(listing(), (assets.TOO_OLD, 0))()


def test_a_child_does_not_outlive_a_cancel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    script = tmp_path / "child.py"
    code = f"import os, time, pathlib; pathlib.Path({str(tmp_path / 'pid')!r}).symlink_to(str(os.getpid()))"
    script.write_text(f"{code}; time.sleep(1000)")
    child = Program("python", Path(sys.executable), (str(script),))

    async def cancel() -> None:
        task = asyncio.create_task(gather(tmp_path / "shot.blend", child))
        while not (tmp_path / "pid").is_symlink():
            assert not task.done(), task.result()
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert not Path("/proc", str((tmp_path / "pid").readlink())).exists()


def test_an_old_copy_goes_and_what_is_no_copy_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    for name in ("b old.blend", "c new.blend"):
        (tmp_path / name).touch()
    for name in ("a folder", "b old.blend"):
        os.utime(tmp_path / name, (0, 0))
    assets._remove_old(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a folder", "c new.blend"]


def test_a_folder_for_temporary_files_that_takes_nothing_is_named_with_the_remedy(
    tmp_path: Path, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(RenderError, match=r"gone takes no new folder: No such file or directory; set TMPDIR to"):
        answering(listing())()
