"""Checks of what arrives as JSON: each field has a known name and the type that a table gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..render.errors import near, quoted

LARGEST_NUMBER = 1 << 53
"""Bound of whole numbers, in either direction. Larger ones are not the same in all readers of JSON."""

Check = Callable[[str, Any], Any]
"""A function that takes a field's name and value, and returns the value. It raises `WireError` for a wrong value."""

T = TypeVar("T")


class WireError(ValueError):
    """A message, or a part of one, that does not have the form that was agreed."""


def text(name: str, value: Any) -> str:
    """Return a text."""
    return _of_type(name, value, str, "a text")


def switch(name: str, value: Any) -> bool:
    """Return a truth value."""
    return _of_type(name, value, bool, "true or false")


def anything(name: str, value: Any) -> dict[str, Any]:
    """Return an object whose fields another table checks."""
    return _of_type(name, value, dict, "an object")


def whole(name: str, value: Any) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise WireError(f"{name}={quoted(value)} is not a whole number of at most 53 bits")
    return value


def number(name: str, value: Any) -> float:
    """Return a finite number."""
    if isinstance(value, float) and math.isfinite(value):
        return value
    return float(whole(name, value))


def scalar(name: str, value: Any) -> bool | int | float | str:
    """Return a text, a number or a truth value."""
    if isinstance(value, str | bool):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else whole(name, value)


def optional(check: Check) -> Check:
    """Return a check that also takes null."""
    return lambda name, value: None if value is None else check(name, value)


def row(check: Check) -> Check:
    """Return a check of a list whose items have one type."""

    def check_row(name: str, value: Any) -> list[Any]:
        items = _of_type(name, value, list, "a list")
        return [check(f"{name}[{index}]", item) for index, item in enumerate(items)]

    return check_row


def tuple_of(*checks: Check) -> Check:
    """Return a check of a list with a fixed number of items, each with a type of its own."""

    def check_tuple(name: str, value: Any) -> tuple[Any, ...]:
        items = _of_type(name, value, list, "a list")
        if len(items) != len(checks):
            raise WireError(f"{name}={quoted(value)} has {len(items)} items, and not {len(checks)}")
        return tuple(check(f"{name}[{index}]", item) for index, (check, item) in enumerate(zip(checks, items)))  # noqa: B905 - compared above

    return check_tuple


def mapping(check: Check) -> Check:
    """Return a check of an object with any names, whose values have one type."""

    def check_mapping(name: str, value: Any) -> dict[str, Any]:
        items = _of_type(name, value, dict, "an object")
        return {key: check(f"{name}[{quoted(key)}]", item) for key, item in items.items()}

    return check_mapping


def values(name: str, value: Any) -> dict[str, Any]:
    """Return the properties of an operator or of overrides: texts, numbers, truth values, and lists of these."""

    def item_of(name: str, item: Any) -> Any:
        return row(scalar)(name, item) if isinstance(item, list) else scalar(name, item)

    checked: dict[str, Any] = mapping(item_of)(name, value)
    return checked


def fields(name: str, value: Any, table: Mapping[str, Check]) -> dict[str, Any]:
    """Return the fields of an object, each checked by the table. All fields are there, and no others.

    Raises:
        WireError: names the field and its value.
    """
    given = _of_type(name, value, dict, "an object")
    for key in given:
        if key not in table:
            raise WireError(f"{name} has the field {quoted(key)}, which is not known; {near(key, list(table))}")
    for key in table:
        if key not in given:
            raise WireError(f"{name} lacks the field {key!r}")
    return {key: check(f"{name}.{key}", given[key]) for key, check in table.items()}


def _of_type(name: str, value: Any, kind: type[T], called: str) -> T:
    if not isinstance(value, kind):
        raise WireError(f"{name}={quoted(value)} is not {called}")
    return value
