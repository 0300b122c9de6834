"""The program of a worker: `blender -b … --python boot.py -- TOKEN`, or `python boot.py TOKEN`.

Blender, its add-ons and its libraries print to stdout and stderr. So this file first keeps stdout and stdin for the
protocol alone, and points 1 to stderr, which is the log, and 0 to nothing. It then imports this very package, and no
other one of the same name, and hands over to `blender/worker/main.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path

PACKAGE = "async_render"


def take_pipes() -> tuple[int, int]:
    """Return private descriptors of stdin and stdout, which no child process inherits; 0 and 1 become others."""
    sys.stdout.flush()
    requests, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":  # untried: the C runtime would write \r\n, and end at ^Z
        import msvcrt

        msvcrt.setmode(requests, os.O_BINARY)
        msvcrt.setmode(events, os.O_BINARY)
    return requests, events


def import_package() -> None:
    """Import the package that this file belongs to, unless Blender's extension has imported one already.

    Two copies of a package in one process would have two loops. The first line of the worker names the version, so a
    copy of another version is refused by the parent.
    """
    if PACKAGE in sys.modules:
        return
    folder = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    pipes = take_pipes()
    import_package()
    importlib.import_module(f"{PACKAGE}.blender.worker.main").main(*pipes, sys.argv[-1])
