"""Paths of this machine, and their names on the workers."""

from __future__ import annotations

from typing import Any

import pytest

from async_render.farm.file_ways.path_map import PathMap


def test_a_path_is_moved_below_the_longest_folder_that_fits() -> None:
    paths = PathMap({"/mnt": "/srv", "/mnt/a": "/data/b"})
    assert paths.there("/mnt/a/shot.blend") == "/data/b/shot.blend"
    assert paths.there("/mnt/ab/shot.blend") == "/srv/ab/shot.blend"
    assert paths.there("/mntx") == "/mntx"
    assert paths.here("/data/b/out/0001.png") == "/mnt/a/out/0001.png"
    assert PathMap({"/mnt/": "Z:\\"}).there("/mnt/shot.blend") == "Z:/shot.blend"


def test_each_path_of_a_request_and_of_an_answer_is_moved() -> None:
    paths = PathMap({"/here": "/there"})
    request = {"do": "frames", "settings": {"filepath": "/here/####", "samples": 4}, "frames": "1-2"}
    sent = paths.sent(request)
    assert sent == {"do": "frames", "settings": {"filepath": "/there/####", "samples": 4}, "frames": "1-2"}
    answer = {"folder": "/there/out", "patterns": [["/there/out/", 4, ".png"]], "files": 3, "settings": {}}
    assert paths.received(answer) == {
        "folder": "/here/out",
        "patterns": [["/here/out/", 4, ".png"]],
        "files": 3,
        "settings": {},
    }
    event = {"event": "frame", "number": 1, "files": ["/there/out/0001.png"]}
    assert paths.received(event)["files"] == ["/here/out/0001.png"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"relative": "/there"}, ValueError, "'relative' is not an absolute path"),
        ({"/here": 3}, TypeError, "3 is not a path"),
    ],
)
def test_a_folder_that_cannot_be_is_named(given: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        PathMap(given)
