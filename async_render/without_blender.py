"""Stand-ins for the public names that need Blender, in a Python without Blender: to read, and to replace in tests.

A stand-in has the name, the signature and the docstring of the real function or class, read from the source. So
`help(ar)`, `hasattr`, `mock.patch` and autocompletion work everywhere. Only a call of a stand-in fails, by ImportError.
"""

from __future__ import annotations
import __future__

import ast
import pkgutil
from functools import cache
from typing import Any, NoReturn

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def needs_blender(name: str) -> ImportError:
    """Return the exception for a public name that was used without Blender."""
    return ImportError(f"async_render.{name} needs Blender: run it there, or pip install 'async-render[bpy]'")


@cache
def stand_in(module: str, name: str) -> Any:
    """Return the stand-in for a function or a class.

    Args:
        module: the module that has the name, as `.blender.kinds.still`.
        name: the public name.
    """
    package = __name__.rpartition(".")[0]
    path = f"{module.strip('.').replace('.', '/')}.py"
    source = pkgutil.get_data(package, path)
    assert source is not None, path
    tree = ast.parse(source)
    found = [node for node in tree.body if isinstance(node, Definition) and node.name == name]
    definition = _without_code(found[-1], name)  # the last one: overloads come first
    code = compile(
        ast.Module([definition], []),
        f"{package}/{path}",
        "exec",
        __future__.annotations.compiler_flag,
        dont_inherit=True,
    )
    namespace: dict[str, Any] = {"__name__": f"{package}{module}", _RAISE: _raise}
    exec(code, namespace)  # noqa: S102 - our own source
    return namespace[name]


_RAISE = "_raise_needs_blender"


def _raise(name: str) -> NoReturn:
    raise needs_blender(name)


def _without_code(definition: Any, name: str) -> Any:
    """Return a definition that keeps signatures and docstrings; each function raises ImportError."""
    if isinstance(definition, ast.ClassDef):
        definition.bases, definition.keywords = [], []
        methods = [node for node in definition.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        members = [_without_code(node, name) for node in methods]
        if not any(node.name == "__init__" for node in methods):
            members += ast.parse(f"def __init__(self, *_, **__): {_RAISE}({name!r})").body
        definition.body = [*_docstring_of(definition), *members]
    else:
        definition.body = [*_docstring_of(definition), *ast.parse(f"{_RAISE}({name!r})").body]
    definition.decorator_list = [
        node for node in definition.decorator_list if isinstance(node, ast.Name) and node.id in _KEPT
    ]
    return ast.fix_missing_locations(definition)


_KEPT = {"classmethod", "property"}


def _docstring_of(definition: Any) -> list[ast.stmt]:
    return definition.body[:1] if ast.get_docstring(definition) is not None else []
