"""Write docs/reference.md: each public name with the first line of its docstring.

    uv run .ci/reference.py

The sources are read and not imported, so that no Blender is needed.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference.md"
STUB = ROOT / "async_render" / "__init__.pyi"

HEAD = """# Public names

`import async_render as ar`, then `ar.NAME`. Arguments, results, errors and an example stand in each docstring:
`help(ar.render_animation)`. This list is written by `uv run .ci/reference.py`.

| Name | What it is for |
|---|---|
"""


def main() -> None:
    REFERENCE.parent.mkdir(exist_ok=True)
    REFERENCE.write_text(reference(), encoding="utf-8")
    print(REFERENCE.relative_to(ROOT))


def reference() -> str:
    """Return the text of the file."""
    lines = {name: summary(module, name) for module, name in public_names()}
    return HEAD + "".join(f"| `{name}` | {lines[name]} |\n" for name in sorted(lines))


def public_names() -> list[tuple[str, str]]:
    """Return module and name of all that the stub of the package exports."""
    imports = [node for node in ast.parse(STUB.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom)]
    return [(f".{node.module}", alias.name) for node in imports for alias in node.names if alias.asname == alias.name]


def summary(module: str, name: str) -> str:
    """Return the first line of the docstring of a class or function."""
    file = ROOT.joinpath("async_render", *module.strip(".").split(".")).with_suffix(".py")
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, kinds) and node.name == name and (docstring := ast.get_docstring(node)):  # no overload
            return docstring.partition("\n")[0]
    raise SystemExit(f"{file.relative_to(ROOT)} has no class or function {name} with a docstring")


if __name__ == "__main__":
    main()
