"""A process that claims a file, as a worker of its pool would, until it is killed."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from async_render.pool.crew.claims import Claim, take_claim

claim = take_claim(Claim.of_files([Path(sys.argv[1])]))
print("claimed", flush=True)
signal.pause()
