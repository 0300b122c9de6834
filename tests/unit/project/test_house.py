"""The rules of the house that can be counted: see *Rules of the house* in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ...support.checkout import ROOT

PACKAGE = ROOT / "async_render"
MOST_LINES, MOST_WORDS = 400, 25
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def sentences(prose: str) -> Iterator[str]:
    """Yield the sentences of a text. Code, tables, diagrams and the names of arguments are none."""
    paragraph: list[str] = []
    for line in [*prose.splitlines(), ""]:
        text = re.sub(r"`[^`]*`", "CODE", line.strip())
        begin = re.match(r"(?:- |\*{0,2}\w+(?:, \w+)*: )", text)
        if begin or not text or re.match(r">>>|\.\.\.|\||[A-Z]\w+:$", text) or re.search(r"\S  +\S|──|==|-->", text):
            yield from re.split(r"(?<=[.!?:;])\s+(?=\S)", " ".join(paragraph))
            paragraph = [text[begin.end() :]] if begin else []
        else:
            paragraph.append(text)


def docstrings(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        body = getattr(node, "body", None)
        for item in body if isinstance(body, list) else ():
            if (
                isinstance(item, ast.Expr)
                and isinstance(item.value, ast.Constant)
                and isinstance(item.value.value, str)
            ):
                yield item.lineno, item.value.value


def too_long(prose: str) -> list[str]:
    return [sentence for sentence in sentences(prose) if len(sentence.split()) > MOST_WORDS]


def test_long_sentences_are_found() -> None:
    words = " ".join(["word"] * 20)
    assert too_long(f"A short one. {words}\n{words} `some code` ends here.\n\n{words}.") == [
        f"{words} {words} CODE ends here."
    ]
    assert too_long(f"    size: {words}\n    {words}.") == [f"{words} {words}."]
    assert too_long(f"{words}\nload ──▶ {words}\n| {words} | {words} |\n>>> {words} {words}") == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_sentence_of_a_document_has_at_most_25_words(document: Path) -> None:
    text = re.sub(r"```.*?```|^ {4}.*?$", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert too_long(text) == []


def test_a_sentence_of_a_docstring_has_at_most_25_words() -> None:
    found = [(file, *item) for file in sorted(PACKAGE.rglob("*.py")) for item in docstrings(file)]
    assert len(found) > 2000
    assert {f"{file.relative_to(ROOT)}:{line}": long for file, line, text in found if (long := too_long(text))} == {}


def test_a_file_has_at_most_400_lines() -> None:
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in PACKAGE.rglob("*.py")}
    assert {str(file.relative_to(ROOT)): count for file, count in lines.items() if count > MOST_LINES} == {}


def test_each_wing_says_what_it_is_for() -> None:
    wings = sorted(PACKAGE.rglob("__init__.py"))
    assert len(wings) > 20
    assert [str(wing) for wing in wings if not ast.get_docstring(ast.parse(wing.read_text(encoding="utf-8")))] == []
