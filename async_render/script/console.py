"""An interactive console whose lines may await: the prompt is back at once, and the output comes later."""

import asyncio
import builtins
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from code import InteractiveConsole
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context, copy_context
from inspect import CO_COROUTINE, CORO_CREATED, getcoroutinestate, iscoroutine
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from ..render.errors import text_of
from .compiled import in_steps, leave, no_input
from .forgotten import forgotten_awaits
from .streams import Printed, Write, write_to_console

_NEEDS_LOOP = {
    *("create_task", "ensure_future", "gather", "shield", "as_completed", "wrap_future"),
    *("get_running_loop", "current_task", "all_tasks"),
}
"""Functions of asyncio that must be called inside a running loop. A line that neither awaits nor names such a function
runs outside of the loop, as in any console: `asyncio.run()` and `ar.run()` refuse to work inside."""

_NO_LOOP = ("no running event loop", "There is no current event loop")
"""The beginnings of asyncio's errors when a function must be called inside a running loop."""

_FOLDER = str(Path(__file__).parent)

_ADVICE = "A line without 'await' runs outside of the event loop: call this in an 'async def', and await that\n"


class AwaitingConsole:
    """A console of Python's `code` module whose lines may await, until `detach`, as in `python -m asyncio`.

    All lines share one context, so that context variables keep their values from line to line.

    Args:
        console: the console.
        start: makes a task of a coroutine, in a context.
        write: receives what the lines print while they await. Any thread may call it.
        **names: further names that the lines can use.
    """

    def __init__(
        self,
        console: InteractiveConsole,
        start: Callable[[Any, Context], asyncio.Task[None]],
        write: Write,
        **names: Any,
    ) -> None:
        self._console = console
        self._start = start
        self._context = copy_context()
        self._write = write
        self._context.run(write_to_console.set, write)
        self._run_plain = console.runcode
        self._show_plain_traceback = console.showtraceback
        self._hinted: object = None  # the coroutine that the last hint was about
        self.tasks: set[asyncio.Task[None]] = set()
        """The lines that have not ended, and tasks that cancelled lines have left."""
        namespace: Any = console.locals
        names = {"input": no_input, "exit": leave, "quit": leave, **names}
        self._names = {name: value for name, value in names.items() if name not in namespace}
        namespace.update(self._names)
        console.compile.compiler.flags |= PyCF_ALLOW_TOP_LEVEL_AWAIT
        console.runcode = self._run  # type: ignore[method-assign]
        console.showtraceback = self._show_traceback  # type: ignore[method-assign]

    def detach(self) -> None:
        """Restore the console. Lines that have not ended go on."""
        del self._console.runcode, self._console.showtraceback
        self._console.compile.compiler.flags &= ~PyCF_ALLOW_TOP_LEVEL_AWAIT
        namespace: Any = self._console.locals
        for name, value in self._names.items():
            if namespace.get(name) is value:
                del namespace[name]

    def _run(self, code: CodeType) -> None:
        """Run a line, instead of `InteractiveConsole.runcode`."""
        if not (code.co_flags & CO_COROUTINE or _NEEDS_LOOP.intersection(_names_in(code))):
            self._context.run(self._run_outside_of_loop, code)
            return
        self._keep(self._start(self._run_in_loop(code), self._context))

    def _run_outside_of_loop(self, code: CodeType) -> None:
        with self._noticing_coroutines():
            self._run_plain(code)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self.tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        self._write(("OUTPUT", ""))  # the last line may have no end
        if not task.cancelled():
            task.exception()  # it was shown; asyncio need not report that nobody has read it

    async def _run_in_loop(self, code: CodeType) -> None:
        """Run a line, and wait for the tasks that it makes: nobody else would cancel them, or show their errors."""
        made: set[asyncio.Task[Any]] = set()
        try:
            errors = [await self._shown(self._run_line(code, made))]
            errors += await asyncio.gather(*(self._awaited(task) for task in made if not task.done()))
        except asyncio.CancelledError:
            for task in made:
                if task.cancel():
                    self._keep(task)
            self._console.write("CancelledError\n")
            raise
        for error in filter(None, errors):
            raise error

    async def _run_line(self, code: CodeType, made: set[asyncio.Task[Any]]) -> None:
        """Run a line, and add the tasks that it makes up to its first `await`."""
        namespace: Any = self._console.locals
        with self._noticing_coroutines():
            with _noting_tasks(made):
                answer = FunctionType(code, namespace)()
            if iscoroutine(answer):
                first: Iterator[AbstractContextManager[None]] = iter([_noting_tasks(made)])
                await in_steps(answer, lambda: next(first, nullcontext()))

    @contextmanager
    def _noticing_coroutines(self) -> Iterator[None]:
        """Print a hint where the line inside the `with` block has made a coroutine, and has not awaited the coroutine.

        Python keeps the value of a line as `_`, and warns when `_` gets another value. The hint has said it already, so
        the coroutine is kept here until then, and freed without a warning.
        """
        before = getattr(builtins, "_", None)
        with forgotten_awaits.watching():
            yield
        value = getattr(builtins, "_", None)
        if self._hinted is not value:
            with forgotten_awaits.reported():
                self._hinted = before = None
        if iscoroutine(value) and value is not before and getcoroutinestate(value) == CORO_CREATED:
            self._hinted = value
            self._console.write(f"{value.__qualname__!r} has not begun; write 'await' before it\n")

    async def _awaited(self, task: asyncio.Task[Any]) -> Exception | None:
        """Wait for a task, and show its error."""
        await asyncio.wait([task])
        return None if task.cancelled() else await self._shown(task)

    async def _shown(self, awaitable: Awaitable[Any]) -> Exception | None:
        """Await it, show its error, and return that. An error that would end the loop is shown only."""
        try:
            await awaitable
        except SystemExit as end:
            self._console.write(f"{end!r}\n")  # in the words of Blender's console
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - it is shown
            self._console.showtraceback()
            return error if isinstance(error, Exception) else None
        return None

    def _show_traceback(self) -> None:
        """Show a traceback without the frames of this package.

        Replaces `InteractiveConsole.showtraceback`, which leaves out the first frame.
        """
        error = sys.exc_info()[1]
        trace = error.__traceback__ if error is not None else None
        while trace and trace.tb_next and trace.tb_next.tb_frame.f_code.co_filename.startswith(_FOLDER):
            trace = trace.tb_next
        if error is not None:
            error.__traceback__ = trace
        self._show_plain_traceback()
        if isinstance(error, RuntimeError) and text_of(error).startswith(_NO_LOOP):
            self._console.write(_ADVICE)


def _names_in(code: CodeType) -> Iterator[str]:
    """Yield the names in a line's code, also in its comprehensions, which are functions up to Python 3.11."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


@contextmanager
def _noting_tasks(made: set[asyncio.Task[Any]]) -> Iterator[None]:
    """Add the tasks that are made inside the `with` block."""
    others = asyncio.all_tasks()
    try:
        yield
    finally:
        made |= asyncio.all_tasks() - others


def whole_lines(texts: list[Printed], *, keep_rest: bool) -> tuple[list[Printed], list[Printed]]:
    """Join text that was printed in pieces to lines.

    Args:
        texts: what was printed, in order.
        keep_rest: whether the rest of a line may still come.

    Returns:
        The lines, in order, without their line ends; and the beginning of a line whose rest may still come.
    """
    lines: list[Printed] = []
    rest: Printed = ("OUTPUT", "")
    for stream, text in texts:
        if rest[1] and rest[0] != stream:
            lines.append(rest)
            rest = (stream, "")
        *whole, last = (rest[1] + text).split("\n")
        lines.extend((stream, line) for line in whole)
        rest = (stream, last)
    if not rest[1]:
        return lines, []
    return (lines, [rest]) if keep_rest else ([*lines, rest], [])
