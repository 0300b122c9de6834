"""What the package may use of Python, and what it shows of itself."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import async_render as ar

from ...support.checkout import ROOT

PACKAGE = ROOT / "async_render"
FACE = vars(ar)
"""The package as it is at run time; `ar.NAME` is for type checkers what the stub has."""


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


def test_type_checkers_see_the_public_names_in_the_modules_that_have_them() -> None:
    in_stub = ci_reference()["public_names"]()
    assert sorted(in_stub) == sorted((module, name) for module, names in FACE["_NAMES"].items() for name in names)
    assert sorted(name for _, name in in_stub) == FACE["__all__"]
    assert len(set(FACE["__all__"])) == len(in_stub) > 30


def test_only_public_names_are_shown() -> None:
    assert dir(ar) == FACE["__all__"]
    assert not [name for name in FACE["__all__"] if name.startswith("_")]


def test_the_reference_has_each_public_name_with_the_first_line_of_its_docstring() -> None:
    written = ci_reference()["reference"]()
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == written, "uv run .ci/reference.py"
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", written, re.MULTILINE))
    assert list(rows) == FACE["__all__"]
    assert [name for name, line in rows.items() if not line.endswith(".")] == []


def ci_reference() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / ".ci" / "reference.py"))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("asyncio.run(ar.render_still())", "render_still"),
        ("ar.segments()", "segments"),
        ("ar.RenderSettings.from_scene()", "RenderSettings.from_scene"),
    ],
)
def test_without_blender_a_name_that_needs_it_says_so(code: str, name: str) -> None:
    script = (
        f"import sys; sys.modules['bpy'] = None; import asyncio, async_render as ar; "
        f"print(ar.RenderSettings(samples=4)); {code}"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert ended.stdout.startswith("RenderSettings(")
    last = ended.stderr.rstrip().splitlines()[-1]
    assert last == f"ImportError: async_render.{name} needs Blender: run it there, or pip install 'async-render[bpy]'"
