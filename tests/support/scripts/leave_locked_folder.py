"""Makes a locked folder with a file, and is killed.

Arguments: the folder in which it is made, and the beginning of its name.
"""

import os
import signal
import sys
from pathlib import Path

from async_render.output.locked_folders import LockedFolder

folder = LockedFolder(Path(sys.argv[1]), sys.argv[2])
(folder.path / "0001.png").write_bytes(b"half")
os.kill(os.getpid(), signal.SIGKILL)
