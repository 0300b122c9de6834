"""The turns that Blender's main loop gives: the tests are the main loop, which calls the timer's function."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import bpy
import pytest

import async_render as ar
from async_render import addon
from async_render.addon.scripts import blender_console
from async_render.blender.host import host as hosts
from async_render.blender.host import shutdown, threads
from async_render.blender.host.host import BlenderHost
from async_render.blender.host.pace import HEARTBEAT

T = TypeVar("T")

LIMIT = 10.0
PACKAGE = hosts.__file__.removesuffix("blender/host/host.py")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[BlenderHost]:
    """A host as in a window."""
    monkeypatch.setattr(hosts, "_host", None)
    host = hosts.get_host()
    host.is_headless = False
    host.attend()
    yield host
    for task in asyncio.all_tasks(host.loop):
        task.cancel()
    host.loop.run_until_complete(asyncio.sleep(0))
    for task in asyncio.all_tasks(host.loop):  # a test's error in the middle of a turn has taken its next step
        shutdown._abandon(task)
    host.close()
    assert not bpy.app.timers.is_registered(hosts._turn)
    assert hosts._before_load not in bpy.app.handlers.load_pre


def turn_until(condition: Callable[[], bool]) -> None:
    """Be Blender's main loop, which drops a timer that raises or answers None."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        # A thread that an earlier test has left keeps the loop from its rest.
        assert time.monotonic() < deadline, f"the loop did not get there; threads: {threading.enumerate()}"
        assert hosts._turn() is not None
        time.sleep(0.001)


def in_thread(function: Callable[[], T], start: Callable[[Callable[[], None]], object]) -> Future[T]:
    """Call a function on a thread that `start` starts."""
    future: Future[T] = Future()

    def call() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - it belongs to the test
            future.set_exception(error)

    start(call)
    return future


def pythons_thread(call: Callable[[], None]) -> None:
    threading.Thread(target=call).start()


def blenders_thread(call: Callable[[], None]) -> None:
    """Python's `threading` does not know it, as it knows no thread that C has started."""
    start_new_thread(call, ())


def test_a_loop_with_nothing_to_do_has_a_slow_heartbeat(host: BlenderHost) -> None:
    turn_until(lambda: host.is_resting)
    assert hosts._turn() == HEARTBEAT
    task = host.loop.create_task(asyncio.sleep(0))
    assert not host.is_resting
    assert bpy.app.timers.is_registered(hosts._turn)
    assert hosts._turn() == 0.0
    assert task.done()
    turn_until(lambda: host.is_resting)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not know SIGPIPE")
def test_until_the_loop_is_closed_no_thread_that_wakes_it_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread may write into the loop's pipe while the main thread closes it: 4.3 ended without a word."""
    before = signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as in 4.3
    seen = []
    try:
        host = BlenderHost()
        close = host.loop.close

        def look_and_close() -> None:
            seen.append(signal.getsignal(signal.SIGPIPE))
            close()

        monkeypatch.setattr(host.loop, "close", look_and_close)
        host.close()
        assert seen == [signal.SIG_IGN]
        assert signal.getsignal(signal.SIGPIPE) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGPIPE, before)


def test_a_loop_that_was_lent_has_no_rest(host: BlenderHost) -> None:
    turn_until(lambda: host.is_resting)
    ar.get_loop()
    assert [hosts._turn() for _ in range(5)] == [0.0] * 5


@pytest.mark.parametrize("start", [pythons_thread, blenders_thread])
def test_a_thread_reaches_a_loop_that_rests(host: BlenderHost, start: Callable[[Callable[[], None]], object]) -> None:
    turn_until(lambda: host.is_resting)
    answer = in_thread(lambda: ar.call_in_main_thread(threading.current_thread), start)
    turn_until(answer.done)
    assert answer.result() is threading.main_thread()


def test_a_limit_that_the_function_itself_exceeds_is_its_own_error(host: BlenderHost) -> None:
    def fail() -> None:
        raise TimeoutError("the farm does not answer")

    answer = in_thread(lambda: ar.call_in_main_thread(fail), pythons_thread)
    turn_until(answer.done)
    with pytest.raises(TimeoutError, match="the farm does not answer"):
        answer.result()


def test_other_threads_see_a_running_loop_between_two_turns(host: BlenderHost) -> None:
    turn_until(lambda: host.is_resting)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(host.loop.is_running).result(LIMIT)
    assert not host.loop.is_running()
    assert asyncio.run(asyncio.sleep(0, "beside")) == "beside"


