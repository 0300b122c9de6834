"""Scripts: texts with top-level `await`."""

from .compiled import Script

__all__ = ["Script"]
