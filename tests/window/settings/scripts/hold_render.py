"""Holds a render until the user has done something meanwhile."""

from __future__ import annotations

import threading

import bpy

held, go_on = threading.Event(), threading.Event()


def hold(*_: object) -> None:
    held.set()
    go_on.wait(60)


bpy.app.handlers.render_pre.append(hold)
