"""One worker from start to end, and each way in which it can fail. The worker is a script without Blender."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import async_render as ar
from async_render.pool.worker_process import pipes, process
from async_render.pool.worker_process.child import SentRequest
from async_render.pool.worker_process.child_log import FILE_LIMIT
from async_render.pool.worker_process.process import ChildProcess, start_child
from async_render.pool.worker_process.protocol import ProtocolError
from async_render.work.session import Program

from ...support.processes import run_script

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

FAKE = Path(__file__).parent / "scripts" / "fake_worker.py"

LOAD: dict[str, Any] = {"file": "/a.blend", "key": "k", "folder": None, "use_scripts": False}


def program(way: str) -> Program:
    return Program("blender", Path(sys.executable), (str(FAKE), way), {"FAKE_VERSION": ar.__version__})


@asynccontextmanager
async def started(way: str, folder: Path, **options: Any) -> AsyncIterator[ChildProcess]:
    """A worker, which is gone afterwards whatever happens."""
    async with asyncio.timeout(60):
        child = await start_child(program(way), name="fake", log=folder / "fake.log", **options)
        try:
            yield child
        finally:
            child.kill("the test is over")
            await child.wait()


async def failure(way: str, folder: Path, **options: Any) -> ar.WorkerError:
    """The error of a worker that fails at its start, or in its first request."""
    with pytest.raises(ar.WorkerError) as caught:
        async with started(way, folder, **options) as child:
            await child.request("load", **LOAD)
    return caught.value


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def threads_of_workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("async_render")]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_worker_does_requests_and_quits(tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []
    async with started("good", tmp_path) as child:
        assert (child.hello.blender, child.hello.python) == ((4, 2, 0), "3.11.0")
        result = await child.request("load", on_event=events.append, **LOAD)
        assert result == {"loaded": True, "seconds": 0.5, "missing": []}
        assert [event["event"] for event in events] == ["warning", "progress"]
        await until(lambda: child.still == 0.25)
        await child.end()
        assert child.ended == "exit code 0"
        with pytest.raises(ar.WorkerError, match=r"the worker fake was ended \(exit code 0\)"):
            await child.request("load", **LOAD)
    await until(lambda: not [thread for thread in threading.enumerate() if str(child.hello.pid) in thread.name.split()])


async def test_what_a_worker_says_after_its_answer_changes_nothing(tmp_path: Path) -> None:
    async with started("never_answers", tmp_path) as child:
        task = asyncio.create_task(child.request("load", **LOAD))
        await asyncio.sleep(0)
        result = {"loaded": True, "seconds": 0.5, "missing": []}
        child._receive([{"event": "done", "id": 1, "result": result}] * 2)
        assert await task == result
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(result)
        child._requests[2] = SentRequest("load", answer, None)  # as when its task has not gone on yet
        child.kill("was killed")
        await child.wait()
    assert answer.result() == result


async def test_many_requests_wait_their_turn(tmp_path: Path) -> None:
    async with started("good", tmp_path) as child:
        results = await asyncio.gather(*(child.request("load", **LOAD) for _ in range(50)))
        assert len(results) == 50


async def test_what_is_printed_before_hello_goes_to_the_log(tmp_path: Path) -> None:
    async with started("noise_before_hello", tmp_path) as child:
        await child.request("load", **LOAD)
        await child.end()
        lines = child.log.last_lines(50)
    assert {"Blender 4.2.0", '{"async_render": not JSON', "no end of line"} <= set(lines)
    assert (tmp_path / "fake.log").stat().st_size > 3_000_000


async def test_a_worker_that_prints_100_mb_never_waits_and_its_log_is_bounded(tmp_path: Path) -> None:
    async with started("prints_100_mb", tmp_path) as child:
        await child.request("load", **LOAD)
        await child.end()
        assert child.log.last_lines(2) == ("a line that Blender prints", "the last line")
    logs = list(tmp_path.iterdir())
    assert len(logs) == 2
    assert all(log.stat().st_size <= FILE_LIMIT for log in logs)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("other_version", "broke the protocol: the worker has Async Render 9.9.9, and this process"),
        ("other_protocol", "speaks protocol 7, and this process 1: update Async Render"),
        ("bad_hello", "broke the protocol: hello.blender='4.2' is not a list"),
        ("exits_at_once", "has ended before it was ready (exit code 3)"),
        ("garbage", "broke the protocol: the line b'Fra:1 Mem:20M' is no JSON"),
        ("long_line", "broke the protocol: a line has more than 1,048,576 bytes"),
        ("deep_line", "broke the protocol: the line b'[[[["),
        ("unknown_event", "broke the protocol: 'os.system' is no message"),
        ("second_hello", "broke the protocol: 'hello' is no message"),
        ("no_number", "broke the protocol: alive.still=inf"),
        ("wrong_result", "broke the protocol: the result of 'load' lacks the field 'seconds'"),
        ("closes_its_stdout", "broke the protocol: it has closed its stdout, and lives"),
        ("dies_by_SIGKILL", "has ended (signal SIGKILL)"),
        ("dies_by_SIGSEGV", "has ended (signal SIGSEGV)"),
        ("exits_in_a_request", "has ended (exit code 139, as of SIGSEGV)"),
    ],
)
async def test_a_worker_that_fails_is_gone_and_the_error_says_why(
    way: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipes, "DRAIN_TIMEOUT", 0.2)
    error = await failure(way, tmp_path)
    assert said in str(error)
    assert len(str(error)) < 3000
    assert error.ended is not None


@pytest.mark.parametrize("way", ["never_says_hello", "other_token"])
async def test_a_worker_that_is_not_ready_in_time_is_killed(way: str, tmp_path: Path) -> None:
    error = await failure(way, tmp_path, start_timeout=0.5)
    assert "has not started in 0.5 s (signal SIGKILL)" in str(error)


async def test_an_error_quotes_the_last_lines_and_the_frame(tmp_path: Path) -> None:
    error = await failure("exits_at_once", tmp_path)
    assert error.log == ("why it ends",)
    assert str(error).endswith(f"; the last lines of {str(tmp_path / 'fake.log')!r}:\n    why it ends")
    async with started("good", tmp_path) as child:
        os.kill(child.hello.pid, signal.SIGKILL)
        await child.wait()
        error = child.error(frame=12)
    assert str(error).startswith("the worker fake has ended in frame 12 (signal SIGKILL); ")
    assert error.frame == 12


@pytest.mark.parametrize("way", ["silent", "stops_itself"])
async def test_a_worker_without_a_sign_of_life_is_hung(way: str, tmp_path: Path) -> None:
    async with started(way, tmp_path) as child:
        child.max_silence = 1.0
        with pytest.raises(ar.WorkerError, match=r"is hung: no sign of life for 1 s \(signal SIGKILL\)"):
            await child.request("load", **LOAD)


async def test_a_parent_that_was_stopped_itself_takes_no_worker_for_hung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started("good", tmp_path) as child:
        later = time.monotonic() + 3600
        monkeypatch.setattr(process, "monotonic", lambda: later)
        child._watch(later - 3600)
        assert (await child.request("load", **LOAD))["loaded"]


async def test_a_cancelled_request_is_cancelled_in_the_worker_which_lives_on(tmp_path: Path) -> None:
    async with started("cancels", tmp_path) as child:
        task = asyncio.create_task(child.request("load", **LOAD))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert child.ended is None


async def test_a_worker_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CANCEL_LIMIT", 0.2)
    async with started("never_answers", tmp_path) as child:
        task = asyncio.create_task(child.request("load", **LOAD))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert child.ended == "signal SIGKILL"
        assert "has not stopped in 0.2 s" in str(child.error())


async def test_a_worker_that_is_interrupted_from_outside_is_dead(tmp_path: Path) -> None:
    error = await failure("cancels_by_itself", tmp_path)
    assert "the worker fake was interrupted (signal SIGKILL)" in str(error)
    assert error.ended == "signal SIGKILL"


@pytest.mark.parametrize(
    ("way", "ended"),
    [
        ("good", "exit code 0"),
        ("ends_at_SIGINT", "exit code 42"),
        ("ends_at_SIGTERM", "exit code 55"),
        ("refuses_to_end", "signal SIGKILL"),
        ("stops_reading", "signal SIGINT"),
    ],
)
async def test_the_end_goes_from_quit_to_kill(
    way: str, ended: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "QUIT_LIMIT", 5.0 if way == "good" else 0.3)
    async with started(way, tmp_path) as child:
        await child.end()
        assert child.ended == ended or (way == "stops_reading" and child.ended == "exit code 1")


async def test_an_end_that_is_cancelled_kills(tmp_path: Path) -> None:
    async with started("refuses_to_end", tmp_path) as child:
        task = asyncio.create_task(child.end())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        await child.wait()
        assert child.ended == "signal SIGKILL"


async def test_nothing_that_a_worker_has_started_outlives_it(tmp_path: Path) -> None:
    async with started("leaves_a_child", tmp_path) as child:
        grandchild = child.hello.pid
        assert not is_gone(grandchild)
        await child.end()
        assert child.ended == "exit code 0"
    await until(lambda: is_gone(grandchild))


async def test_a_worker_that_reads_nothing_blocks_nobody(tmp_path: Path) -> None:
    async with started("stops_reading", tmp_path) as child:
        big = {**LOAD, "file": "x" * 500_000}
        tasks = [asyncio.create_task(child.request("load", **big)) for _ in range(20)]
        await asyncio.sleep(0)
        child.kill("was in the way")
        await asyncio.wait(tasks)
        assert all("was in the way (signal SIGKILL)" in str(task.exception()) for task in tasks)


async def test_a_field_that_does_not_fit_is_refused_and_the_worker_lives_on(tmp_path: Path) -> None:
    async with started("good", tmp_path) as child:
        with pytest.raises(ProtocolError, match="its longest field is 'file'"):
            await child.request("load", **{**LOAD, "file": "x" * 2_000_000})
        with pytest.raises(ProtocolError, match="use_scripts"):
            await child.request("load", **{**LOAD, "use_scripts": 4})
        assert (await child.request("load", **LOAD))["loaded"]


async def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    task = asyncio.create_task(start_child(program("never_says_hello"), name="fake", log=tmp_path / "fake.log"))
    await until(lambda: any("async_render wait" in thread.name for thread in threading.enumerate()))
    pid = next(int(thread.name.split()[-1]) for thread in threading.enumerate() if "async_render wait" in thread.name)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert is_gone(pid)


def test_workers_belong_to_the_loop_of_any_thread(tmp_path: Path) -> None:
    ended: list[str | None] = []

    async def main() -> None:
        async with started("good", tmp_path) as child:
            await child.request("load", **LOAD)
            await child.end()
            ended.append(child.ended)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join(60)
    assert ended == ["exit code 0"]


def test_a_loop_that_is_closed_under_its_worker_kills_it(tmp_path: Path) -> None:
    async def main() -> ChildProcess:
        return await start_child(program("good"), name="fake", log=tmp_path / "fake.log")

    child = asyncio.run(main())
    asyncio.run(until(lambda: not threads_of_workers()))  # only they may reap the process
    assert is_gone(child.hello.pid)


@pytest.fixture
def nobody_reaps() -> Iterator[None]:
    """A process whose children leave no exit code, as other code in it has asked for."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGCHLD, before)


