"""What the package may use of Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...support.checkout import ROOT

PACKAGE = ROOT / "async_render"


def private_names(source: str) -> Iterator[str]:
    """Names of asyncio that start with an underscore: `asyncio._x`, `asyncio.events._x`, `from asyncio import _x`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            if name.startswith("asyncio.") and "._" in name and not name.endswith("__"):
                yield name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "asyncio":
            yield from (f"{node.module}.{alias.name}" for alias in node.names if "._" in f".{node.module}.{alias.name}")


def inherited_private_names() -> set[str]:
    """What asyncio's loops, selectors and proactors keep for themselves, and `HostedLoop` would inherit."""
    import asyncio
    import selectors

    kinds = (asyncio.SelectorEventLoop, selectors.DefaultSelector)
    loop = asyncio.SelectorEventLoop()
    loop.close()
    inherited = {name for kind in kinds for name in dir(kind)} | set(vars(loop))
    return {name for name in inherited if name.startswith("_") and not name.endswith("__")}


def test_nothing_private_of_asyncio_is_used() -> None:
    assert list(private_names("import asyncio\nasyncio._x(asyncio.events._y)\nfrom asyncio import _z")) != []
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 10
    assert {file.name: names for file in files if (names := list(private_names(file.read_text())))} == {}


def test_nothing_that_a_loop_inherits_privately_is_used_or_replaced() -> None:
    private = inherited_private_names()
    assert "_run_once" in private
    for file in sorted((PACKAGE / "loop").glob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        used |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        assert used & private == set(), file.name
