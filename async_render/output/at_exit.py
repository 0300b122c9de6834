"""What has to be done although Blender quits in the middle of a render."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def also_at_exit(function: Callable[[], object]) -> Iterator[None]:
    """Call the function at the end of the `with` block, and when the process ends inside the block.

    Blender quits in the middle of a render. Then its main loop turns no more, and nothing ends the task that renders.
    """
    atexit.register(function)
    try:
        yield
    finally:
        atexit.unregister(function)
        function()
