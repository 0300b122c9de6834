"""A process that is killed while it removes its folder: `killed_in_removal.py PARENT PREFIX STEPS`."""

import os
import signal
import sys
from pathlib import Path

from async_render.output.locked_folders import LockedFolder

left = int(sys.argv[3])


def count(event: str, _arguments: object) -> None:
    """Kill this process before the removal of the file or folder whose turn it is."""
    global left
    if event in {"os.remove", "os.rmdir"}:
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


with LockedFolder(Path(sys.argv[1]), sys.argv[2]) as folder:
    for name in "abcdef":
        (folder / name).write_bytes(b"x")
    (folder / "sub").mkdir()
    (folder / "sub" / "file").write_bytes(b"x")
    sys.addaudithook(count)