def places_of_a_turn(turn: Callable[[], object], fail_at: int, error: BaseException) -> int:
    """Raise an exception at one place of a turn: where one of our functions is called, calls another, or returns.

    Returns:
        How many places were passed.
    """
    passed = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal passed
        inner = frame if event.startswith("c_") else frame.f_back
        is_ours = any(place and place.f_code.co_filename.startswith(PACKAGE) for place in (frame, inner))
        if not is_ours or argument is sys.setprofile:
            return
        passed += 1
        if passed == fail_at:
            raise error

    sys.setprofile(profile)
    try:
        turn()
    finally:
        sys.setprofile(None)
    return passed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a generator that is closed
@pytest.mark.parametrize(
    ("kind", "is_shown"),
    [
        (ValueError, True),
        (KeyboardInterrupt, True),
        (KeyboardInterrupt, False),
        (SystemExit, False),
        (StopIteration, False),
    ],
)
def test_whatever_is_raised_at_any_place_of_a_turn_the_timer_goes_on(
    host: BlenderHost, kind: type[BaseException], is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_error: BaseException) -> None:
        raise kind("it cannot be shown either")

    if not is_shown:
        monkeypatch.setattr("async_render.blender.host.turn_errors.show_error", refuse)
        monkeypatch.setattr(hosts, "show_error", refuse)
    answers: list[float | None] = []

    def turn() -> None:
        answers.append(hosts._turn())

    def fail() -> None:
        raise kind("from a call")

    place = passed = 0
    while passed == place:
        place += 1
        host.loop.create_task(asyncio.sleep(0))
        if is_shown:
            host.loop.call_soon(fail)
            host.call_in_next_turn(fail)
        host.call_between_ticks(fail).add_done_callback(lambda answer: answer.exception())
        passed = places_of_a_turn(turn, place, kind("from somewhere"))
        late = host.loop.create_task(asyncio.sleep(0))
        called = host.call_between_ticks(lambda: "called")
        for _ in range(5):
            turn()
        assert late.done(), place
        assert called.result() == "called", place
    assert place > (400 if is_shown else 100)
    assert None not in answers


