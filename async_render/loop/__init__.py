"""An asyncio event loop that another program's main loop turns, tick by tick. The wing imports the standard
library only, and nothing of Blender. Start in `hosted.py`."""

from .hosted import HostedLoop
from .ticks import PATIENCE

__all__ = ["PATIENCE", "HostedLoop"]
