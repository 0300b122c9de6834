"""A text that may await, made runnable."""

import ast
import builtins
import inspect
import linecache
import sys
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script.

    A text that defines `async def main()` without parameters, and does not use the name `main` anywhere, is taken as if
    its last line were `await main()`. A text that starts its `main` itself, by `ar.run(main())`, is left as it is.

    Args:
        code: what it does.
        filename: the file name that its tracebacks show.
        source: the text.

    Example:
        >>> script = Script.compile("import asyncio\\nawait asyncio.sleep(1)", "Text")
        >>> coroutine = script.start()
    """

    code: CodeType
    filename: str
    source: str

    @classmethod
    def compile(cls, source: str, filename: str) -> "Script":
        """Compile a text with top-level `await`.

        Raises:
            SyntaxError: as Python's own `compile` does.
        """
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, filename, "exec", flags=flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        main = _forgotten_main(tree)
        if main is not None:
            tree.body.append(_await_main(main))
        return cls(compile(tree, filename, "exec", flags=flags, dont_inherit=True), filename, source)

    @property
    def awaits(self) -> bool:
        """Whether it is a coroutine."""
        return bool(self.code.co_flags & inspect.CO_COROUTINE)

    def start(self, **names: Any) -> Coroutine[Any, Any, None] | None:
        """Run the script as `__main__`, as far as it does not await. Its `exit()` is its end, and no error.

        From now on tracebacks show its lines as they were when it was compiled.

        Args:
            **names: further names that the script finds.

        Returns:
            The coroutine that is left to run, when the script awaits; None when it has run to its end.

        Raises:
            SystemExit: it called `exit` with an error code or message.
        """
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.filename] = (len(self.source), None, lines, self.filename)
        module = ModuleType("__main__")
        module.__dict__.update(names, __file__=self.filename, __builtins__=builtins)
        run = FunctionType(self.code, module.__dict__)
        if self.awaits:
            return _until_exit(in_steps(run(), partial(_as_main, module)))
        try:
            with _as_main(module):
                run()
        except SystemExit as end:
            if end.code:
                raise
        return None

    def forget_lines(self) -> None:
        """Nobody will ask for its lines any more."""
        linecache.cache.pop(self.filename, None)


def no_input(_prompt: object = "") -> NoReturn:
    """Stands in for `input` where a window would freeze until somebody types into the terminal."""
    raise RuntimeError("input() would freeze Blender's window; set a variable at the top of the script instead")


def leave(code: object = None) -> NoReturn:
    """Stands in for `exit` and `quit`: those of Python's `site` also close `sys.stdin`, for all of Blender."""
    raise SystemExit(code)


@contextmanager
def _as_main(module: ModuleType) -> Iterator[None]:
    """As Blender does, for what looks a class up by its module's name: annotations of properties, and pickle."""
    was = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = was


@types.coroutine
def in_steps(
    coroutine: Coroutine[Any, Any, Any], around: Callable[[], AbstractContextManager[None]]
) -> Generator[Any, Any, Any]:
    """Await a coroutine, with each of its steps inside a context manager."""
    step = partial(coroutine.send, None)
    while True:
        try:
            with around():
                awaited = step()
        except StopIteration as end:
            return end.value
        try:
            step = partial(coroutine.send, (yield awaited))
        except GeneratorExit:
            with around():
                coroutine.close()
            raise
        except BaseException as error:  # noqa: BLE001 - CancelledError, too, is for the coroutine
            trace = error.__traceback__
            error.__traceback__ = None if trace is None else trace.tb_next  # without this frame
            step = partial(coroutine.throw, error)


async def _until_exit(coroutine: Awaitable[Any]) -> None:
    try:
        await coroutine
    except SystemExit as end:
        if end.code:
            raise


def _forgotten_main(tree: ast.Module) -> ast.AsyncFunctionDef | None:
    """The `async def main()` that nobody uses."""
    found = [item for item in tree.body if isinstance(item, ast.AsyncFunctionDef) and item.name == "main"]
    if not found or any(isinstance(node, ast.Name) and node.id == "main" for node in ast.walk(tree)):
        return None
    arguments = found[-1].args
    needed = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return None if needed or None in arguments.kw_defaults else found[-1]


def _await_main(main: ast.AsyncFunctionDef) -> ast.stmt:
    """The line `await main()`; tracebacks show the one of its definition."""
    (line,) = ast.parse("await main()").body
    for node in ast.walk(line):
        ast.copy_location(node, main)
    return line
