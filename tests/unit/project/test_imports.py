"""The order of the wings: imports go down only, file by file, those for type checkers and those in functions included.

Only `async_render/__init__.py` imports modules by their names as strings; its stub imports the same ones.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path

import pytest

from ...support.checkout import ROOT

PACKAGE = ROOT / "async_render"

ORDER = (
    "addon",
    "addon.ui",
    "addon.scripts",
    "__main__",
    "cli",
    "testing",
    "__init__",
    "without_blender",
    "blender.worker",
    "blender.session",
    "blender.kinds",
    "blender.operators",
    "blender.activity_ui",
    "blender.jobs",
    "blender.host",
    "blender.settings",
    "blender.window",
    "blender",  # its single files
    "farm",  # its single files
    "farm.file_ways",
    "farm.cluster",
    "farm.dask_worker",
    "farm.shipping",
    "pool",  # its single files
    "pool.crew",
    "pool.worker_process",
    "work",
    "output",
    "script",
    "render",
    "loop",
)
"""The wings, the highest first. The files of a wing import files of the same wing and of those below."""

SAME_HEIGHT = {"blender.quirks": "blender", "output.formats": "output"}
"""Wings that stand at the height of another one: their files may import each other, but not in circles."""

STILL_UPWARDS: set[tuple[str, str]] = set()
"""Imports that go up, or close a circle. None may come; one that has gone is taken out of this set."""

BLENDERS = {"blf", "bpy", "gpu", "rna_keymap_ui", "mathutils", "cycles", "_cycles"}
"""Modules that come with Blender."""

OTHERS = {"blender": BLENDERS, "addon": BLENDERS, "cli": {"rich"}, "farm": {"blender_asset_tracer"}}
"""The modules of others that a wing may import; `cli` and `farm/shipping/bat_files.py` are not used in Blender."""


def name_of(file: Path) -> str:
    """The module's name below `async_render`; that of a folder is the name of its `__init__.py`."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts if len(parts) == 1 or parts[-1] != "__init__" else parts[:-1])


FILES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}
MODULES = {f"async_render.{name}" if name != "__init__" else "async_render": name for name in FILES}


def imported(name: str, source: str) -> Iterator[str]:
    """The full names of the modules that a file imports: of `from x import y` the module `x.y`, or else `x`."""
    is_folder = FILES[name].name == "__init__.py"
    folder = ["async_render", *(part for part in name.split(".") if part != "__init__")]
    folder = folder if is_folder else folder[:-1]
    for node in statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            begin = folder[: len(folder) - node.level + 1] if node.level else []
            module = ".".join([*begin, *filter(None, [node.module])])
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                yield whole if whole in MODULES else module


def statements(block: ast.AST) -> Iterator[ast.AST]:
    """The statements of a block, and those inside them: an import is no part of an expression. A tenth of all nodes."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(block, name, ()):
            yield statement
            yield from statements(statement)


@cache
def imports() -> dict[str, set[str]]:
    """What each file imports. Not while the tests are collected, in each process."""
    found = {name: set(imported(name, file.read_text(encoding="utf-8"))) for name, file in FILES.items()}
    found["__init__"] |= set(imported("__init__", (PACKAGE / "__init__.pyi").read_text(encoding="utf-8")))
    return found


@cache
def package_arrows() -> frozenset[tuple[str, str]]:
    """Each pair of our files of which the first one imports the second."""
    pairs = ((name, module) for name, modules in imports().items() for module in modules)
    return frozenset((name, MODULES[module]) for name, module in pairs if module in MODULES)


def wing_of(name: str) -> str:
    """The wing, as in `ORDER`, that a module belongs to."""
    parts = name.split(".")
    wings = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next(SAME_HEIGHT.get(wing, wing) for wing in wings if wing in ORDER or wing in SAME_HEIGHT)


def upward(arrows: Set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows that go from a wing to a higher one."""
    return {(a, b) for a, b in arrows if ORDER.index(wing_of(a)) > ORDER.index(wing_of(b))}


def circles(arrows: Set[tuple[str, str]]) -> set[str]:
    """The files that reach themselves."""
    reached = {name: {b for a, b in arrows if a == name} for name in FILES}
    for middle in FILES:
        for name in FILES:
            if middle in reached[name]:
                reached[name] |= reached[middle]
    return {name for name in FILES if name in reached[name]}


def test_every_wing_has_files_and_every_file_a_wing() -> None:
    assert {wing_of(name) for name in FILES} == set(ORDER)


def test_imports_go_down() -> None:
    assert upward(package_arrows() - STILL_UPWARDS) == set()


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circles(package_arrows() - STILL_UPWARDS) == set()


def test_each_import_that_still_goes_up_is_there() -> None:
    assert package_arrows() >= STILL_UPWARDS, "one has gone: take it out of STILL_UPWARDS"
    down = package_arrows() - STILL_UPWARDS
    assert [arrow for arrow in STILL_UPWARDS if not upward({arrow}) and not circles({*down, arrow})] == []


def test_an_import_that_goes_up_and_a_circle_are_found() -> None:
    assert wing_of("blender.paths") == wing_of("blender.quirks.versions") == "blender"
    assert {
        ("addon.ui.panel", "blender.activity_ui.own_panels"),
        ("__init__", "blender.kinds.still"),
    } <= package_arrows()
    source = (
        "def f():\n    from .. import blender\n    from ..blender.paths import absolute\n    import async_render.output"
    )
    found = {MODULES[module] for module in imported("render.errors", source)}
    assert found == {"blender", "blender.paths", "output"}
    assert upward({("render.errors", module) for module in found}) == {("render.errors", module) for module in found}
    down = {("blender.paths", "render.errors"), ("render.errors", "loop.ticks")}
    assert (upward(down), circles(down)) == (set(), set())
    assert circles({*down, ("loop.ticks", "blender.paths")}) == {"blender.paths", "render.errors", "loop.ticks"}


@pytest.mark.parametrize("name", FILES)
def test_others_than_pythons_own_modules_are_blenders_and_only_where_blender_is(name: str) -> None:
    others = {item.split(".")[0] for item in imports()[name]} - sys.stdlib_module_names - {"async_render"}
    assert others <= OTHERS.get(name.split(".")[0], set())


@pytest.mark.parametrize("name", [name for name in FILES if wing_of(name) == "loop"])
def test_the_loop_imports_nothing_else_of_ours(name: str) -> None:
    assert {wing_of(b) for a, b in package_arrows() if a == name} <= {"loop"}


@pytest.mark.parametrize("name", [name for name in FILES if name != "blender.quirks.versions"])
def test_only_one_file_asks_for_blenders_version(name: str) -> None:
    source = FILES[name].read_text(encoding="utf-8")
    nodes = ast.walk(ast.parse(source)) if re.search(r"\bversion\b", source) else ()
    assert [
        node for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("app.version")
    ] == []
