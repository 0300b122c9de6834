"""An `await` that was forgotten, noticed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def forgotten_awaits() -> Iterator[list[str]]:
    """Collect Python's warnings about coroutines that were made and never awaited. Python shows them as always, too.

    Example:
        >>> with forgotten_awaits() as messages:
        ...     ar.render_animation()
        >>> messages
        ["coroutine 'render_animation' was never awaited"]
    """
    messages: list[str] = []
    show = warnings.showwarning

    def collect(message: Warning | str, *others: Any, **named: Any) -> None:
        if "was never awaited" in str(message):
            messages.append(str(message).partition("\n")[0])
        show(message, *others, **named)

    warnings.showwarning = collect
    try:
        yield messages
    finally:
        warnings.showwarning = show
