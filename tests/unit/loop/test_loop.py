"""The hosted loop, turned by the simplest possible host."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf
from time import monotonic, sleep
from typing import Any

import pytest

from async_render.loop import HostedLoop
from async_render.loop import workers as workers_module
from async_render.loop.hosted import TICK_BUDGET
from async_render.loop.workers import Workers

LIMIT = 5.0


class SimpleHost:
    """Ticks the loop as long as it wants to be ticked.

    A tick lasts until its work is done: what a tick answers may not depend on how busy the machine is.
    """

    def __init__(self) -> None:
        self.awake = False
        self.ticks = 0
        self.loop = HostedLoop(self, budget=LIMIT)
        self.loop.is_attended = True

    def wake(self) -> None:
        self.awake = True

    def tick(self) -> float | None:
        self.ticks += 1
        delay = self.loop.tick()
        self.awake = delay is not None
        return delay

    def tick_until(self, condition: Callable[[], bool]) -> None:
        deadline = monotonic() + LIMIT
        while not condition():
            assert monotonic() < deadline, "the loop did not get there"
            delay = self.tick()
            sleep(0.0 if delay == 0.0 else 0.001)


@pytest.fixture
def host() -> Iterator[SimpleHost]:
    host = SimpleHost()
    yield host
    for task in asyncio.all_tasks(host.loop):
        task.cancel()
    host.loop.run_until_complete(asyncio.sleep(0))
    host.loop.close()


def test_a_thousand_hops_take_one_tick(host: SimpleHost) -> None:
    async def hop() -> None:
        for _ in range(1000):
            await asyncio.sleep(0)

    task = host.loop.create_task(hop())
    host.tick_until(task.done)
    assert host.ticks == 1


def test_the_budget_ends_a_tick_while_work_is_ready(host: SimpleHost) -> None:
    host.loop.budget = TICK_BUDGET

    async def busy() -> None:
        while True:
            await asyncio.sleep(0)

    host.loop.create_task(busy())
    assert host.tick() == 0.0
    assert host.ticks == 1


def test_a_tick_that_knows_how_long_a_round_takes_exceeds_its_budget_by_less_than_one(
    host: SimpleHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.loop.budget = 0.01
    steps: list[int] = []
    now = 0.0
    monkeypatch.setattr("async_render.loop.ticks.perf_counter", lambda: now)

    async def busy(number: int) -> None:
        nonlocal now
        while True:
            steps.append(number)
            now += 0.004
            await asyncio.sleep(0)

    for number in range(2):
        host.loop.create_task(busy(number))
    host.tick()  # the first round comes unexpected
    steps.clear()
    host.tick()
    assert steps == [0, 1, 0, 1]  # 16 ms and not 24


def test_a_patient_tick_waits_for_a_thread(host: SimpleHost) -> None:
    called: list[str] = []
    thread = threading.Timer(0.05, host.loop.call_soon_threadsafe, (called.append, "called"))
    thread.start()
    host.loop.tick(patience=LIMIT)
    thread.join(LIMIT)
    assert called == ["called"]


def test_a_patient_tick_calls_what_falls_due_meanwhile(host: SimpleHost) -> None:
    called: list[str] = []
    host.loop.call_later(0.05, called.append, "called")
    host.loop.tick(patience=LIMIT)
    assert called == ["called"]


def test_a_tick_of_an_idle_loop_only_looks_for_news(host: SimpleHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.loop.create_task(asyncio.sleep(60))
    host.tick()
    runs: list[str] = []
    monkeypatch.setattr(host.loop, "run_forever", lambda: runs.append("run"))
    delay = host.tick()
    assert delay is not None
    assert 59 < delay <= 60
    assert runs == []


def test_a_timer_that_is_cancelled_outside_of_a_tick_is_waited_for_no_more(host: SimpleHost) -> None:
    timer = host.loop.call_later(60, int)
    host.tick()
    timer.cancel()
    assert host.tick() is None


def test_a_file_that_is_removed_outside_of_a_tick_is_waited_for_no_more(host: SimpleHost) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        host.loop.add_reader(ours, int)
        host.tick()
        assert host.tick() == inf
        host.loop.remove_reader(ours)
        assert host.tick() is None


def test_a_tick_tells_how_long_the_loop_would_sleep(host: SimpleHost) -> None:
    host.loop.create_task(asyncio.sleep(60))
    delay = host.tick()
    assert delay is not None
    assert 59 < delay <= 60


def test_a_tick_answers_none_when_nothing_is_pending(host: SimpleHost) -> None:
    task = host.loop.create_task(asyncio.sleep(0))
    host.tick_until(task.done)
    assert host.tick() is None


def test_a_task_that_waits_for_a_future_keeps_the_host_awake(host: SimpleHost) -> None:
    future = host.loop.create_future()

    async def wait() -> None:
        await future

    task = host.loop.create_task(wait())
    host.tick()
    assert host.tick() == inf
    assert not task.done()


@pytest.mark.parametrize(
    "start",
    [
        lambda loop: loop.create_task(asyncio.sleep(0)),
        lambda loop: loop.call_soon(int),
        lambda loop: loop.call_later(0.01, int),
    ],
    ids=["task", "callback", "timer"],
)
def test_new_work_wakes_the_host(host: SimpleHost, start: Callable[[asyncio.AbstractEventLoop], Any]) -> None:
    host.tick()
    assert not host.awake
    start(host.loop)
    assert host.awake


def test_a_kept_call_soon_wakes_the_host_too(host: SimpleHost) -> None:
    kept = []

    async def keep() -> None:
        kept.append(host.loop.call_soon)

    task = host.loop.create_task(keep())
    host.tick_until(task.done)
    while host.tick() is not None:
        pass
    assert not host.awake
    kept[0](int)
    assert host.awake


def test_a_tick_that_finds_nothing_to_do_is_quiet(host: SimpleHost) -> None:
    host.loop.create_task(asyncio.sleep(60))
    host.tick()
    assert not host.loop.is_quiet
    host.tick()
    assert host.loop.is_quiet
    host.loop.call_soon(int)
    host.tick()
    assert not host.loop.is_quiet


def test_another_thread_does_not_touch_the_host(host: SimpleHost) -> None:
    host.tick()
    called: list[str] = []
    thread = threading.Thread(target=host.loop.call_soon_threadsafe, args=(called.append, "called"))
    thread.start()
    thread.join(LIMIT)
    assert not host.awake
    host.tick()
    assert called == ["called"]


def test_the_loop_sleeps_at_once_when_the_last_of_many_tasks_has_ended(host: SimpleHost) -> None:
    future = host.loop.create_future()

    async def wait() -> None:
        await future

    tasks = [host.loop.create_task(wait()) for _ in range(100)]
    for _ in range(3):
        assert host.tick() == inf
    future.set_result(None)
    host.tick_until(tasks[-1].done)
    assert host.tick() is None


def test_it_sleeps_in_debug_mode_too(host: SimpleHost) -> None:
    host.loop.set_debug(True)
    task = host.loop.create_task(asyncio.sleep(0))
    host.tick_until(task.done)
    assert host.tick() is None
    host.loop.call_soon(int)
    assert host.awake


def spend(seconds: float) -> None:
    sleep(seconds)


def test_debug_mode_names_the_users_line_that_cost_a_frame(host: SimpleHost, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        spend(0.02)
        await asyncio.sleep(0)  # the line after which others go on

    host.loop.set_debug(True)
    task = host.loop.create_task(main())
    host.tick_until(task.done)
    line = main.__code__.co_firstlineno + 2
    assert any("took" in message and f"{__file__}:{line}" in message for message in caplog.messages)


def test_debug_mode_says_nothing_of_what_takes_less_than_a_frame(
    host: SimpleHost, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = host.loop.time()
    monkeypatch.setattr(host.loop, "time", lambda: now)

    def callback() -> None:
        nonlocal now
        now += 0.016

    host.loop.set_debug(True)
    host.loop.call_soon(callback)
    host.tick()
    assert not caplog.records


def test_an_idle_loop_has_events_when_a_thread_has_handed_something_over(host: SimpleHost) -> None:
    host.tick()
    assert not host.loop.has_events()
    thread = threading.Thread(target=host.loop.call_soon_threadsafe, args=(int,))
    thread.start()
    thread.join()
    assert host.loop.has_events()
    host.tick()
    assert not host.loop.has_events()


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="Windows has no such signals")
def test_an_idle_loop_has_events_when_a_signal_came(host: SimpleHost) -> None:
    called: list[int] = []
    host.loop.add_signal_handler(signal.SIGUSR1, called.append, 1)
    host.tick()
    assert not host.loop.has_events()
    signal.raise_signal(signal.SIGUSR1)
    assert host.loop.has_events()
    host.tick_until(lambda: called == [1])
    host.loop.remove_signal_handler(signal.SIGUSR1)


def test_a_thread_wakes_a_waiting_coroutine(host: SimpleHost) -> None:
    async def wait() -> str:
        return await asyncio.to_thread(lambda: threading.current_thread().name)

    task = host.loop.create_task(wait())
    host.tick_until(task.done)
    assert task.result() != threading.current_thread().name


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
def test_what_would_end_the_host_is_shown_and_the_loop_goes_on(host: SimpleHost, end: type[BaseException]) -> None:
    async def leave() -> None:
        raise end("enough")

    shown: list[dict[str, Any]] = []
    host.loop.set_exception_handler(lambda _loop, context: shown.append(context))
    task = host.loop.create_task(leave())
    other = host.loop.create_task(asyncio.sleep(0.01, "went on"))
    host.tick_until(other.done)
    assert [type(context["exception"]) for context in shown] == [end]
    assert isinstance(task.exception(), end)
    assert other.result() == "went on"


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, ValueError])
def test_whatever_leaves_a_callback_is_shown_and_the_loop_goes_on(host: SimpleHost, error: type[BaseException]) -> None:
    def leave() -> None:
        raise error("enough")

    shown: list[dict[str, Any]] = []
    host.loop.set_exception_handler(lambda _loop, context: shown.append(context))
    host.loop.call_soon(leave)
    other = host.loop.create_task(asyncio.sleep(0.01, "went on"))
    host.tick_until(other.done)
    assert [type(context["exception"]) for context in shown] == [error]


def test_a_tick_inside_a_tick_does_nothing(host: SimpleHost) -> None:
    async def nested() -> float | None:
        return host.loop.tick()

    task = host.loop.create_task(nested())
    host.tick_until(task.done)
    assert task.result() == 0.0


def test_another_loop_can_run_between_ticks(host: SimpleHost) -> None:
    host.loop.create_task(asyncio.sleep(60))
    host.tick()
    assert asyncio.run(asyncio.sleep(0, "beside")) == "beside"


def test_sockets_are_served(host: SimpleHost) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    async def talk() -> bytes:
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            answer = await reader.readline()
            writer.close()
            return answer

    task = host.loop.create_task(talk())
    host.tick_until(task.done)
    assert task.result() == b"hello\n"


def in_thread(function: Callable[[], Any]) -> Any:
    """What the function returns, called on another thread; or what it raises."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(LIMIT)


