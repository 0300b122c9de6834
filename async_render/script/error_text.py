"""The text of an exception for people who do not see the terminal: what matters first, and no more than that."""

from __future__ import annotations

import os
from collections.abc import Iterator
from traceback import FrameSummary, StackSummary, TracebackException

from .own_lines import is_machinery, is_users


def headline(described: TracebackException) -> str:
    """Return an exception in one line, as `shot.py, line 12: RenderError: …`.

    The place is the user's innermost line. A library that the user's line calls may have the exception's own line.
    """
    place = _own_place(described)
    line = _message(described)[0]
    return line if place is None else f"{os.path.basename(place[0])}, line {place[1]}: {line}"


def short_text(described: TracebackException) -> str:
    """Return the headline, the rest of the message, and the lines that led there, from the user's first to the last.

    Frames of this package and of asyncio are left out. Python's marks below a line (`~~~^^^`) are left
    out, too: a pop-up's font is not monospaced, and the marks would stand below other words.
    """
    return "\n".join([headline(described), *_message(described)[1:], *_details(described)])


def _details(described: TracebackException) -> Iterator[str]:
    yield from _lines(described)
    for part in getattr(described, "exceptions", None) or ():  # of an ExceptionGroup
        yield f"One of them: {short_text(part)}"
    cause = described.__cause__
    if cause is None and not described.__suppress_context__:
        cause = described.__context__
    if cause is not None:
        yield f"Because of: {short_text(cause)}"


def _lines(described: TracebackException) -> Iterator[str]:
    """Yield the lines of the traceback. Of one frame the source is enough: the headline has the place."""
    if hasattr(described, "lineno"):  # only a SyntaxError has them, and its `text` may be None
        yield from (f"    {line.strip()}" for line in [described.text] if line)
        return
    stack = [place for place in described.stack if not is_machinery(place.filename)] or list(described.stack)
    if len(stack) == 1:
        yield from (f"    {line}" for line in [stack[0].line] if line)
        return
    plain = [
        FrameSummary(place.filename, place.lineno, place.name, lookup_line=False, line=place.line) for place in stack
    ]
    yield from "".join(StackSummary.from_list(plain).format()).splitlines()


def _own_place(described: TracebackException) -> tuple[str, int] | None:
    if (number := getattr(described, "lineno", None)) is not None:  # a SyntaxError
        return described.filename or "", int(number)
    own = [place for place in described.stack if place.lineno and is_users(place.filename)]
    return (own[-1].filename, own[-1].lineno or 0) if own else None


def _message(described: TracebackException) -> list[str]:
    """Return the lines of class and message, and of notes. A SyntaxError shows its own place before them."""
    lines = "".join(described.format_exception_only()).rstrip().splitlines()
    begin = next((index for index, line in enumerate(lines) if line[:1].strip()), 0)
    name, colon, rest = lines[begin].partition(":")
    # The class alone: its module, as `async_render.render.errors`, is where nobody has to look.
    return [name.rpartition(".")[2] + colon + rest, *lines[begin + 1 :]]
