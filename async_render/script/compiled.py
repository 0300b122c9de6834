"""A text that may await, made runnable."""

import ast
import inspect
import linecache
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script.

    Args:
        code: what it does.
        filename: the file name that its tracebacks show.

    Example:
        >>> script = Script.compile("await asyncio.sleep(1)", "Text")
        >>> coroutine = script.start({"asyncio": asyncio})
    """

    code: CodeType
    filename: str

    @classmethod
    def compile(cls, source: str, filename: str) -> "Script":
        """Compile a text with top-level `await`, and let tracebacks show its lines.

        Raises:
            SyntaxError: as Python's own `compile` does.
        """
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        return cls(compile(source, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True), filename)

    def start(self, **names: Any) -> Coroutine[Any, Any, Any] | None:
        """Run the script as `__main__`, as far as it does not await.

        Args:
            **names: further names that the script finds.

        Returns:
            The coroutine that is left to run, when the script awaits; None when it has run to its end.
        """
        module = ModuleType("__main__")
        module.__dict__.update(names, __file__=self.filename)
        run = FunctionType(self.code, module.__dict__)
        if self.code.co_flags & inspect.CO_COROUTINE:
            coroutine: Coroutine[Any, Any, Any] = run()
            return coroutine
        was = sys.modules["__main__"]
        sys.modules["__main__"] = module  # as Blender does, for what looks a class up by its module's name
        try:
            run()
        finally:
            sys.modules["__main__"] = was
        return None
