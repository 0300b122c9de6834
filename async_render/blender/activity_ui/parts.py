"""The parts of the user interface that show activities, with the count of who needs them.

The extension needs the parts, and so does each `AsyncOperator`, in whichever add-on: several add-ons may bundle the
wheel, and there is one copy of the package. The first user registers the parts, the last one unregisters them.
"""

from __future__ import annotations

import atexit

from ..quirks.module_exit import IS_MODULE
from ..window import report_operator
from . import activity_list, activity_operators, redraw, show_output, status_bar, translations

_PARTS = (translations, report_operator, activity_operators, show_output, activity_list, status_bar, redraw)
"""In the order in which the parts are registered."""

_users: set[object] = set()


def are_registered() -> bool:
    """Return whether anybody needs the parts, so that they are there."""
    return bool(_users)


def add_user(user: object) -> None:
    """Register the parts if this is their first user."""
    if not _users:
        for part in _PARTS:
            part.register()
        if IS_MODULE:  # the module bpy of 4.2 crashes at exit when a class or a function is left
            atexit.register(_remove_all)
    _users.add(user)


def _remove_all() -> None:
    for user in tuple(_users):
        remove_user(user)


def remove_user(user: object) -> None:
    """Unregister the parts if this was their last user."""
    if user in _users:
        _users.remove(user)
        if not _users:
            atexit.unregister(_remove_all)
            for part in reversed(_PARTS):
                part.unregister()
