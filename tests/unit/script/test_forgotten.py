"""Noticing an `await` that was forgotten."""

from __future__ import annotations

import asyncio
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from async_render.script import Script
from async_render.script.forgotten import Forgotten, ForgottenAwaits, forgotten_awaits


async def render() -> None: ...


def line_of(function: Any, offset: int = 1) -> int:
    return int(function.__code__.co_firstlineno) + offset


def forget(times: int = 1) -> None:
    for _ in range(times):
        render()  # type: ignore[unused-coroutine]


def forget_on_a_thread() -> None:
    thread = threading.Thread(target=forget)
    thread.start()
    thread.join()


FORGOTTEN = Forgotten("render", __file__, line_of(forget, 2))


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    hook: Any = vars(warnings)["_warn_unawaited_coroutine"]
    depth = sys.get_coroutine_origin_tracking_depth()
    yield
    assert vars(warnings)["_warn_unawaited_coroutine"] is hook
    assert sys.get_coroutine_origin_tracking_depth() == depth


def test_this_python_has_the_hook() -> None:
    with forgotten_awaits.watching():
        assert vars(warnings)["_warn_unawaited_coroutine"] is forgotten_awaits._ours


def test_the_line_that_made_the_coroutine_is_named_not_the_line_that_freed_it() -> None:
    def keep_for_a_while() -> None:
        coroutine = render()
        del coroutine

    with pytest.warns(RuntimeWarning) as shown, forgotten_awaits.watching() as found:
        keep_for_a_while()
    assert found == {Forgotten("render", __file__, line_of(keep_for_a_while))}
    (warning,) = shown
    assert str(warning.message) == "coroutine 'render' was never awaited; write 'await' before it"
    assert (warning.filename, warning.lineno) == (__file__, line_of(keep_for_a_while))


def test_a_scripts_forgotten_await_is_named_beside_other_awaits(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script.compile(
        "import asyncio\nasync def render(): ...\nasync def main():\n    render()\n    await asyncio.sleep(0)\n", "Text"
    )
    coroutine = script.start()
    assert coroutine is not None

    async def run() -> None:
        task = asyncio.create_task(coroutine)
        forgotten_awaits.watch(task)
        await task

    reported: list[Forgotten] = []
    monkeypatch.setattr(forgotten_awaits, "report", reported.append)
    with pytest.warns(RuntimeWarning):
        asyncio.run(run())
    assert reported == [Forgotten("render", "Text", 4)]


def test_a_line_in_a_loop_is_reported_once() -> None:
    watch = ForgottenAwaits()
    reported: list[Forgotten] = []
    watch.report = reported.append
    with pytest.warns(RuntimeWarning) as shown, watch.watching():
        forget(times=3)
    assert (reported, len(shown)) == ([FORGOTTEN], 1)


def test_one_message_is_enough_where_the_user_reads_the_report() -> None:
    watch = ForgottenAwaits()
    reported: list[Forgotten] = []

    def report(forgotten: Forgotten) -> bool:
        reported.append(forgotten)
        return True

    watch.report = report
    with warnings.catch_warnings(), watch.watching():
        warnings.simplefilter("error")
        forget()
    assert reported == [FORGOTTEN]


def test_a_filter_of_the_scripts_hides_the_warning_and_not_the_report() -> None:
    with warnings.catch_warnings(), forgotten_awaits.watching() as found:
        warnings.simplefilter("ignore")
        forget()
    assert found == {FORGOTTEN}


def test_coroutines_of_other_threads_are_left_to_python() -> None:
    with pytest.warns(RuntimeWarning, match="'render' was never awaited"), forgotten_awaits.watching() as found:
        forget_on_a_thread()
    assert found == set()


def test_awaited_and_closed_coroutines_are_not_reported() -> None:
    with warnings.catch_warnings(), forgotten_awaits.watching() as found:
        warnings.simplefilter("error")
        render().close()
        asyncio.run(render())
    assert found == set()


def test_the_hook_stays_until_the_last_script_has_ended() -> None:
    forgotten_awaits.begin("mine")
    with forgotten_awaits.watching():
        pass
    with pytest.warns(RuntimeWarning, match="write 'await' before it"):
        forget()
    forgotten_awaits.end("mine")


def test_an_error_ends_the_watch() -> None:
    with pytest.raises(ValueError, match="mine"), forgotten_awaits.watching():
        raise ValueError("mine")


def test_what_somebody_else_has_put_there_meanwhile_stays() -> None:
    def others(coroutine: Any) -> None: ...

    hook = vars(warnings)["_warn_unawaited_coroutine"]
    forgotten_awaits.begin("mine")
    vars(warnings)["_warn_unawaited_coroutine"] = others
    forgotten_awaits.end("mine")
    assert vars(warnings)["_warn_unawaited_coroutine"] is others
    vars(warnings)["_warn_unawaited_coroutine"] = hook


def test_a_task_that_is_never_done_does_not_keep_the_hook() -> None:
    loop = asyncio.new_event_loop()
    task = loop.create_task(asyncio.sleep(60))
    forgotten_awaits.watch(task)
    forgotten_awaits.end_all()
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))  # its end comes later than that of the watch
    loop.close()
    with forgotten_awaits.watching() as found, pytest.warns(RuntimeWarning):
        forget()
    assert found == {FORGOTTEN}
