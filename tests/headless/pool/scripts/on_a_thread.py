"""Ask for this Python's Blender on a thread, where bpy must not be imported."""

from __future__ import annotations

import sys
import threading

import async_render as ar
from async_render.work.session import current_session, own_program

found: list[object] = []


def ask() -> None:
    found.extend([current_session(), own_program()])
    with ar.BlenderPool(1, file=sys.argv[1]) as pool:
        found.append(pool.submit(filepath=sys.argv[2], frames="1").result().frames)


thread = threading.Thread(target=ask)
thread.start()
thread.join()
print(found[0], str(getattr(found[1], "path", None)) == sys.executable, *found[2:], "bpy" in sys.modules)
