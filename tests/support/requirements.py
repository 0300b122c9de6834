"""What some tests need and not every machine has."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip(what: str, reason: str) -> NoReturn:
    """Skip, or fail where the tests must not do without: `ASYNC_RENDER_REQUIRE=bpy,testsuite`.

    Args:
        what: the name that `ASYNC_RENDER_REQUIRE` may have.
        reason: what is missing, and how to get it.
    """
    if what in os.environ.get("ASYNC_RENDER_REQUIRE", "").split(","):
        pytest.fail(f"{reason} (ASYNC_RENDER_REQUIRE names {what!r})", pytrace=False)
    pytest.skip(reason, allow_module_level=True)
