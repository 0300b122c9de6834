"""Messages to Blender's user: lines in the status bar and the Info editor.

A pop-up takes the keyboard: whoever types loses what he types. So only an error that answers the user's own click or
key opens one. Pop-ups are Blender's, for reports of the severity ERROR: `UI_popup_menu_reports` in
source/blender/editors/interface/regions/interface_region_menu_popup.cc, 4.2 to 5.2.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import bpy

from ...render.errors import printable
from . import report_operator
from .windows import in_a_window, some_window

Severity = Literal["INFO", "WARNING", "ERROR"]


class _Now:
    """The ways in which messages may be shown at this moment."""

    answers_user: bool = False
    """Whether an error may open a pop-up."""
    is_printed: bool = False
    """Whether messages are only printed."""


def report(severity: Severity, message: str) -> bool:
    """Add a line to the Info editor and show it in the status bar. An error that answers the user opens a pop-up.

    Any other error is reported as a warning, because Blender opens a pop-up for each error.

    Returns:
        Whether the message is, or will be, printed on the terminal.
    """
    if bpy.app.background:
        return False
    message = printable(message)
    if not reach_user():
        print(message, file=sys.stderr, flush=True)
        return True
    with in_a_window():
        report_operator.call("WARNING" if severity == "ERROR" and not is_answer() else severity, message)
    return True


def reach_user() -> bool:
    """Return whether messages are shown in a window, and not only printed."""
    return not (bpy.app.background or _Now.is_printed or some_window() is None)


def is_answer() -> bool:
    """Return whether a message of this moment answers the user's click or key, so that an error may open a pop-up."""
    return _Now.answers_user


@contextmanager
def answering(user_has_acted: bool = True) -> Iterator[None]:
    """Let errors open a pop-up inside the `with` block: the user has just clicked a button or pressed a key of ours.

    Args:
        user_has_acted: whether that is so; an operator that Python has called answers nobody.
    """
    before, _Now.answers_user = _Now.answers_user, user_has_acted
    try:
        yield
    finally:
        _Now.answers_user = before


@contextmanager
def printed_only() -> Iterator[None]:
    """Let messages be printed inside the `with` block, in place of a report that needs an event later."""
    before, _Now.is_printed = _Now.is_printed, True
    try:
        yield
    finally:
        _Now.is_printed = before
