"""Console lines that await, in a console of Python's own `code` module."""

from __future__ import annotations

import asyncio
import io
import sys
import warnings
from code import InteractiveConsole
from collections.abc import Iterator

import pytest

from async_render.script.console import AwaitingConsole, whole_lines
from async_render.script.streams import ContextStreams, Printed


class TypedConsole:
    """A console that somebody types into, while a loop runs between the lines."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.plain = InteractiveConsole({"__name__": "__main__", "asyncio": asyncio})
        self.printed: list[Printed] = []
        self.console = AwaitingConsole(
            self.plain,
            lambda line, context: self.loop.create_task(line, context=context),
            self.printed.append,
        )

    def type(self, *lines: str) -> str:
        """Enter lines, let the loop go on until nothing is left, and tell what came out."""
        streams = ContextStreams()
        streams.install()  # here and not in a fixture: pytest puts streams of its own in place for each phase
        try:
            for line in lines:
                self.plain.push(line)
            while tasks := asyncio.all_tasks(self.loop):
                self.loop.run_until_complete(asyncio.wait(tasks))
        finally:
            streams.remove()
        text = "".join(text for _, text in self.printed)
        self.printed.clear()
        return text

    def cancel(self) -> None:
        """Stop the lines that are under way."""
        for task in self.console.tasks:
            task.cancel()


@pytest.fixture
def typed() -> Iterator[TypedConsole]:
    typed = TypedConsole()
    yield typed
    typed.loop.close()


def test_the_value_of_an_awaited_expression_is_shown_and_kept(typed: TypedConsole) -> None:
    assert typed.type("await asyncio.sleep(0, 42)") == "42\n"
    assert typed.type("await asyncio.sleep(0, _ + 1)") == "43\n"


def test_the_prompt_is_back_before_the_line_is_done(typed: TypedConsole) -> None:
    typed.plain.push("await asyncio.sleep(0)")
    assert len(typed.console.tasks) == 1
    assert typed.type() == ""
    assert not typed.console.tasks


def test_blocks_may_await(typed: TypedConsole) -> None:
    typed.type("async def numbers():", "    yield 1", "    yield 2", "")
    assert typed.type("async for number in numbers():", "    print(number)", "") == "1\n2\n"
    assert typed.type("async with asyncio.timeout(1):", "    print('in time')", "") == "in time\n"


def test_a_task_may_be_made_without_await_and_prints_to_its_console(typed: TypedConsole) -> None:
    typed.type("async def say():", "    print('said')", "")
    assert typed.type("task = asyncio.create_task(say())") == "said\n"


def test_what_needs_no_running_loop_runs_outside_of_it(typed: TypedConsole) -> None:
    assert typed.type("asyncio.run(asyncio.sleep(0, 'ran'))") == "'ran'\n"


@pytest.mark.filterwarnings("ignore:.* was never awaited")
def test_a_line_that_only_makes_a_coroutine_is_told_of_its_await(typed: TypedConsole) -> None:
    advice = "'sleep' has not begun; write 'await' before it\n"
    assert advice in typed.type("asyncio.sleep(0)")
    assert advice in typed.type("await asyncio.sleep(0); asyncio.sleep(0)")
    assert advice not in typed.type("kept = asyncio.sleep(0)")
    assert typed.type("await kept") == ""
    assert typed.type("await _") == ""


def test_after_the_hint_python_does_not_warn_as_well(typed: TypedConsole) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "'sleep' has not begun" in typed.type("asyncio.sleep(0)")
        assert typed.type("5", "6") == "5\n6\n"
    assert typed.console._hinted is None


def test_an_error_is_shown_with_its_traceback(typed: TypedConsole) -> None:
    shown = typed.type("await asyncio.sleep(0); 1 / 0")
    assert shown.startswith('Traceback (most recent call last):\n  File "<console>", line 1, in <module>\n')
    assert shown.endswith("ZeroDivisionError: division by zero\n")


def test_what_cannot_be_awaited_is_a_type_error(typed: TypedConsole) -> None:
    assert "TypeError: " in typed.type("await 5")


def test_context_variables_keep_their_values(typed: TypedConsole) -> None:
    typed.type(
        "from contextvars import ContextVar", "var = ContextVar('var')", "await asyncio.sleep(0); _ = var.set(3)"
    )
    assert typed.type("await asyncio.sleep(0, var.get())") == "3\n"


def test_lines_that_are_under_way_can_be_cancelled(typed: TypedConsole) -> None:
    typed.plain.push("await asyncio.sleep(60)")
    typed.loop.call_soon(typed.cancel)
    assert typed.type() == "CancelledError\n"


def test_exit_is_shown_and_ends_nothing(typed: TypedConsole) -> None:
    assert typed.type("await asyncio.sleep(0); raise SystemExit(3)") == "SystemExit(3)\n"


def test_input_is_an_error(typed: TypedConsole) -> None:
    assert "RuntimeError: input() would freeze" in typed.type("await asyncio.sleep(0); input()")


def test_a_threads_output_goes_to_its_console(typed: TypedConsole) -> None:
    assert typed.type("await asyncio.to_thread(print, 'from a thread')") == "from a thread\n"


def test_two_consoles_do_not_mix() -> None:
    consoles = [TypedConsole(), TypedConsole()]
    for number, typed in enumerate(consoles):
        typed.plain.push(f"await asyncio.sleep(0); print({number})")
    assert [typed.type() for typed in consoles] == ["0\n", "1\n"]
    for typed in consoles:
        typed.loop.close()


def test_what_others_print_meanwhile_goes_where_it_always_went(
    typed: TypedConsole, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.plain.push("await asyncio.sleep(0.01)")
    typed.loop.call_soon(print, "elsewhere")
    assert typed.type() == ""
    assert capsys.readouterr().out == "elsewhere\n"


def test_the_streams_are_what_they_were_afterwards() -> None:
    before = sys.stdout, sys.stderr
    streams = ContextStreams()
    streams.install()
    streams.install()
    assert sys.stdout is not before[0]
    streams.remove()
    assert (sys.stdout, sys.stderr) == before


def test_a_task_that_a_cancelled_line_has_made_is_under_way_until_it_ends(typed: TypedConsole) -> None:
    typed.type("async def made():", "    try:", "        await asyncio.sleep(100)", "    finally:")
    typed.type("        await asyncio.sleep(0.01)", "        print('end')", "")
    typed.loop.call_later(0.05, typed.cancel)
    left: list[int] = []
    typed.loop.call_later(0.055, lambda: left.append(len(typed.console.tasks)))
    assert typed.type("task = asyncio.create_task(made())") == "CancelledError\nend\n"
    assert left == [1]
    assert not typed.console.tasks


def test_detached_it_is_an_ordinary_console_again(typed: TypedConsole, capsys: pytest.CaptureFixture[str]) -> None:
    typed.console.detach()
    assert not {"runcode", "showtraceback"} & set(vars(typed.plain))
    assert "input" not in typed.plain.locals
    typed.plain.push("await asyncio.sleep(0)")
    assert "SyntaxError" in capsys.readouterr().err


def test_bits_become_lines_in_order_and_an_error_ends_a_line() -> None:
    texts: list[Printed] = [("OUTPUT", "a"), ("OUTPUT", "b\nc"), ("ERROR", "oh\n"), ("OUTPUT", "\n"), ("OUTPUT", "d")]
    lines: list[Printed] = [("OUTPUT", "ab"), ("OUTPUT", "c"), ("ERROR", "oh"), ("OUTPUT", "")]
    assert whole_lines(texts, keep_rest=True) == (lines, [("OUTPUT", "d")])
    assert whole_lines(texts, keep_rest=False) == ([*lines, ("OUTPUT", "d")], [])


COUNT = (
    "async def count(n, fail=False):",
    "    for i in range(n):",
    "        await asyncio.sleep(0)",
    "    print('counted', n)",
    "    assert not fail, 'not this one'",
    "",
)


@pytest.mark.parametrize("rest", ["", "; await asyncio.sleep(0)"])
def test_a_line_is_under_way_as_long_as_the_tasks_that_it_made(typed: TypedConsole, rest: str) -> None:
    typed.type(*COUNT)
    typed.plain.push(f"t = asyncio.create_task(count(10**9)){rest}")
    typed.loop.run_until_complete(asyncio.sleep(0.05))
    assert len(typed.console.tasks) == 1
    typed.cancel()
    assert typed.type("1 + 1") == "2\nCancelledError\n"
    assert not typed.console.tasks
    assert typed.type("t.cancelled()") == "True\n"


def test_a_task_that_a_line_made_tells_its_error_once(typed: TypedConsole) -> None:
    typed.type(*COUNT)
    shown = typed.type("tasks = [asyncio.create_task(count(n, n == 2)) for n in (1, 2, 9)]")
    assert shown.count("Traceback (most recent call last)") == shown.count("AssertionError: not this one") == 1
    assert 'File "<console>", line 5, in count' in shown
    assert "async_render" not in shown
    assert shown.endswith("counted 9\n")
    assert typed.type("tasks[1].exception()") == "AssertionError('not this one')\n"


def test_a_task_that_was_cancelled_by_hand_is_no_error(typed: TypedConsole) -> None:
    typed.type(*COUNT)
    typed.plain.push("t = asyncio.create_task(count(10**9))")
    typed.loop.run_until_complete(asyncio.sleep(0.05))
    assert typed.type("t.cancel()") == "True\n"


def test_what_wants_a_loop_is_called_in_it(typed: TypedConsole) -> None:
    typed.type(*COUNT)
    assert typed.type("f = asyncio.shield(count(3))") == "counted 3\n"
    assert typed.type("_ = [each.close() for each in asyncio.as_completed([count(4)])]") == "counted 4\n"
    assert typed.type("import concurrent.futures", "f = asyncio.wrap_future(concurrent.futures.Future())") == ""


def test_a_function_that_wants_a_loop_says_how_it_is_called(
    typed: TypedConsole, capsys: pytest.CaptureFixture[str]
) -> None:
    typed.type(*COUNT)
    typed.type("def begin():", "    coroutine = count(1)", "    try:", "        return asyncio.create_task(coroutine)")
    typed.type("    finally:", "        coroutine.close()", "")
    shown = typed.type("begin()")
    assert "RuntimeError: no running event loop\n" in shown
    assert shown.endswith("call this in an 'async def', and await that\n")


def test_exit_leaves_stdin_open(typed: TypedConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a line"))
    assert typed.type("await asyncio.sleep(0); exit()") == "SystemExit(None)\n"
    assert typed.type("await asyncio.sleep(0); quit('done')") == "SystemExit('done')\n"
    assert sys.stdin.read() == "a line"
