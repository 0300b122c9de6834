"""The fixtures of real windows, for the tests in one."""

from __future__ import annotations

from ..window.conftest import blender, display, extension, made_once, open_window, profile, window

__all__ = ["blender", "display", "extension", "made_once", "open_window", "profile", "window"]
