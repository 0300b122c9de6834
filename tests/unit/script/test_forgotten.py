"""Noticing an `await` that was forgotten."""

from __future__ import annotations

import warnings

import pytest

from async_render.script import Script
from async_render.script.forgotten import forgotten_awaits


async def render() -> None: ...


def forget() -> None:
    render()  # type: ignore[unused-coroutine]
    warnings.warn("something else", RuntimeWarning, stacklevel=1)


def test_a_coroutine_that_nobody_awaits_is_named_and_other_warnings_are_not() -> None:
    with pytest.warns(RuntimeWarning) as shown, forgotten_awaits() as messages:
        forget()
    assert messages == ["coroutine 'render' was never awaited"]
    assert len(shown) == 2


def test_a_scripts_forgotten_await_is_named() -> None:
    script = Script.compile("async def render(): ...\nrender()\n", "Text")
    with pytest.warns(RuntimeWarning), forgotten_awaits() as messages:
        script.start()
    assert messages == ["coroutine 'render' was never awaited"]


def test_warnings_go_their_old_way_afterwards() -> None:
    before = warnings.showwarning
    with pytest.raises(ValueError, match="mine"), forgotten_awaits():
        raise ValueError("mine")
    assert warnings.showwarning is before
