"""Dask's `distributed`, which is optional: imported at first use, and named with its remedy where it is not there."""

from __future__ import annotations

import importlib
from typing import Any

from ...render.errors import RenderError

HOW_TO_GET_IT = (
    "DaskFarm needs Dask's distributed, which is not installed: pip install 'async-render[farm]', or in Blender the "
    "extension Async Render Farm"
)


def distributed() -> Any:
    """Return the module.

    Raises:
        RenderError: it is not installed; with how to get it.
    """
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise RenderError(f"{HOW_TO_GET_IT} ({error})") from error
