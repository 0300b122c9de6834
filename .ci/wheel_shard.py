"""A plugin of pytest for `.ci/test-wheels`: runs every n-th test, in a process of its own.

The processes of pytest-xdist would do the same, but nobody looks at their exit codes, and Blender may fail in its exit.
"""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(trylast=True)  # after -m and -k
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the shard `ASYNC_RENDER_SHARD`, as `0/2`."""
    index, count = map(int, os.environ["ASYNC_RENDER_SHARD"].split("/"))
    kept = items[index::count]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept
