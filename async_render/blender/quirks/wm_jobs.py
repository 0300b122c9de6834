"""How far a frame is, as Blender's status bar shows it.

The handler `render_stats` tells samples, but not in windows of 4.x, and it must not be heard while an image editor
shows the Render Result (see `stats`).
"""

from __future__ import annotations

import ctypes
from ctypes import c_bool, c_float, c_int, c_void_p
from typing import Any

import bpy

from ..datablocks import by_uid
from .versions import THIS, is_tested
from .wm_layout import ListBase, find_lists

_RENDER = 2
"""`WM_JOB_TYPE_RENDER`, of `eWM_JobType` in source/blender/windowmanager/WM_api.hh."""

_OWNER = {(4, 3): 120, (5, 2): 128}
"""By version: bytes from the beginning of `wmJob` to `owner`."""

VERSIONS = frozenset(_OWNER)
"""Only a window has jobs: tests/window/test_progress.py."""


class _Job(ctypes.Structure):
    """`wmJob`, in source/blender/windowmanager/intern/wm_jobs.cc."""

    _fields_ = (("next", c_void_p), ("prev", c_void_p), ("window", c_void_p))


class _WorkerStatus(ctypes.Structure):
    """`wmJobWorkerStatus`."""

    _fields_ = (("stop", c_bool), ("do_update", c_bool), ("progress", c_float), ("reports", c_void_p))


class _FromOwner(ctypes.Structure):
    """`wmJob`, from its member `owner` on."""

    _fields_ = (
        ("owner", c_void_p),
        ("flag", c_int),
        ("suspended", c_bool),
        ("running", c_bool),
        ("ready", c_bool),
        ("job_type", c_int),
        ("worker_status", _WorkerStatus),
    )


def frame_fraction(scene: int) -> float | None:
    """How much is done of the frame that Blender's job renders, 0 to 1; 1 until the next one has its first sample.

    None: nothing renders the scene of this `session_uid`, or Blender keeps that elsewhere.
    """
    lists = find_lists() if is_tested(VERSIONS) else None
    rendered = by_uid(bpy.data.scenes, scene)
    if lists is None or rendered is None:
        return None
    address = ListBase.from_address(lists.jobs).first
    while address:
        fraction = _fraction(address, rendered.as_pointer())
        if fraction is not None:
            return fraction
        address = _Job.from_address(address).next
    return None


def _fraction(address: int, scene: int) -> float | None:
    """That of the job there, if it renders the scene."""
    manager: Any = bpy.context.window_manager
    if _Job.from_address(address).window not in [window.as_pointer() for window in manager.windows]:
        return None
    job = _FromOwner.from_address(address + _OWNER[THIS])
    if (job.owner, job.job_type) == (scene, _RENDER) and 0 <= job.worker_status.progress <= 1:
        return float(job.worker_status.progress)
    return None
