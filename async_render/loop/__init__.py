"""An asyncio event loop that another program's main loop turns, tick by tick. Knows nothing of Blender."""

from .hosted import HostedLoop
from .ticks import PATIENCE

__all__ = ["PATIENCE", "HostedLoop"]
