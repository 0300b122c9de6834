"""An exception as a pop-up and the status bar show it."""

from __future__ import annotations

import asyncio
import json
from traceback import TracebackException

import pytest

from async_render.render.settings import RenderSettings
from async_render.script import Script
from async_render.script.error_text import headline, short_text


def described(source: str) -> TracebackException:
    """What a text has raised, with all frames of this package, of asyncio, and of this file."""
    try:
        coroutine = Script.compile(source, "/shots.blend/shot.py").start(ar=RenderSettings, json=json)
        if coroutine is not None:
            asyncio.run(coroutine)
    except BaseException as error:  # noqa: BLE001 - SystemExit, too
        return TracebackException.from_exception(error)
    raise AssertionError("the text raises nothing")


def lines_of(source: str) -> list[str]:
    """The short text, without the frames of this file, which stand for what has called the script."""
    lines = short_text(described(source)).splitlines()
    calls = [index for index, line in enumerate(lines) if __file__ in line]
    return [line for index, line in enumerate(lines) if not any(call <= index <= call + 1 for call in calls)]


def test_it_begins_with_the_users_line_and_the_class_alone() -> None:
    first = headline(described("def f():\n    raise json.JSONDecodeError('mine', '', 0)\nf()\n"))
    assert first == "shot.py, line 2: JSONDecodeError: mine: line 1 column 1 (char 0)"


def test_the_line_is_the_users_where_a_library_raises() -> None:
    assert headline(described("x = 1\njson.loads('{')\n")).startswith("shot.py, line 2: JSONDecodeError: Expecting")


def test_frames_of_this_package_and_of_asyncio_are_left_out() -> None:
    source = "import asyncio\nasync def main():\n    ar(samples='many')\n    await asyncio.sleep(0)\n"
    full = "".join(described(source).format())
    assert all(frame in full for frame in ("setting_values.py", "compiled.py", "asyncio"))
    shown = lines_of(source)
    assert shown[0].startswith("shot.py, line 3: TypeError: samples='many'")
    assert [line for line in shown if "File" in line] == [
        '  File "/shots.blend/shot.py", line 2, in <module>',
        '  File "/shots.blend/shot.py", line 3, in main',
    ]


def test_an_exit_with_a_message_begins_with_the_users_line() -> None:
    source = "import asyncio, sys\nawait asyncio.sleep(0)\nsys.exit('no camera')\n"
    assert lines_of(source)[:1] == ["shot.py, line 3: SystemExit: no camera"]


def test_marks_below_a_line_are_left_out() -> None:
    source = "x, y = 1, 0\n(x * 2) + x / y\n"
    assert "~~^~~" in "".join(described(source).format())
    shown = lines_of(source)
    assert shown[0] == "shot.py, line 2: ZeroDivisionError: division by zero"
    assert not [line for line in shown if "^" in line or "~" in line]


def test_a_syntax_error_shows_its_line_and_no_mark() -> None:
    assert short_text(described("x = 1\ny = (\n")).splitlines() == [
        "shot.py, line 2: SyntaxError: '(' was never closed",
        "    y = (",
    ]


def test_of_one_line_only_its_source_is_shown() -> None:
    try:
        exec(compile("1 / 0", "/shot.py", "exec"))
    except ZeroDivisionError as error:
        error.__traceback__ = error.__traceback__.tb_next if error.__traceback__ else None
        text = short_text(TracebackException.from_exception(error))
    assert text == "shot.py, line 1: ZeroDivisionError: division by zero"


def test_further_lines_of_the_message_and_notes_follow() -> None:
    source = "error = ValueError('one\\ntwo')\nerror.add_note('three')\nraise error\n"
    assert lines_of(source)[:3] == ["shot.py, line 3: ValueError: one", "two", "three"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('no') from error\n",
            "Because of: shot.py, line 2: KeyError: 'a'",
        ),
        (
            "raise ExceptionGroup('two', [ValueError('one'), KeyError('other')])\n",
            "One of them: KeyError: 'other'",
        ),
    ],
)
def test_causes_and_the_members_of_a_group_are_named(source: str, found: str) -> None:
    assert found in lines_of(source)


def test_an_exception_without_any_line_is_its_message() -> None:
    assert short_text(TracebackException.from_exception(ValueError("mine"))) == "ValueError: mine"
