"""Names and manifests that come from another machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from async_render.farm.shipping.manifest import Entry, Manifest, Missing, manifest_from_wire
from async_render.farm.shipping.names import MOST_FILES, check_name, check_names
from async_render.render.errors import RenderError

A, B = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    "name", ["shot.blend", "tex/Bärk 木.png", "a/..b/c", "x" * 255, ".hidden", "ab:c.png", "aux.c"]
)
def test_names_below_the_folder_pass(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *["", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "a//b", "a/", "./a", "C:/x", "c:x", "a\\b", "..\\x"],
        *["\\\\server\\share", "a\0b", "a\nb", "a\x7fb", "\ud800", "x" * 256, "ü" * 128, "a/" * 350 + "b", "x" * 10**6],
        *[None, 1, b"a", ["a"]],
    ],
)
def test_names_that_leave_the_folder_or_fit_no_disk_are_refused(name: object) -> None:
    with pytest.raises(RenderError, match=r"^name=") as caught:
        check_name(name)
    assert len(str(caught.value)) < 1300


@pytest.mark.parametrize("name", ["con", "tex/NUL.png", "a.", "a /b", "ab:c", "com1.txt", "a?"])
def test_names_that_windows_takes_for_others_are_refused_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("async_render.farm.shipping.names.sys.platform", "win32")
    with pytest.raises(RenderError, match="Windows"):
        check_name(name)


@pytest.mark.parametrize(
    "names", [["a", "a"], ["tex/Bark.png", "tex/bark.png"], ["u\u0308", "ü"], ["a", "a/b"], ["A/b", "a"], ["ß", "SS"]]
)
def test_two_names_of_one_file_are_refused(names: list[str]) -> None:
    with pytest.raises(RenderError, match="rename one"):
        check_names(names)


def test_folders_may_be_written_in_two_ways() -> None:
    assert check_names(["Tex/a.png", "tex/b.png"]) == ["Tex/a.png", "tex/b.png"]


def test_the_number_of_names_is_bounded() -> None:
    with pytest.raises(RenderError, match="more than 200,000 files"):
        check_names(str(number) for number in range(MOST_FILES + 1))


def test_a_manifest_travels_as_json() -> None:
    manifest = Manifest(
        "a.blend", (Entry("a.blend", 5, A), Entry("t/b.png", 6, B)), (Missing("/x.png", "the image 'x'"),), 2
    )
    assert manifest_from_wire(json.loads(json.dumps(manifest.to_wire()))) == manifest
    assert str(manifest.missing[0]) == "the image 'x' is missing: /x.png"


def test_the_key_depends_on_names_and_contents_and_not_on_their_order() -> None:
    entries = (Entry("a.blend", 5, A), Entry("b.png", 6, B))
    key = Manifest("a.blend", entries).key
    assert key == Manifest("a.blend", entries[::-1]).key == Manifest("a.blend", entries, (Missing("x", "y"),)).key
    assert key != Manifest("a.blend", (Entry("a.blend", 5, A), Entry("c.png", 6, B))).key
    assert key != Manifest("a.blend", (Entry("a.blend", 5, B), Entry("b.png", 6, A))[:1]).key


def test_a_content_of_two_names_counts_once() -> None:
    assert Manifest("a.blend", (Entry("a.blend", 5, A), Entry("b.png", 6, B), Entry("c.png", 6, B))).size == 11


GOOD: dict[str, Any] = {"main": "a.blend", "entries": [["a.blend", 5, A]], "missing": [], "more_missing": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"main": "b.blend"},
        {"main": "../a.blend"},
        {"main": None},
        {"main": "a.png", "entries": [["a.png", 5, A]]},
        {"entries": [["../a.blend", 5, A]]},
        {"entries": [["a.blend", 5, A], ["A.blend", 5, A]]},
        {"entries": [["a.blend", -1, A]]},
        {"entries": [["a.blend", 1 << 60, A]]},
        {"entries": [["a.blend", True, A]]},
        {"entries": [["a.blend", "5", A]]},
        {"entries": [["a.blend", 5, "../../x"]]},
        {"entries": [["a.blend", 5, A.upper()]]},
        {"entries": [["a.blend", 5, A + "\n"]]},
        {"entries": [["a.blend", 5]]},
        {"entries": [["a.blend", 5, A], ["b.png", 6, A]]},
        {"entries": {"a.blend": A}},
        {"entries": None},
        {"missing": [["x"]]},
        {"missing": [[1, "y"]]},
        {"missing": [["x", "y"]] * 1001},
        {"more_missing": "many"},
    ],
)
def test_a_damaged_manifest_is_refused(change: dict[str, Any]) -> None:
    assert manifest_from_wire(GOOD).main == "a.blend"
    with pytest.raises(RenderError):
        manifest_from_wire(GOOD | change)


@pytest.mark.parametrize("data", [None, [], "x", 5, {}])
def test_what_is_no_manifest_is_refused(data: object) -> None:
    with pytest.raises(RenderError, match="damaged"):
        manifest_from_wire(data)


def test_texts_of_missing_files_are_bounded_and_harmless() -> None:
    missing = manifest_from_wire(GOOD | {"missing": [["\x1b[2J" + "x" * 10**6, "y"]]}).missing[0]
    assert "\x1b" not in missing.path
    assert len(missing.path) < 2100
