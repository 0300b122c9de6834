"""Scripts with top-level await."""

import asyncio
import io
import linecache
import sys
import traceback

import pytest

from async_render.script import Script, leave, no_input


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
    before = sys.modules["__main__"]
    Script.compile("import sys; assert sys.modules['__main__'].__dict__ is globals()", "Text").start()
    assert sys.modules["__main__"] is before


def test_two_scripts_share_no_names() -> None:
    async def both() -> None:
        for _ in range(2):
            coroutine = Script.compile(
                "import asyncio\nassert 'x' not in globals()\nx = 1\nawait asyncio.sleep(0)", "T"
            ).start()
            assert coroutine is not None
            await coroutine

    asyncio.run(both())


@pytest.mark.parametrize(
    ("text", "is_awaited"),
    [
        ("async def main(): seen.append(1)", True),
        ("async def main(frames=3): seen.append(1)", True),
        (
            "seen.append(0); seen.clear()\nasync def main(): seen.append(1)\nimport asyncio\nawait asyncio.sleep(0)",
            True,
        ),
        ("async def main(): ...\nrun = lambda _: _.close()\nrun(main())", False),
        ("async def main(frames): seen.append(1)", False),
        ("async def main(*, frames): seen.append(1)", False),
        ("def main(): seen.append(1)", False),
    ],
)
def test_a_main_that_nobody_uses_is_awaited(text: str, is_awaited: bool) -> None:
    seen: list[int] = []
    coroutine = Script.compile(text, "Text").start(seen=seen)
    if coroutine is not None:
        asyncio.run(coroutine)
    assert seen == ([1] if is_awaited else [])


@pytest.mark.parametrize(
    ("main", "needed"),
    [
        ("main(argv)", ("argv",)),
        ("main(a, b=1, *, c, d=2)", ("a", "c")),
        ("main(a=1, *more, **named)", ()),
    ],
)
def test_the_arguments_are_known_for_which_a_main_is_not_started(main: str, needed: tuple[str, ...]) -> None:
    assert Script.compile(f"async def {main}: ...", "Text").needed_by_main == needed
    assert Script.compile(f"async def {main}: ...\nmain\n", "Text").needed_by_main == ()


def test_an_error_in_main_shows_the_line_that_defines_it_and_its_own() -> None:
    script = Script.compile("x = 1\nasync def main():\n    1 / 0  # mine\n", "Unsaved Text")
    coroutine = script.start()
    assert coroutine is not None
    with pytest.raises(ZeroDivisionError) as caught:
        asyncio.run(coroutine)
    places = [(place.filename, place.lineno) for place in traceback.extract_tb(caught.value.__traceback__)]
    assert places[-2:] == [("Unsaved Text", 2), ("Unsaved Text", 3)]


@pytest.mark.parametrize("before", ["", "import asyncio\nawait asyncio.sleep(0)\n"])
def test_exit_ends_a_script_and_an_exit_code_is_an_error(before: str) -> None:
    def run(text: str) -> None:
        coroutine = Script.compile(before + text, "Text").start()
        if coroutine is not None:
            with asyncio.Runner() as runner:
                runner.run(coroutine)

    run("exit()")
    run("exit(0)")
    with pytest.raises(SystemExit) as caught:
        run("exit('no camera')")
    assert caught.value.code == "no camera"


def test_an_empty_text_awaits_nothing() -> None:
    script = Script.compile("", "Text")
    assert not script.awaits
    assert script.start() is None


def test_input_says_what_to_do_instead() -> None:
    with pytest.raises(RuntimeError, match="set a variable at the top of the script"):
        Script.compile("name = input('Name: ')", "Text").start(input=no_input)


def test_a_script_that_was_compiled_early_has_its_own_lines() -> None:
    early = Script.compile("import asyncio\nawait asyncio.sleep(0)\n1 / 0  # early", "Early")
    Script.compile("# edited meanwhile\n" * 3, "Early")
    with pytest.raises(SyntaxError):
        Script.compile("y = (", "Early")
    assert "Early" not in linecache.cache
    coroutine = early.start()
    assert coroutine is not None
    with pytest.raises(ZeroDivisionError) as caught:
        asyncio.run(coroutine)
    assert "# early" in "".join(traceback.format_exception(caught.value))
    early.forget_lines()
    assert "Early" not in linecache.cache


async def test_main_is_the_scripts_module_in_each_of_its_steps_and_in_no_others() -> None:
    before = sys.modules["__main__"]
    seen: list[bool] = []
    coroutine = Script.compile(
        "import asyncio, sys\n"
        "def look(): seen.append(sys.modules['__main__'].__dict__ is globals())\n"
        "look()\n"
        "await asyncio.sleep(0)\n"
        "look()\n"
        "try:\n    await asyncio.sleep(60)\nexcept asyncio.CancelledError:\n    look()\n"
        "try:\n    await asyncio.sleep(60)\nfinally:\n    look()\n",
        "Text",
    ).start(seen=seen)
    assert coroutine is not None
    task = asyncio.ensure_future(coroutine)
    for steps in (1, 2):
        while len(seen) < steps:
            await asyncio.sleep(0)
            assert sys.modules["__main__"] is before
    task.cancel()
    while len(seen) < 3:
        await asyncio.sleep(0)
        assert sys.modules["__main__"] is before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == [True] * 4


async def test_a_traceback_of_what_was_cancelled_shows_no_line_of_ours() -> None:
    script = Script.compile("import asyncio\ntry:\n    await asyncio.sleep(60)\nfinally:\n    1 / 0\n", "Text")
    coroutine = script.start()
    assert coroutine is not None
    task = asyncio.ensure_future(coroutine)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(ZeroDivisionError) as caught:
        await task
    cancelled = caught.value.__context__
    assert isinstance(cancelled, asyncio.CancelledError)
    files = [place.filename for place in traceback.extract_tb(cancelled.__traceback__)]
    assert files == ["Text", asyncio.tasks.__file__]


def test_closed_half_way_a_script_cleans_up() -> None:
    seen: list[str] = []
    text = "import asyncio, sys\ntry:\n    await asyncio.sleep(60)\nfinally:\n    seen.append(__name__)\n"
    coroutine = Script.compile(text, "Text").start(seen=seen)
    assert coroutine is not None

    async def begin() -> None:
        coroutine.send(None)

    asyncio.run(begin())
    coroutine.close()
    assert seen == ["__main__"]


@pytest.mark.parametrize("name", ["exit", "quit"])
def test_exit_leaves_stdin_open(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a line"))
    Script.compile(f"{name}()", "Text").start(exit=leave, quit=leave)
    assert sys.stdin.read() == "a line"
    with pytest.raises(SystemExit) as caught:
        Script.compile(f"{name}(3)", "Text").start(exit=leave, quit=leave)
    assert caught.value.code == 3
