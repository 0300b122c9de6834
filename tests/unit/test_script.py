"""Scripts with top-level await."""

import asyncio
import traceback

import pytest

from async_render.script import Script


async def test_a_script_that_awaits_is_left_to_run() -> None:
    seen: list[int] = []
    coroutine = Script.compile("import asyncio\nawait asyncio.sleep(0)\nseen.append(1)", "Text").start(seen=seen)
    assert coroutine is not None
    assert seen == []
    await coroutine
    assert seen == [1]


def test_a_script_that_does_not_await_has_run_to_its_end() -> None:
    seen: list[str] = []
    assert Script.compile("seen.append(__name__)", "Text").start(seen=seen) is None
    assert seen == ["__main__"]


def test_a_traceback_shows_the_line_of_the_script() -> None:
    script = Script.compile("x = 1\nraise ValueError('mine')  # line two", "Unsaved Text")
    with pytest.raises(ValueError, match="mine") as caught:
        script.start()
    shown = "".join(traceback.format_exception(caught.value))
    assert 'File "Unsaved Text", line 2' in shown
    assert "# line two" in shown


def test_a_syntax_error_names_the_file_and_line() -> None:
    with pytest.raises(SyntaxError) as caught:
        Script.compile("x = 1\ny = (", "Text")
    assert (caught.value.filename, caught.value.lineno) == ("Text", 2)


def test_main_is_its_own_again_after_a_script() -> None:
    import sys

    before = sys.modules["__main__"]
    Script.compile("import sys; assert sys.modules['__main__'].__dict__ is globals()", "Text").start()
    assert sys.modules["__main__"] is before


def test_two_scripts_share_no_names() -> None:
    async def both() -> None:
        for _ in range(2):
            coroutine = Script.compile("import asyncio\nassert 'x' not in globals()\nx = 1\nawait asyncio.sleep(0)", "T").start()
            assert coroutine is not None
            await coroutine

    asyncio.run(both())