@pytest.mark.usefixtures("nobody_reaps")
async def test_a_worker_that_others_have_reaped_is_gone(tmp_path: Path) -> None:
    async with started("good", tmp_path) as child:
        os.kill(child.hello.pid, signal.SIGKILL)
        await child.wait()
        with pytest.raises(ar.WorkerError, match=r"has ended \(exit code not known\)"):
            await child.request("load", **LOAD)


async def test_a_worker_has_a_session_a_priority_and_devices_of_its_own(tmp_path: Path) -> None:
    async with started("good", tmp_path, nice=3, gpu=1) as child:
        pid = child.hello.pid
        assert os.getsid(pid) == pid
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(os.getpriority(os.PRIO_PROCESS, 0) + 3, 19)
        variables = dict(
            item.split("=", 1) for item in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in item
        )
    assert variables["ASYNC_RENDER_WORKER"] == "1"
    assert (variables["CUDA_VISIBLE_DEVICES"], variables["HIP_VISIBLE_DEVICES"]) == ("1", "1")
    assert variables["ONEAPI_DEVICE_SELECTOR"] == "level_zero:1"


async def test_a_worker_whose_log_cannot_be_written_works(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    child = await start_child(program("good"), name="fake", log=tmp_path / "none" / "fake.log")
    await child.end()
    assert child.hello.pid > 0
    assert [message for message in caplog.messages if "fake.log cannot be written: No such file" in message] != []


async def test_a_program_that_cannot_be_started_leaves_no_open_log(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no_program"):
        await start_child(Program("blender", tmp_path / "no_program"), name="fake", log=tmp_path / "fake.log")


def test_a_process_that_sigpipe_ends_survives_its_workers(tmp_path: Path) -> None:
    ended = run_script(FAKE.with_name("parent_without_sigpipe.py"), FAKE, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "the worker fake reads nothing (signal SIGKILL)" in ended.stdout


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
async def test_no_descriptor_and_no_thread_of_a_worker_is_left(tmp_path: Path) -> None:
    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), len(threads_of_workers())

    gc.collect()
    await until(lambda: not threads_of_workers())  # those of earlier tests hold descriptors, too
    before = held()
    for way in ("good", "refuses_to_end", "garbage", "exits_at_once", "closes_its_stdin", "leaves_a_child"):
        try:
            async with started(way, tmp_path) as child:
                await child.end() if way == "good" else child.kill("is enough")
        except ar.WorkerError:
            assert way in {"exits_at_once", "garbage"}
    await until(lambda: held() == before)
