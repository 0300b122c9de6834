"""Code that tests run in Blender stands in files, where it is formatted, linted and type-checked."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

from ...support.checkout import ROOT

TESTS = ROOT / "tests"

FOLDERS = ("benchmarks", "cpython", "headless", "support", "window")
"""All but `unit`, whose tests give names to the texts that they compile, and look at their lines."""

MOST_LINES = 3
"""Lines of a string of code: a statement, and what it needs."""


def strings(source: str) -> Iterator[tuple[int, str]]:
    """All strings but docstrings: the line, and the text; what an f-string puts in is a name here."""
    tree = ast.parse(source)
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_text(part) for part in node.values)


def _text(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "inserted"


def is_code(text: str) -> bool:
    """Whether the text is more than some lines of Python."""
    if len(text.strip().splitlines()) <= MOST_LINES:
        return False
    try:
        ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return False
    return True


def code_in_strings(files: list[Path]) -> list[str]:
    """Where such strings are: `test_a.py:12`."""
    return [
        f"{file.relative_to(TESTS)}:{line}"
        for file in files
        for line, text in strings(file.read_text())
        if is_code(text)
    ]


def test_no_test_has_code_of_many_lines_in_a_string() -> None:
    files = sorted(file for folder in FOLDERS for file in (TESTS / folder).rglob("*.py"))
    assert len(files) > 100
    assert code_in_strings(files) == []


def test_code_in_a_string_is_found() -> None:
    lines = [f"x = {number}" for number in range(MOST_LINES + 1)]
    code, formatted = "\n".join(lines), "\n".join(["y = {z}", *lines[1:]])
    source = "\n".join([repr(code), f"a = {code!r}", f"b = f{formatted!r}", f"c = {chr(10).join(lines[1:])!r}"])
    assert [line for line, text in strings(source) if is_code(text)] == [2, 3]
