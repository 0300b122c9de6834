"""Claims of a worker: the files of a still, a movie, a sound or a bake, whose paths the pool does not know.

The worker holds the claim, so a claim ends with the worker, however it ends, and another worker can try again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ...pool.crew.claims import Claim, take_claim
from ..host.long_work import call_in_worker_thread


@asynccontextmanager
async def claimed(files: Sequence[Path]) -> AsyncIterator[None]:
    """Claim files inside the `async with` block.

    Raises:
        RenderError: another pool, or another call of this one, writes one of the files.
    """
    if not files:
        yield
        return
    claim = await call_in_worker_thread(take_claim, Claim.of_files(files))
    try:
        yield
    finally:
        claim.release()
