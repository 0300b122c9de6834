"""The scripts of the text editor: which texts run, and which wait in the queue."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import Any

import bpy

import async_render as ar

from ...blender.host.host import get_host
from ...blender.host.scripts import start_script
from ...blender.host.tasks import stall_watch
from ...blender.window.error_display import show_error
from ...blender.window.messages import report
from ...render.activity import Activity, Kind, State, activities, starting_text
from ...script import Script, leave, no_input
from ...script.forgotten import forgotten_awaits
from ...script.streams import streams


class TextScripts:
    """The scripts of texts that run or wait. A text is known by its name: it may be deleted or edited meanwhile."""

    def __init__(self) -> None:
        self._tasks: defaultdict[str, set[asyncio.Task[Any]]] = defaultdict(set)
        self._waiting: defaultdict[str, deque[tuple[Script, Activity]]] = defaultdict(deque)

    def is_running(self, name: str) -> bool:
        """Return whether a script of that text runs, or waits in the queue."""
        return bool(self._tasks[name] or self._waiting[name])

    def start(self, script: Script, name: str, activity: Activity | None = None) -> bool:
        """Start a script now. An exception before its first `await` is shown, like all later ones.

        Returns:
            Whether the script has raised nothing yet.
        """
        activity = activity or Activity(kind=Kind.SCRIPT, name=name)
        others = asyncio.all_tasks(get_host().loop)
        with stall_watch().watching(), forgotten_awaits.watching() as forgotten, streams.installed(activity):
            error = _begin(script, activity)
        own = asyncio.all_tasks(get_host().loop) - others  # also the tasks of a text that calls ar.run()
        for task in own:
            self._tasks[name].add(task)
            task.add_done_callback(lambda task: self._end(task, script, name))
        if not own:
            script.forget_lines()
        if not own and error is None and not script.awaits:
            _report_no_await(name, script, has_forgotten=bool(forgotten))
        if activity.state is State.QUEUED:  # the script has ended, or has started tasks without `ar.run`
            if activity not in activities and (error is not None or activity.printed):
                activities.add(activity)  # so that its error and its output can be shown
            activities.end(activity, State.FAILED if error else State.FINISHED, error)
        return error is None

    def queue(self, script: Script, name: str) -> None:
        """Start a script when the other scripts of the same text have ended."""
        waiting = (script, activities.add(Activity(kind=Kind.SCRIPT, name=name)))
        self._waiting[name].append(waiting)

        def cancel() -> None:
            self._waiting[name].remove(waiting)  # it is in the queue until it starts
            activities.end(waiting[1], State.CANCELLED)

        waiting[1].cancel = cancel

    def cancel_waiting(self) -> None:
        """Cancel the scripts that wait in the queue."""
        for queue in self._waiting.values():
            for _, activity in tuple(queue):
                if activity.cancel is not None:
                    activity.cancel()

    def _end(self, task: asyncio.Task[Any], script: Script, name: str) -> None:
        self._tasks[name].discard(task)
        if not self._tasks[name]:
            script.forget_lines()
            self._start_next(name)

    def _start_next(self, name: str) -> None:
        """Start the next script of the text that waits in the queue."""

        def start() -> None:
            if self._tasks[name] or not self._waiting[name]:  # started, or cancelled, between the turn and this call
                return
            script, activity = self._waiting[name].popleft()
            activity.cancel = None  # until it has a task
            self.start(script, name, activity)
            if not self._tasks[name]:
                self._start_next(name)

        if self._waiting[name]:
            get_host().call_between_ticks(start)  # a text that calls ar.run() must run outside of the loop


def _begin(script: Script, activity: Activity) -> BaseException | None:
    """Run a script up to its first `await`, and return the exception that it raised."""
    token = starting_text.set(activity)
    try:
        coroutine = script.start(bpy=bpy, ar=ar, input=no_input, exit=leave, quit=leave)
        if coroutine is not None:
            start_script(coroutine, activity)
    except BaseException as error:  # noqa: BLE001 - SystemExit too: a script's exit() must not end Blender
        show_error(error)
        return error
    finally:
        starting_text.reset(token)
    return None


def _report_no_await(name: str, script: Script, *, has_forgotten: bool) -> None:
    """Report that a script has awaited nothing, unless it was reported that the script has forgotten an `await`."""
    translate = bpy.app.translations.pgettext_rpt
    if script.needed_by_main:
        text = translate("{:s}: main() was not started, since it needs {:s}; end the text with 'await main({:s})'")
        needed = ", ".join(script.needed_by_main)
        report("WARNING", text.format(name, needed, ", ".join("…" for _ in script.needed_by_main)))
    elif not has_forgotten:
        text = translate("{:s} has ended; it awaits nothing, so the window stood still while it ran")
        report("INFO", text.format(name))


text_scripts = TextScripts()
"""The scripts of this Blender's texts."""