def test_an_error_that_every_turn_raises_is_shown_once(
    host: BlenderHost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("the lock is gone")

    with monkeypatch.context() as patch:
        patch.setattr("async_render.blender.quirks.draw_lock.allow_writes", fail)
        for _ in range(20):
            hosts._turn()
        assert capsys.readouterr().err.count("OSError: the lock is gone") == 1
    hosts._turn()
    hosts._turn()
    host.call_in_next_turn(fail)
    hosts._turn()
    assert capsys.readouterr().err.count("OSError: the lock is gone") == 1


def test_what_is_cancelled_by_what_it_calls_stays_cancelled_and_the_loop_goes_on(host: BlenderHost) -> None:
    async def wait() -> None:
        await host.call_between_ticks(lambda: task.cancel())

    task = host.loop.create_task(wait())
    turn_until(task.done)
    assert task.cancelled()


def test_what_is_cancelled_before_its_turn_is_not_called(host: BlenderHost) -> None:
    called = list[str]()
    answers = [host.call_between_ticks(partial(called.append, name)) for name in ("first", "second")]
    answers[0].cancel()
    turn_until(answers[1].done)
    assert called == ["second"]


def test_an_answer_that_its_function_cancels_stays_cancelled(
    host: BlenderHost, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        answers[1].cancel()
        raise OSError("the file is damaged")

    def cancel() -> None:
        answers[0].cancel()

    answers: list[asyncio.Future[Any]] = []
    answers += [host.call_between_ticks(function) for function in (cancel, fail, list)]
    turn_until(answers[2].done)
    assert [answer.cancelled() for answer in answers] == [True, True, False]
    shown = capsys.readouterr().err
    assert "OSError: the file is damaged" in shown
    assert "InvalidStateError" not in shown


def test_what_was_cancelled_and_fails_is_shown(host: BlenderHost, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        task.cancel()
        raise OSError("the file is damaged")

    async def wait() -> None:
        await host.call_between_ticks(fail)

    task = host.loop.create_task(wait())
    turn_until(task.done)
    assert task.cancelled()
    assert "OSError: the file is damaged" in capsys.readouterr().err


class WithoutTextError(StopIteration):
    def __str__(self) -> str:
        raise KeyError("no text")

    __repr__ = __str__


def test_an_exception_that_cannot_say_its_text_comes_out_and_is_shown(
    host: BlenderHost, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise WithoutTextError

    async def wait() -> None:
        await host.call_between_ticks(fail)

    host.call_in_next_turn(fail)
    task = host.loop.create_task(wait())
    turn_until(task.done)
    error = task.exception()
    assert isinstance(error, RuntimeError)
    assert str(error) == "the function raised WithoutTextError: <WithoutTextError without a text>"
    assert "WithoutTextError" in capsys.readouterr().err


def test_what_ends_an_iteration_comes_out_as_an_error_that_a_future_takes(host: BlenderHost) -> None:
    async def wait() -> None:
        await host.call_between_ticks(lambda: next(iter(())))

    task = host.loop.create_task(wait())
    turn_until(task.done)
    error = task.exception()
    assert isinstance(error, RuntimeError)
    assert isinstance(error.__cause__, StopIteration)


def test_a_thread_of_blenders_is_refused_while_a_file_is_opened(host: BlenderHost) -> None:
    waiting = in_thread(lambda: ar.call_in_main_thread(int), blenders_thread)
    of_python = in_thread(lambda: ar.call_in_main_thread(int), pythons_thread)
    for handler in tuple(bpy.app.handlers.load_pre):
        handler("", "")
    with pytest.raises(RuntimeError, match="while another file is opened"):
        waiting.result(LIMIT)
    with pytest.raises(RuntimeError, match="while another file is opened"):
        in_thread(lambda: ar.call_in_main_thread(int), blenders_thread).result(LIMIT)
    assert not of_python.done()
    turn_until(of_python.done)
    again = in_thread(lambda: ar.call_in_main_thread(str), blenders_thread)
    turn_until(again.done)
    assert (of_python.result(), again.result()) == (0, "")


def test_a_thread_of_blenders_does_not_wait_for_a_main_thread_that_stands_still(
    host: BlenderHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "STANDSTILL", 0.3)
    called: list[str] = []
    of_python = in_thread(lambda: ar.call_in_main_thread(int), pythons_thread)
    waiting = in_thread(lambda: ar.call_in_main_thread(called.append, "called"), blenders_thread)
    with pytest.raises(RuntimeError, match=r"has stood still for 0\.3 s"):
        waiting.result(LIMIT)
    turn_until(of_python.done)
    assert called == []
    again = in_thread(lambda: ar.call_in_main_thread(str), blenders_thread)
    turn_until(again.done)
    assert again.result() == ""


def test_without_a_window_a_thread_of_blenders_does_not_wait_for_ever_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "STANDSTILL", 0.3)

    async def main() -> None:
        served = in_thread(lambda: ar.call_in_main_thread(int), blenders_thread)
        assert await asyncio.wrap_future(served) == 0

        def stand_still() -> None:  # as an operator of the user's that renders
            with pytest.raises(RuntimeError, match="has stood still"):
                in_thread(lambda: ar.call_in_main_thread(int), blenders_thread).result(LIMIT)

        await hosts.get_host().call_between_ticks(stand_still)

    ar.run(main())


@pytest.mark.parametrize("start", [ar.run, ar.create_task])
def test_a_task_that_a_thread_starts_is_a_clear_error(start: Callable[[Any], Any], host: BlenderHost) -> None:
    coroutine = asyncio.sleep(0)
    refused = in_thread(lambda: start(coroutine), pythons_thread)
    with pytest.raises(RuntimeError, match=r"asyncio\.run_coroutine_threadsafe\(coroutine, loop\) on this thread"):
        refused.result(LIMIT)
    assert not asyncio.all_tasks(host.loop)
    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        coroutine.send(None)


def functions() -> dict[tuple[str, ...], int]:
    """All functions and classes of Python's and Blender's modules, and the methods of these classes. Not `draw`:
    `append`, Blender's own way to add to its menus, replaces that."""
    found: dict[tuple[str, ...], int] = {}
    for where, module in tuple(sys.modules.items()):
        file = getattr(module, "__file__", None)
        is_of_blender = file is not None and Path(file).is_relative_to(Path(bpy.__file__).parent)
        if not is_of_blender and where.split(".")[0] not in {*sys.stdlib_module_names, "bpy", "mathutils", "gpu"}:
            continue  # importlib_metadata, for example, replaces some of its own when they are used
        for name, value in tuple(getattr(module, "__dict__", {}).items()):
            if callable(value):
                found[where, name] = id(value)
            if isinstance(value, type) and value.__module__ == where:
                methods = {key: item for key, item in vars(value).items() if callable(item) and key != "draw"}
                found.update({(where, name, key): id(item) for key, item in methods.items()})
    return found


def test_nothing_of_python_or_blender_is_replaced_while_nothing_of_ours_runs() -> None:
    """In a window two functions of Blender's console are: lines may await there, and it has no hook before a line."""
    assert callable(blender_console._module().execute)
    streams = (sys.stdout, sys.stderr)
    before = functions()
    assert ("threading", "Thread", "start") in before
    addon.register()
    try:
        during = functions()
        assert (sys.stdout, sys.stderr) == streams
    finally:
        addon.unregister()
    replaced = {key for key in before.keys() & during.keys() if before[key] != during[key]}
    assert replaced == set()
    assert functions().items() >= before.items()
