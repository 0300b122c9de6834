"""Blender drops a timer that raises, and Ctrl-C in the terminal raises in the first instruction of a timer.

Versions: 4.2 to 5.2.
Symptom: one Ctrl-C in the terminal of an idle window, and nobody turns the loop any more. Python raises
    `KeyboardInterrupt` in the next instruction that the main thread executes. In an idle window that is the first one
    of the timer, and no `try` of the timer's function can catch the exception there.
Blender's source: `py_timer_execute` in source/blender/python/intern/bpy_app_timers.cc.
Tests: tests/headless/quirks/test_lasting_timer.py.
Can go: when Blender keeps a timer that raises.

Only C can catch such an exception. `ctypes` does: an exception that leaves a Python function which C has called is
printed, and C goes on.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from itertools import repeat

_Callback = ctypes.PYFUNCTYPE(None)


def lasting(function: Callable[[], float | None]) -> Callable[[], float | None]:
    """Return a callable for a timer that calls the function and answers what it answers, and never raises.

    Where the function raises, the exception is printed, and the callable answers 0.0: it is called again in the next
    turn. Its last answer would not do, which may be None. All between Blender and the function is C: `iter` calls the
    callback, which answers None. `map` takes the answer out of the dictionary.
    """
    answers: dict[None, float | None] = {}

    def call() -> None:
        answers[None] = function()

    try:
        callback = _Callback(call)
    except (MemoryError, OSError):  # a system that lets no program make code
        return function
    return map(answers.pop, iter(callback, 0), repeat(0.0)).__next__
