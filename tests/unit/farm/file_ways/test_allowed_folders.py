"""A worker says where its frames belong, and only the job's own output folders count."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_render.farm.file_ways.allowed_folders import AllowedFolders
from async_render.render.errors import RenderError

SHOTS = Path("/shots")


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/shots/out/0001.png", "//out/####"),
        ("/out/0001.png", "//../out/####"),
        ("/out/0001.png", r"//..\out\####"),
        ("/out/Scene/Camera_0001.png", "/out/{scene}/{camera}_####"),
        ("/out/0001/beauty.png", "/out/####/beauty"),
        ("/out/", "/out/"),
        ("/c/out/0001.png", r"C:\out\####"),
        ("/shots/render/0001.png", None),
        ("/tmp/0001.png", None),
    ],
)
def test_what_the_user_or_the_file_has_named_is_allowed(path: str, given: str | None) -> None:
    assert AllowedFolders(["//render/", "/tmp/"], SHOTS).checked(path, given) == path


def test_a_path_without_detours_is_returned() -> None:
    allowed = AllowedFolders([], SHOTS)
    assert allowed.checked("/shots/scenes/../out/f_", "//scenes/../out/f_####") == "/shots/out/f_"
    assert allowed.checked("/shots/scenes/../out/", "//out/") == "/shots/out/"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/etc/passwd", "//out/####"),
        ("/shots/outside/0001.png", "//out/####"),
        ("/shots/out/../../etc/passwd", "//out/####"),
        ("/shots/out/..", "//out/####"),
        ("/shots/render/0001.png", "//out/####"),
        ("//shots/out/0001.png", "//out/####"),
        ("/shots/out/0001.png", None),
        ("shots/out/0001.png", "//out/####"),
        ("None", None),
        ("", "//out/####"),
        ("/shots/out/0001.png", "{blend_dir}/out/####"),
    ],
)
def test_all_else_is_refused(path: str, given: str | None) -> None:
    with pytest.raises(RenderError, match="in none of the output folders"):
        AllowedFolders(["//render/", "/tmp/"], SHOTS).checked(path, given)
