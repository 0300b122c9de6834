"""docs/blender-quirks.md lists the files of quirks/, and each of them opens with the same facts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ...support.checkout import ROOT

QUIRKS = ROOT / "async_render" / "blender" / "quirks"

FILES = {file.name: file for file in QUIRKS.glob("*.py") if file.name not in {"__init__.py", "versions.py"}}

FACTS = ("Versions", "Symptom", "Blender's source", "Tests", "Can go")
"""What a file opens with, in this order, one line or more each."""

DOCUMENT = (ROOT / "docs" / "blender-quirks.md").read_text(encoding="utf-8")


def tables() -> list[list[dict[str, str]]]:
    """The rows of each table, by the heads of their columns."""
    found: list[list[dict[str, str]]] = []
    for lines in re.findall(r"(?:^\|.*\n)+", DOCUMENT, re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in lines.splitlines()]
        assert all(len(row) == len(head) for row in rows)
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def code_in(text: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", text)


def facts_of(file: Path) -> dict[str, str]:
    """The facts that a file opens with."""
    lines = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()
    found: dict[str, str] = {}
    for line in lines[2:]:
        name, colon, text = line.partition(": ")
        if colon and name in FACTS:
            found[name] = text
        elif found and line.startswith("    "):
            found[list(found)[-1]] += f" {line.strip()}"
        else:
            break
    return found


def named_tests(text: str) -> set[str]:
    return set(re.findall(r"tests/[\w/]+\.py", text))


def test_each_file_is_in_the_first_table_once() -> None:
    first, _ = tables()
    assert len(first) > 5
    assert sorted(name for row in first for name in code_in(row["File"])) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_each_file_opens_with_the_facts(name: str) -> None:
    facts = facts_of(FILES[name])
    assert tuple(facts) == FACTS
    assert all(text.strip() for text in facts.values())
    (row,) = [row for row in tables()[0] if code_in(row["File"]) == [name]]
    assert named_tests(row["Test"]) == named_tests(facts["Tests"])
    assert all(row.values())


def test_each_file_of_the_second_table_is_there() -> None:
    named = {name for row in tables()[1] for name in code_in(row["File"])}
    assert len(named) > 5
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_each_test_that_is_named_is_there() -> None:
    for row in [row for table in tables() for row in table]:
        named = named_tests(row["Test"])
        assert named, row
        assert {name for name in named if not (ROOT / name).is_file()} == set()
