"""Whether EEVEE and Workbench can render without a window."""

from __future__ import annotations

import os
import sys

import gpu


def background_gpu() -> bool:
    """Return whether this process may have a GPU context, without making one: that takes time and memory.

    Before 5.2 Blender on Linux opens a display of X11 or Wayland even without a window. 5.2 has `gpu.init`, and takes a
    context without any display (EGL; measured with Mesa's software drawing).
    """
    if hasattr(gpu, "init") or not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
