"""Whose output it is, and that Python's streams are what they were when nothing runs."""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from async_render.render.activity import Activity, Kind, State, current_script, printing_script, starting_text
from async_render.script.streams import ContextStream, ContextStreams


@contextlib.contextmanager
def terminal() -> Iterator[io.StringIO]:
    """A terminal; no fixture, because pytest puts streams of its own in place for each phase."""
    below = io.StringIO()
    with contextlib.redirect_stdout(below), contextlib.redirect_stderr(below):
        yield below
        assert sys.stdout is sys.stderr is below


def script(state: State = State.RUNNING) -> Activity:
    return Activity(kind=Kind.SCRIPT, name="Text", state=state)


def test_each_script_keeps_its_own_and_the_terminal_has_all() -> None:
    with terminal() as below:
        first, second = script(), script()
        streams = ContextStreams()

        async def run(own: Activity) -> None:
            current_script.set(own)
            print(own is first)
            await asyncio.sleep(0)
            print("error", file=sys.stderr)
            await asyncio.to_thread(print, "to_thread")

        async def main() -> None:
            await asyncio.gather(run(first), run(second))
            print("nobody's")

        with streams.installed(first):
            asyncio.run(main())
        assert first.printed.text() == "True\nerror\nto_thread\n"
        assert second.printed.text() == "False\nerror\nto_thread\n"
        assert sorted(below.getvalue().split()) == sorted(
            ["True", "False", "error", "error", "to_thread", "to_thread", "nobody's"]
        )


@pytest.mark.skipif(getattr(sys.flags, "thread_inherit_context", 0) == 1, reason="this Python's threads inherit")
def test_a_thread_of_its_own_prints_to_the_terminal() -> None:
    with terminal() as below:
        own = script()

        def run() -> None:
            current_script.set(own)
            thread = threading.Thread(target=print, args=("thread",))
            thread.start()
            thread.join()

        with ContextStreams().installed(own):
            copy_context().run(run)
        assert (own.printed.text(), below.getvalue()) == ("", "thread\n")


def test_the_last_user_restores_the_streams() -> None:
    with terminal() as below:
        streams = ContextStreams()
        streams.install("a")
        streams.install("b")
        streams.remove("a")
        assert isinstance(sys.stdout, ContextStream)
        streams.remove("b")
        assert id(sys.stdout) == id(below)
        streams.install("a")
        streams.remove_all()
        assert id(sys.stdout) == id(below)


def test_a_stream_that_came_on_top_is_passed_through_and_stays() -> None:
    with terminal() as below:
        own = script()
        streams = ContextStreams()
        streams.install("other script")
        with contextlib.redirect_stdout(io.StringIO()) as redirected:  # as Blender's console does for each line
            streams.install(own)
            copy_context().run(lambda: (current_script.set(own), print("line")))
            streams.remove(own)
        assert (own.printed.text(), redirected.getvalue()) == ("line\n", "line\n")
        assert isinstance(sys.stdout, ContextStream)
        foreign = io.StringIO()
        with contextlib.redirect_stdout(foreign):
            streams.remove("other script")
            assert id(sys.stdout) == id(foreign)
        sys.stdout = below  # the redirection has put our stream back, which passes all through


def test_without_a_terminal_the_script_keeps_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    own = script()
    with ContextStreams().installed(own):
        copy_context().run(lambda: (current_script.set(own), print("kept", flush=True)))
    assert own.printed.text() == "kept\n"


def test_a_text_that_is_started_prints_for_itself() -> None:
    starter, text, other = script(), script(State.QUEUED), script()

    def look() -> list[Activity | None]:
        found = [printing_script()]
        current_script.set(starter)
        starting_text.set(text)
        found.append(printing_script())
        text.state = State.RUNNING  # its first task has taken it over
        found.append(printing_script())
        current_script.set(other)
        found.append(printing_script())
        current_script.set(None)
        return [*found, printing_script()]

    assert copy_context().run(look) == [None, text, starter, other, text]
