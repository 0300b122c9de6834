"""The scripts of a .blend file (drivers, registered texts): whether the user allows them, and which Blender blocked."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import bpy

log = logging.getLogger("async_render")

_OPTIONS = {"-y": True, "--enable-autoexec": True, "-Y": False, "--disable-autoexec": False}
"""The options of the command line, and whether each allows scripts: source/creator/creator_args.cc."""


def user_allows_scripts() -> bool:
    """Return whether the files that this user opens may run scripts: the command line says so, or else the preference.

    To leave out the property of the operator is not the same. Blender does as with the file before, then, whoever
    trusted that file: `wm_open_init_use_scripts` in source/blender/windowmanager/intern/wm_files.cc; seen on 4.3, 5.0
    and 5.2. Blender 5.2.3 has the answer of the command line; before, the command line is read here.
    """
    app: Any = bpy.app
    user: Any = bpy.context.preferences
    override = app.autoexec_override if hasattr(app, "autoexec_override") else _command_line(app.binary_path)
    return bool(user.filepaths.use_scripts_auto_execute if override is None else override)


def _command_line(program: str, arguments: Sequence[str] | None = None) -> bool | None:
    """Return whether Blender's command line allows scripts; None: no option, or a Python with the module `bpy`."""
    if not program:
        return None
    given = takewhile(lambda argument: argument != "--", sys.orig_argv if arguments is None else arguments)
    return next((_OPTIONS[argument] for argument in reversed(list(given)) if argument in _OPTIONS), None)


def warnings_of_render(whose: str) -> tuple[str, ...]:
    """Return the warnings of a render, and log them: blocked scripts may make its pictures differ from the intended.

    Blender names only the first script that it has blocked.

    Args:
        whose: the render, as the subject of the message in the log.
    """
    if not bpy.app.autoexec_fail:
        return ()
    warning = (
        f"scripts of the file were blocked ({bpy.app.autoexec_fail_message}), so that the pictures may differ from "
        "what was meant: allow them in the preferences, by blender -y, or by open_file(…, use_scripts=True)"
    )
    log.warning("%s: %s", whose, warning)
    return (warning,)
