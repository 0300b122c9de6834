"""Blender has no call for the progress of a job, which its status bar shows.

Versions: 4.2 to 5.2; this file serves 4.3 and 5.2.
Symptom: Python cannot read how much of a frame is rendered. The handler `render_stats` brings samples, but not in
    windows of 4.x. While an image editor shows the Render Result, no such handler may be there (see `SamplesHandler`).
Blender's source: `wmJob` and `wmJobWorkerStatus`, in source/blender/windowmanager/intern/wm_jobs.cc and
    source/blender/windowmanager/WM_types.hh; `eWM_JobType` in source/blender/windowmanager/WM_api.hh.
Tests: tests/window/jobs/test_progress.py, tests/headless/quirks/test_wm_layout.py.
Can go: when Blender has a call for the progress of a job.
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
"""`WM_JOB_TYPE_RENDER`, of `eWM_JobType`."""

_OWNER = {(4, 3): 120, (5, 2): 128}
"""By version: the offset of `owner` in `wmJob`, in bytes."""

VERSIONS = frozenset(_OWNER)
"""The versions on which its tests run. Only a Blender with a window has jobs."""


class _Job(ctypes.Structure):
    """The first members of `wmJob`."""

    _fields_ = (("next", c_void_p), ("prev", c_void_p), ("window", c_void_p))


class _WorkerStatus(ctypes.Structure):
    """The structure `wmJobWorkerStatus`."""

    _fields_ = (("stop", c_bool), ("do_update", c_bool), ("progress", c_float), ("reports", c_void_p))


class _FromOwner(ctypes.Structure):
    """The members of `wmJob` from `owner` on."""

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
    """Return how much of its frame the job of a scene has rendered, 0 to 1.

    Blender answers 1 for the next frame, too, until that frame has its first sample.

    Args:
        scene: the scene's `session_uid`.

    Returns:
        The fraction; None: no job renders the scene, or the job is not found in this Blender's memory.
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
    """Return the fraction of the job at this address, if it renders the scene at that address."""
    manager: Any = bpy.context.window_manager
    if _Job.from_address(address).window not in [window.as_pointer() for window in manager.windows]:
        return None
    job = _FromOwner.from_address(address + _OWNER[THIS])
    if (job.owner, job.job_type) == (scene, _RENDER) and 0 <= job.worker_status.progress <= 1:
        return float(job.worker_status.progress)
    return None
