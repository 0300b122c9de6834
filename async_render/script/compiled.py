"""A text with top-level `await`, compiled and run."""

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

    A text may define `async def main()` without parameters, and use the name `main` nowhere else. Such a text is
    compiled as if its last line were `await main()`. A text that starts its `main` itself, by `ar.run(main())`, is
    compiled as it is.

    Args:
        code: the compiled text.
        filename: the file name that its tracebacks show.
        source: the text.
        needed_by_main: the arguments for which a `main` was not started that the text uses nowhere.

    Example:
        >>> script = Script.compile("import asyncio\\nawait asyncio.sleep(1)", "Text")
        >>> coroutine = script.start()
    """

    code: CodeType
    filename: str
    source: str
    needed_by_main: tuple[str, ...] = ()

    @classmethod
    def compile(cls, source: str, filename: str) -> "Script":
        """Compile a text with top-level `await`.

        Raises:
            SyntaxError: the text is no Python, as Python's own `compile` says.
        """
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, filename, "exec", flags=flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        main = _unused_main(tree)
        needed = () if main is None else _needed_by(main)
        if main is not None and not needed:
            tree.body.append(_await_main(main))
        return cls(compile(tree, filename, "exec", flags=flags, dont_inherit=True), filename, source, needed)

    @property
    def awaits(self) -> bool:
        """Whether the script awaits, so that it is a coroutine."""
        return bool(self.code.co_flags & inspect.CO_COROUTINE)

    def start(self, **names: Any) -> Coroutine[Any, Any, None] | None:
        """Run the script as `__main__`, if it does not await. `exit()` ends the script, and is no error.

        From now on tracebacks show the script's lines as they were when it was compiled.

        Args:
            **names: further names that the script can use.

        Returns:
            The coroutine to run, when the script awaits; None: the script has run to its end.

        Raises:
            SystemExit: the script called `exit` with an error code or a message.
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
        """Remove the script's lines from Python's cache: no traceback will show them any more."""
        linecache.cache.pop(self.filename, None)


def no_input(_prompt: object = "") -> NoReturn:
    """Raise an error, instead of `input`: Blender's window would freeze until somebody types into the terminal."""
    raise RuntimeError("input() would freeze Blender's window; set a variable at the top of the script instead")


def leave(code: object = None) -> NoReturn:
    """End the script, instead of Python's `exit` and `quit`, which also close `sys.stdin`, for all of Blender."""
    raise SystemExit(code)


@contextmanager
def _as_main(module: ModuleType) -> Iterator[None]:
    """Make the module `__main__` inside the `with` block, as Blender does.

    Annotations of properties, and pickle, find a class by the name of its module.
    """
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = before


@types.coroutine
def in_steps(
    coroutine: Coroutine[Any, Any, Any], around: Callable[[], AbstractContextManager[None]]
) -> Generator[Any, Any, Any]:
    """Await a coroutine, and enter a new context manager around each of its steps."""
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
        except BaseException as error:  # noqa: BLE001 - the coroutine gets all, CancelledError too
            trace = error.__traceback__
            error.__traceback__ = None if trace is None else trace.tb_next  # without this frame
            step = partial(coroutine.throw, error)


async def _until_exit(coroutine: Awaitable[Any]) -> None:
    """Await a coroutine that `exit()` may end."""
    try:
        await coroutine
    except SystemExit as end:
        if end.code:
            raise


def _unused_main(tree: ast.Module) -> ast.AsyncFunctionDef | None:
    """Return the `async def main()` of a text that does not use it; None: there is none."""
    found = [item for item in tree.body if isinstance(item, ast.AsyncFunctionDef) and item.name == "main"]
    if not found or any(isinstance(node, ast.Name) and node.id == "main" for node in ast.walk(tree)):
        return None
    return found[-1]


def _needed_by(main: ast.AsyncFunctionDef) -> tuple[str, ...]:
    """Return the names of the arguments without which a function cannot be called."""
    arguments = main.args
    positional = [*arguments.posonlyargs, *arguments.args]
    needed = positional[: len(positional) - len(arguments.defaults)]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return tuple(item.arg for item in [*needed, *(item for item, default in named if default is None)])


def _await_main(main: ast.AsyncFunctionDef) -> ast.stmt:
    """Return the line `await main()`. Tracebacks show the line of the definition instead."""
    (line,) = ast.parse("await main()").body
    for node in ast.walk(line):
        ast.copy_location(node, main)
    return line
