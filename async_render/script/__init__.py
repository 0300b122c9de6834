"""Scripts of the user: texts and console lines with top-level `await`. No `bpy` here. Start in `compiled.py`."""

from .compiled import Script, leave, no_input

__all__ = ["Script", "leave", "no_input"]