def test_between_two_ticks_the_loop_runs_for_other_threads_and_not_for_its_own(host: SimpleHost) -> None:
    host.loop.create_task(asyncio.sleep(60))
    host.tick()
    assert [in_thread(host.loop.is_running) for _ in range(200)] == [True] * 200
    assert not host.loop.is_running()
    assert not in_thread(lambda: host.loop.is_turning)
    host.loop.run_until_complete(asyncio.sleep(0))
    assert in_thread(host.loop.is_running)


def test_what_a_library_hands_over_only_to_a_running_loop_arrives(host: SimpleHost) -> None:
    called: list[str] = []

    def hand_over() -> None:
        if host.loop.is_running():
            host.loop.call_soon_threadsafe(called.append, "called")

    host.tick()
    in_thread(hand_over)
    host.tick()
    assert called == ["called"]


def test_a_loop_that_its_host_does_not_attend_runs_for_nobody(host: SimpleHost) -> None:
    host.loop.is_attended = False
    host.tick()
    assert not in_thread(host.loop.is_running)


def test_a_closed_loop_runs_for_nobody() -> None:
    loop = SimpleHost().loop
    assert in_thread(loop.is_running)
    loop.close()
    assert not in_thread(loop.is_running)


@pytest.mark.parametrize("use", ["run_forever", "run_until_complete", "close"])
def test_other_threads_can_neither_run_nor_close_a_loop_that_is_attended(host: SimpleHost, use: str) -> None:
    future = host.loop.create_future()
    arguments = [future] if use == "run_until_complete" else []
    with pytest.raises(RuntimeError, match="running"):
        in_thread(partial(getattr(host.loop, use), *arguments))
    assert not host.loop.is_closed()
    future.cancel()


