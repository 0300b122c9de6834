"""Scripts: texts and console lines with top-level `await`."""

from .compiled import Script, leave, no_input

__all__ = ["Script", "leave", "no_input"]
