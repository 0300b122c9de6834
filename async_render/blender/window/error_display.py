"""An exception shown to the user, with the line of the user's script that it comes from."""

from __future__ import annotations

import linecache
import os
import sys
from asyncio import Handle
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import dropwhile
from traceback import StackSummary, TracebackException, walk_stack, walk_tb
from types import FrameType
from typing import Any

import bpy

from ...render.activity import Failure, activities
from ...render.errors import printable
from ...script.error_text import headline, short_text
from ...script.forgotten import Forgotten
from ...script.own_lines import is_machinery
from ...script.stalls import Stall
from ..paths import text_file_name
from .messages import is_answer, reach_user, report


def show_error(error: BaseException) -> None:
    """Show an exception as Blender's own *Run Script* does.

    Its traceback is printed on the terminal. Its headline stands in the status bar and the Info editor; its short text
    stands in a pop-up, where the error answers the user's click. The text cursor jumps to the line, unless the user has
    edited the text since its start.
    """
    show_failure(failure_of(error))


def show_failure(failure: Failure, *, is_asked: bool = False) -> None:
    """Show a failure that was recorded earlier, as `show_error` shows an exception.

    Args:
        failure: the failure.
        is_asked: whether the user has asked to see it, so that the cursor jumps in a text that he has edited, too.
    """
    if not bpy.app.background:
        _jump_to(failure, is_asked)
    print(printable(failure.text), file=sys.stderr, flush=True)  # while its script runs, this is the script's output
    if reach_user():
        text = failure.short_text if is_answer() else failure.headline
        report("ERROR", text or failure.summary)


def show_stall(stall: Stall) -> None:
    """Report which line blocked the window."""
    text = bpy.app.translations.pgettext_rpt("{:s}, line {:d} blocked the window for {:.1f} s: {:s}")
    report("WARNING", text.format(os.path.basename(stall.file), stall.line, stall.seconds, stall.source))


def stall_warning() -> Callable[[Stall], None]:
    """Return a function that says on the terminal which line blocks the window; any thread may call it."""
    text = bpy.app.translations.pgettext_rpt(
        "{:s}, line {:d} has blocked Blender for {:.0f} s: {:s}. Ctrl-C in this terminal ends the script"
    )

    def warn(stall: Stall) -> None:
        message = text.format(os.path.basename(stall.file), stall.line, stall.seconds, stall.source)
        print(
            printable(message), file=sys.__stderr__ or sys.stderr, flush=True
        )  # not a console's: that cannot draw now

    return warn


def show_forgotten(forgotten: Forgotten) -> None:
    """Report a coroutine that was never awaited, with the line that made it."""
    report("WARNING", forgotten_text(forgotten))


def forgotten_text(forgotten: Forgotten) -> str:
    """Return the message about a coroutine that was never awaited."""
    text = bpy.app.translations.pgettext_rpt("{:s}, line {:d}: '{:s}' was never awaited; write 'await' before it")
    return text.format(os.path.basename(forgotten.file), forgotten.line, forgotten.name)


def failure_of(error: BaseException) -> Failure:
    """Record an exception: its traceback from the user's first line on, with the lines of texts in the .blend file.

    An exception that is still inside one of our coroutines has no line of the user's in its traceback. Then the stack
    of the coroutines that wait for ours comes before the traceback.
    """
    around = _skip_ours(_stack_around(error))
    trace = error.__traceback__
    own = next(iter(_skip_ours(walk_tb(trace))), None)
    if not around and (own is not None or isinstance(error, SyntaxError)):
        while trace is not None and (own is None or trace.tb_frame is not own[0]):
            trace = trace.tb_next
    with _lines_of_texts():
        described = TracebackException(type(error), error, trace)
        described.stack[:0] = StackSummary.extract(iter(around))
        text = "".join(described.format()).rstrip()
        short = short_text(described)
    places = [(place.filename, place.lineno or 0) for place in described.stack]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno or 0))
    summary = "".join(described.format_exception_only()).rstrip()
    return Failure(summary, text, tuple(places), headline(described), short)


activities.describe = failure_of


def _skip_ours(frames: Iterable[tuple[FrameType, int]]) -> list[tuple[FrameType, int]]:
    """Return the frames and their lines, without the first ones that are this package's own, or asyncio's."""
    return list(dropwhile(lambda place: is_machinery(place[0].f_code.co_filename), frames))


def _stack_around(error: BaseException) -> list[tuple[FrameType, int]]:
    """Return the frames and lines, outermost first, of the coroutines that wait for the one that caught the exception.

    There are none where no coroutine has caught it: this function must be called inside the `except` block.
    """
    caught = {frame for frame, _ in walk_tb(error.__traceback__)}
    around: list[tuple[FrameType, int]] = []
    is_around = False
    for frame, line in walk_stack(sys._getframe()):
        if frame.f_code is Handle._run.__code__:  # the loop, which calls the task
            return around[::-1]
        if frame in caught:
            around, is_around = [], True
        elif is_around:
            around.append((frame, line))
    return []


@contextmanager
def _lines_of_texts() -> Iterator[None]:
    """Let tracebacks find the lines of texts in the .blend file, inside the `with` block: texts may be edited later.

    A script that runs has its lines in `linecache` already, as they were at its start.
    """
    texts = {text_file_name(text): text.as_string() for text in bpy.data.texts}
    new = {name: source for name, source in texts.items() if name not in linecache.cache and not os.path.exists(name)}
    for name, source in new.items():
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        yield
    finally:
        for name in new:
            linecache.cache.pop(name, None)


def _jump_to(failure: Failure, is_asked: bool) -> None:
    """Select the line of a text that the exception comes from, in each editor that shows the text.

    Leave the cursor of a text that was edited since its script has started: its user may be typing there now.
    """
    texts = {text_file_name(text): text for text in bpy.data.texts}
    for filename, line in reversed(failure.places):
        text = texts.get(filename)
        if text is None and not os.path.exists(filename):  # the .blend file was saved under another name
            text = bpy.data.texts.get(os.path.basename(filename))
        if text is not None and line and line <= len(text.lines):
            if is_asked or not _was_edited(text, filename):
                _select_line(text, line - 1)
            return


def _was_edited(text: bpy.types.Text, filename: str) -> bool:
    """Return whether a script that runs has started with other lines than the text has now."""
    entry = linecache.cache.get(filename)
    return entry is not None and len(entry) == 4 and "".join(entry[2]) != text.as_string()


def _select_line(text: bpy.types.Text, index: int) -> None:
    """Select a line, and scroll to it."""
    # The end of the line first: the cursor stays where the last call moves it, as in `python_script_error_jump_text`.
    text.cursor_set(index, character=len(text.lines[index].body))
    text.cursor_set(index, character=0, select=True)
    manager: Any = bpy.context.window_manager
    for window in manager.windows:
        for area in window.screen.areas:
            space: Any = area.spaces.active
            if area.type == "TEXT_EDITOR" and space.text == text:
                if not space.top <= index < space.top + space.visible_lines:
                    space.top = max(index - space.visible_lines // 2, 0)
                area.tag_redraw()
