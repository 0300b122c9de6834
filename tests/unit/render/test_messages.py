"""How values and names of others stand in messages."""

from __future__ import annotations

from typing import Any

import pytest

from async_render.render.errors import LONGEST_QUOTE, printable, quoted


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", ["a'b", 4, -1.5, None, True, ["A", 4], (0, 0, 2, 1), {"b": [1], "a": 2}, b"x"])
def test_what_is_short_is_quoted_as_python_writes_it(value: Any) -> None:
    assert eval(quoted(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        "x" * 1_000_000,
        10**100_000,
        nested(100_000),
        ["x" * 1_000] * 100_000,
        {str(number): number for number in range(100_000)},
    ],
    ids=["text", "number", "deep", "long", "dict"],
)
def test_what_is_long_or_deep_is_quoted_in_part(value: Any) -> None:
    assert 0 < len(quoted(value)) <= 25 * LONGEST_QUOTE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand Ä – 猫", "two\nlines\tand Ä – 猫"),
        ("\x1b]0;title\x07\x9b2J\x7f\r", r"\x1b]0;title\x07\x9b2J\x7f\r"),
        ("exe.\u202egnp", r"exe.\u202egnp"),
        ("caf\udce9", r"caf\udce9"),
        ("a\0b", r"a\x00b"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
