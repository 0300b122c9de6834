"""The documents for maintainers name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ...support.checkout import ROOT

FOLDERS = (ROOT, ROOT / "async_render", ROOT / "async_render" / "blender")
"""The folders from which documents name files."""


def paths_in(text: str) -> list[str]:
    """The files and folders that a document names, in backquotes or in the lines of a diagram."""
    return re.findall(r"(?<![\w./])((?:[\w.]+/)+[\w-]*(?:\.py|\.md|(?<=/)))(?![\w/{])", text)


def test_paths_are_found_in_backquotes_and_in_diagrams() -> None:
    text = "`blender/kinds/` and `docs/a-b.md`; (jobs/queue.py) but not https://x.org/a.py or build/ci/{name}"
    assert paths_in(text) == ["blender/kinds/", "docs/a-b.md", "jobs/queue.py"]


@pytest.mark.parametrize("document", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_each_file_that_is_named_exists(document: str) -> None:
    paths = paths_in((ROOT / document).read_text(encoding="utf-8"))
    assert len(paths) > 10
    made = {"build/window/", "out/", "dist/"}  # by commands
    assert [
        path for path in paths if path not in made and not any((folder / path).exists() for folder in FOLDERS)
    ] == []


def test_each_wing_has_a_row_in_the_architecture() -> None:
    rows = re.findall(
        r"^\| `([\w/]+)/` \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    package = ROOT / "async_render"
    wings = {folder.parent for folder in package.rglob("*.py") if folder.parent != package}
    named = {path.relative_to(package).as_posix() for path in wings} - {
        "addon",
        "blender",
        "farm",
        "output/formats",
        "pool",
    }
    assert set(rows) >= named
    assert [row for row in rows if not Path(package / row).is_dir() and row.split("/")[0] != "tests"] == []


OF_OTHERS = {"shot.py", "asyncio/events.py", "futures.py", "asyncio/base_events.py", "ops.py"}
"""Python's and Blender's files that docstrings name, and a user's."""


def test_each_file_that_the_code_or_a_document_names_by_its_name_exists() -> None:
    """Also in a diagram that names a folder once, and in the docstring of a file whose neighbour was renamed."""
    documents = [ROOT / "docs" / "architecture.md", ROOT / "docs" / "blender-quirks.md", ROOT / "CONTRIBUTING.md"]
    files = [path for name in ("async_render", "tests", "examples", ".ci") for path in (ROOT / name).rglob("*.py")]
    ends = {"/".join(path.parts[-length:]) for path in files for length in range(1, 7)}
    named = {
        (str(file.relative_to(ROOT)), name)
        for file in (*documents, *(ROOT / "async_render").rglob("*.py"))
        for name in re.findall(r"(?<![\w.{}-])((?:[\w-]+/)*\w+\.py)\b(?!\.)", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 200
    assert {(file, name) for file, name in named if name not in ends | OF_OTHERS} == set()