@pytest.mark.parametrize(
    "add",
    [
        lambda loop: loop.call_soon(int),
        lambda loop: loop.call_later(0.01, int),
        lambda loop: loop.create_task(asyncio.sleep(0)),
    ],
    ids=["callback", "timer", "task"],
)
def test_debug_mode_finds_work_from_a_wrong_thread_between_two_ticks(
    host: SimpleHost, add: Callable[[asyncio.AbstractEventLoop], Any], recwarn: pytest.WarningsRecorder
) -> None:
    host.loop.set_debug(True)
    host.tick()
    with pytest.raises(RuntimeError, match=r"call loop\.call_soon_threadsafe\(\) there"):
        in_thread(partial(add, host.loop))
    add(host.loop)
    called: list[str] = []
    in_thread(lambda: host.loop.call_soon_threadsafe(called.append, "called"))
    host.tick()
    assert called == ["called"]
    recwarn.clear()  # the coroutine of the task that was refused


def test_a_loop_that_is_ticked_in_another_thread_than_its_makers_sees_its_own_work() -> None:
    host = SimpleHost()

    def tick_there() -> str:
        host.tick()
        task = host.loop.create_task(asyncio.sleep(0.01, "slept"))
        host.tick_until(task.done)
        while host.tick() is not None:
            pass
        assert not host.awake
        another = host.loop.create_task(asyncio.sleep(0.01, task.result() + " twice"))
        assert host.awake
        host.tick_until(another.done)
        assert not host.loop.is_running()
        assert in_thread(host.loop.is_running)
        return another.result()

    assert in_thread(tick_there) == "slept twice"
    assert host.loop.is_running()  # the maker is another thread now
    host.loop.is_attended = False
    host.loop.close()


def test_work_that_was_added_in_a_thread_before_its_first_tick_there_is_done() -> None:
    host = SimpleHost()

    def add_and_tick() -> str:
        task = host.loop.create_task(asyncio.sleep(0, "done"))
        host.tick_until(task.done)
        return task.result()

    assert in_thread(add_and_tick) == "done"
    host.loop.is_attended = False
    host.loop.close()


def test_outside_of_ticks_it_is_an_ordinary_loop(host: SimpleHost) -> None:
    assert host.loop.run_until_complete(asyncio.sleep(0.01, "slept")) == "slept"


def test_threads_that_python_has_stopped_do_not_keep_a_loop_from_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python stops daemon threads when it ends, one perhaps while it has the lock: a process never ended then."""
    monkeypatch.setattr(workers_module, "LOCK_TIMEOUT", 0.01)
    workers = Workers()
    with workers._lock:
        workers.shutdown(wait=False)
    assert workers.submit(lambda: 7).result(10) == 7, "it was not shut, and nobody waited"
    workers.shutdown()
    with pytest.raises(RuntimeError, match="take no more work"):
        workers.submit(lambda: 7)
