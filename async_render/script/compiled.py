"""A text that may await, made runnable."""

import ast
import builtins
import inspect
import linecache
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
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

    Example:
        >>> script = Script.compile("import asyncio\\nawait asyncio.sleep(1)", "Text")
        >>> coroutine = script.start()
    """

    code: CodeType
    filename: str

    @classmethod
    def compile(cls, source: str, filename: str) -> "Script":
        """Compile a text with top-level `await`, and let tracebacks show its lines as they are now.

        Raises:
            SyntaxError: as Python's own `compile` does.
        """
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile(source, filename, "exec", flags=flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        main = _forgotten_main(tree)
        if main is not None:
            tree.body.append(_await_main(main))
        return cls(compile(tree, filename, "exec", flags=flags, dont_inherit=True), filename)

    @property
    def awaits(self) -> bool:
        """Whether it is a coroutine."""
        return bool(self.code.co_flags & inspect.CO_COROUTINE)

    def start(self, **names: Any) -> Coroutine[Any, Any, None] | None:
        """Run the script as `__main__`, as far as it does not await. Its `exit()` is its end, and no error.

        Args:
            **names: further names that the script finds.

        Returns:
            The coroutine that is left to run, when the script awaits; None when it has run to its end.

        Raises:
            SystemExit: it called `exit` with an error code or message.
        """
        module = ModuleType("__main__")
        module.__dict__.update(names, __file__=self.filename, __builtins__=builtins)
        run = FunctionType(self.code, module.__dict__)
        if self.awaits:
            return _until_exit(run())
        was = sys.modules["__main__"]
        sys.modules["__main__"] = module  # as Blender does, for what looks a class up by its module's name
        try:
            run()
        except SystemExit as end:
            if end.code:
                raise
        finally:
            sys.modules["__main__"] = was
        return None

    def forget_lines(self) -> None:
        """Nobody will ask for its lines any more."""
        linecache.cache.pop(self.filename, None)


def no_input(_prompt: object = "") -> NoReturn:
    """Stands in for `input` where a window would freeze until somebody types into the terminal."""
    raise RuntimeError("input() would freeze Blender's window; set a variable at the top of the script instead")


async def _until_exit(coroutine: Coroutine[Any, Any, Any]) -> None:
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
