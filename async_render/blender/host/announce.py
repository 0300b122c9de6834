"""The end of a long script, announced to a user who does something else."""

from __future__ import annotations

import asyncio
import html
import logging
import shutil
import subprocess
import sys

import bpy

from ...render.activity import Activity, State
from ...render.errors import printable
from ..options import options
from ..window.messages import report
from .host import get_host

LIMIT = 5.0
"""Seconds that the operating system may take to show a notification. The usual time is a few milliseconds."""

log = logging.getLogger("async_render")


def announce(activity: Activity) -> None:
    """Announce the end of a script in the way that the user has chosen; say nothing if the user has cancelled it."""
    if bpy.app.background or activity.seconds < options.notify_after or activity.state is State.CANCELLED:
        return
    translate = bpy.app.translations.pgettext_rpt
    is_finished = activity.state is State.FINISHED
    text = translate("{:s} finished after {:s}") if is_finished else translate("{:s} failed after {:s}")
    message = printable(text.format(activity.name, _duration(activity.seconds)))
    command = _command("Async Render", message) if options.notification == "SYSTEM" else None
    if command is not None:
        _tasks.add(task := get_host().loop.create_task(_notify(command, message)))
        task.add_done_callback(_tasks.discard)
    elif options.notification != "NONE" and is_finished:  # an error has a report of its own
        report("INFO", message)


_tasks: set[asyncio.Task[None]] = set()
"""The notifications that are not sent yet: asyncio holds its tasks weakly."""


async def _notify(command: list[str], message: str) -> None:
    try:
        await asyncio.to_thread(
            subprocess.run, command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:  # no notification service runs, for example
        log.warning("%s could not announce that %s: %s", command[0], message, error)
        report("INFO", message)


def _command(title: str, message: str) -> list[str] | None:
    """Return the command that shows a notification of the operating system; None: there is none."""
    if sys.platform == "darwin":
        # osascript takes options only before its first argument, which is the title.
        script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
        return ["osascript", "-e", script, title, message]
    program = shutil.which("notify-send")
    # The message begins with a name that somebody else may have chosen. No name may act as an option, as markup,
    # or as an escape, which notify-send replaces in a body (g_strcompress in tools/notify-send.c of libnotify).
    body = html.escape(message, quote=False).replace("\\", "\\\\")
    return None if program is None else [program, "--app-name=Blender", "--icon=blender", "--", title, body]


def _duration(seconds: float) -> str:
    """Return a duration in words, in one unit or two."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    translate = bpy.app.translations.pgettext_rpt
    if hours:
        return translate("{:d} h {:d} min").format(hours, minute)
    return translate("{:d} min {:d} s").format(minute, second) if minute else translate("{:d} s").format(second)
