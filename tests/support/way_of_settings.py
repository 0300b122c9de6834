"""The way of a `RenderSettings` through the modules of async_render, from the call of `render_animation` to its end.

`python -m tests.support.way_of_settings` renders two frames on the module `bpy`, and prints three things:

- the modules that a `RenderSettings` enters: one of their functions has one among its arguments, `self` included,
- the same for objects that carry one as an attribute, such as a request: settings may hide in them,
- all modules of async_render of which a function was called, whatever for.
"""

from __future__ import annotations

import inspect
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import async_render as ar

PACKAGE = "async_render."

_GOES_ON = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


@dataclass
class Way:
    """The modules that something enters, in the order of the calls."""

    steps: list[str] = field(default_factory=list)
    """The module of each call."""

    @property
    def passages(self) -> list[str]:
        """The modules in the order of the way; a module stands here again when the way comes back to it."""
        return [module for module, _ in groupby(self.steps)]

    @property
    def modules(self) -> list[str]:
        """The modules on the way, each once, in the order in which they are entered."""
        return list(dict.fromkeys(self.steps))

    @property
    def returns(self) -> int:
        """How often the way comes back to a module where it has been."""
        return len(self.passages) - len(self.modules)


@dataclass
class Calls:
    """The calls of functions of async_render."""

    with_settings: Way = field(default_factory=Way)
    """Those that have a `RenderSettings` among their arguments."""
    with_carriers: Way = field(default_factory=Way)
    """Those that have a `RenderSettings`, or an object that has one as an attribute."""
    modules: set[str] = field(default_factory=set)
    """The modules of all calls, on any thread."""
    frames: set[FrameType] = field(default_factory=set)
    """The coroutines and generators that were noted: each time that one goes on is a call for `sys.setprofile`."""

    def note(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Note a call; Python calls this method for each one (`sys.setprofile`)."""
        module = frame.f_globals.get("__name__", "")
        if event != "call" or not module.startswith(PACKAGE) or frame.f_code.co_name == "<module>":
            return
        module = module.removeprefix(PACKAGE)
        self.modules.add(module)
        if frame in self.frames:
            return
        values = list(_arguments(frame))
        if any(type(value) is ar.RenderSettings for value in values):
            self.with_settings.steps.append(module)
        elif not any(map(_carries_settings, values)):
            return
        self.with_carriers.steps.append(module)
        if frame.f_code.co_flags & _GOES_ON:
            self.frames.add(frame)


def _arguments(frame: FrameType) -> Iterator[Any]:
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & inspect.CO_VARARGS)
    count += bool(code.co_flags & inspect.CO_VARKEYWORDS)
    for name in code.co_varnames[:count]:
        value = frame.f_locals.get(name)
        yield from value if type(value) is tuple else (value,)


def _carries_settings(value: Any) -> bool:
    if not type(value).__module__.startswith(PACKAGE):
        return False
    names = [*getattr(value, "__dict__", ()), *getattr(type(value), "__slots__", ()), *getattr(value, "_fields", ())]
    return any(type(getattr(value, name, None)) is ar.RenderSettings for name in names)


def calls_in(function: Callable[[], object]) -> Calls:
    """Return the calls of functions of async_render while a function runs, on all threads."""
    calls = Calls()
    threading.setprofile(calls.note)
    sys.setprofile(calls.note)
    try:
        function()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        calls.frames.clear()  # they keep Blender's render engine alive
    return calls


def calls_of_an_animation(folder: Path) -> Calls:
    """Render two small frames of the open file's scene, and return the calls."""
    settings = ar.RenderSettings(
        filepath=str(folder / "####"),
        frame_start=1,
        frame_end=2,
        resolution_x=16,
        resolution_y=16,
        engine="CYCLES",
        samples=1,
    )
    run, render = ar.run, ar.render_animation  # they are imported now, and not within the measure
    return calls_in(lambda: run(render(settings)))


def main() -> None:
    """Print the way."""
    with tempfile.TemporaryDirectory() as folder:
        calls = calls_of_an_animation(Path(folder))
    for what, way in (("a RenderSettings", calls.with_settings), ("or what carries one", calls.with_carriers)):
        print(f"{what} enters {len(way.modules)} modules, and comes back {way.returns} times:")
        print("  " + " > ".join(way.passages))
    print(f"render_animation enters {len(calls.modules)} modules:")
    print("  " + " ".join(sorted(calls.modules)))


if __name__ == "__main__":
    main()
