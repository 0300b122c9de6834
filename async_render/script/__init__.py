"""Scripts: texts and console lines with top-level `await`."""

from .compiled import Script, no_input

__all__ = ["Script", "no_input"]
