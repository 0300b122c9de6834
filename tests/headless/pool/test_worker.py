"""A real worker with the `bpy` module: what it does wrong, and that nothing outlives anybody."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.output.temporary_folders import LOGS_PREFIX, SESSION_PREFIX
from async_render.pool.worker_process import process
from async_render.pool.worker_process.process import ChildProcess

from ...support.processes import run_script, start_script
from ...support.workers import begin, is_gone, python_program, seconds_until_gone, started

PARENT = Path(__file__).parent / "scripts" / "parent.py"

KILLED_PARENT = Path(__file__).parent / "scripts" / "killed_parent.py"

POOL_PARENT = Path(__file__).parent / "scripts" / "pool_parent.py"

NEVER_ENDING = ("render_for_hours", "keep_the_main_thread", "keep_pythons_lock")


async def bake(child: ChildProcess, kind: str) -> list[str]:
    """Let a worker do something, and return its warnings."""
    events: list[Any] = []
    await child.request("bake", on_event=events.append, type=kind, properties={}, folder="")
    return [event["message"] for event in events]


@pytest.mark.core
async def test_a_worker_loads_prints_and_fails_and_lives_on(scene: bpy.types.Scene, tmp_path: Path) -> None:
    file = tmp_path / "mit Leerzeichen ü 渲染.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    load: dict[str, Any] = {"file": str(file), "key": "a", "folder": None, "use_scripts": False}
    async with started(python_program(), tmp_path, nice=3) as child:
        assert child.hello.blender == bpy.app.version
        assert child.hello.python == ".".join(map(str, sys.version_info[:3]))
        assert (await child.request("load", **load))["loaded"] is True
        assert (await child.request("load", **load))["loaded"] is False

        await bake(child, "print_everywhere")
        said = ("printed by Python", "written to 1", '{"event"', "put by C", "echoed by a", "written to stderr")
        async with asyncio.timeout(60):  # another thread writes what comes by stderr
            while not all(text in (tmp_path / "worker.log").read_text() for text in said):
                await asyncio.sleep(0.01)

        with pytest.raises(ar.WorkerError, match="StrangeError: "):
            await bake(child, "raise_what_nobody_knows")
        with pytest.raises(ar.RenderError, match=r"sys\.exit\(5\) was called during the request 'bake'"):
            await bake(child, "exit_python")
        with pytest.raises(ar.RenderError, match="no disk") as caught:
            await bake(child, "raise_an_error_with_too_many_files")
        assert (caught.value.frame, caught.value.files) == (4, ())
        with pytest.raises(ar.RenderError, match=r"none\.blend.* cannot be opened: No such file") as caught:
            await child.request("load", **{**load, "key": "b", "file": f"{tmp_path}/none.blend"})
        assert any("In the worker:" in note for note in caught.value.__notes__)

        worker, session, priority, package = await bake(child, "say_what_it_is")
        assert (worker, session) == ("1", str(child.hello.pid))
        assert int(priority) == min(os.getpriority(os.PRIO_PROCESS, 0) + 3, 19)
        assert package == ar.__file__
        await child.end()
        assert child.ended == "exit code 0"


@pytest.mark.core
async def test_a_render_in_the_middle_of_a_frame_is_cancelled_and_the_worker_lives_on(tmp_path: Path) -> None:
    async with started(python_program(), tmp_path) as child:
        for _ in range(2):
            task = await begin(child, "render_for_hours")
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert child.ended is None
        # A worker that is asked to end does not finish its frame.
        task = await begin(child, "render_for_hours")
        await child.end()
        assert child.ended == "exit code 0"
        with pytest.raises(ar.RenderError):
            await task


async def test_a_request_that_waits_is_cancelled_and_never_done(tmp_path: Path) -> None:
    async with started(python_program(), tmp_path) as child:
        first = await begin(child, "render_for_hours")
        second = asyncio.create_task(bake(child, "print_everywhere"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        first.cancel()
        await asyncio.wait([first])
        assert (second.cancelled(), first.cancelled()) == (True, True)
        await bake(child, "say_what_it_is")
        assert "printed by Python" not in (tmp_path / "worker.log").read_text()


async def test_a_main_thread_that_does_not_turn_is_told_and_is_no_hang(tmp_path: Path) -> None:
    async with started(python_program(), tmp_path) as child:
        child.max_silence = 2.0
        task = await begin(child, "keep_the_main_thread")
        while child.still < 3.0:
            assert not task.done(), child.error()
            await asyncio.sleep(0.05)


async def test_a_worker_whose_python_stands_still_is_hung(tmp_path: Path) -> None:
    async with started(python_program(), tmp_path) as child:
        child.max_silence = 2.0
        task = await begin(child, "keep_pythons_lock")
        with pytest.raises(ar.WorkerError, match=r"is hung: no sign of life for 2 s \(signal SIGKILL\)"):
            await task


async def test_a_stuck_worker_is_ended_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "QUIT_LIMIT", 0.5)
    async with started(python_program(), tmp_path) as child:
        task = await begin(child, "keep_pythons_lock")
        await child.end()
        assert child.ended == "signal SIGTERM"
        assert isinstance(await asyncio.wait_for(_error(task), 10), ar.WorkerError)


async def _error(task: asyncio.Task[Any]) -> BaseException | None:
    await asyncio.wait([task])
    return task.exception()


@pytest.mark.parametrize(("kind", "ended"), [("crash", "signal SIGSEGV"), ("exit_at_once", "exit code 7")])
async def test_a_worker_that_dies_says_how(kind: str, ended: str, tmp_path: Path) -> None:
    async with started(python_program(), tmp_path) as child:
        with pytest.raises(ar.WorkerError) as caught:
            await bake(child, kind)
        assert caught.value.ended == ended
        if kind == "crash":
            assert any("the last words" in line for line in caught.value.log)


@pytest.mark.core
def test_no_worker_outlives_its_parent_that_is_killed(tmp_path: Path) -> None:
    """In the middle of a frame, with a main thread that never turns, and while C keeps Python's lock."""
    parent = start_script(PARENT, tmp_path, *NEVER_ENDING)
    with parent:
        workers = _workers_of(parent)
        assert not any(is_gone(pid) for pid in workers)
        parent.kill()
    assert seconds_until_gone(workers) < 12  # 2 s, on a machine that is six times slower


def test_workers_end_with_the_pipe_alone_where_the_system_does_not_kill_them(tmp_path: Path) -> None:
    """As on macOS. What remains is that C must let Python's threads run."""
    parent = start_script(PARENT, tmp_path, *NEVER_ENDING[:2], WITHOUT_PRCTL="1")
    with parent:
        workers = _workers_of(parent)
        assert not any(is_gone(pid) for pid in workers)
        parent.kill()
    assert seconds_until_gone(workers) < 12


def test_ctrl_c_in_the_terminal_reaches_the_parent_alone_which_ends_its_workers(tmp_path: Path) -> None:
    parent = start_script(PARENT, tmp_path, NEVER_ENDING[0], own_session=True)
    workers = _workers_of(parent)
    os.killpg(parent.pid, signal.SIGINT)
    output, _ = parent.communicate(timeout=60)
    assert "KeyboardInterrupt" in output
    seconds_until_gone(workers)
    assert "KeyboardInterrupt" not in (tmp_path / f"{NEVER_ENDING[0]}.log").read_text()


def _workers_of(parent: subprocess.Popen[str]) -> list[int]:
    assert parent.stdout is not None
    lines = []
    for line in parent.stdout:
        lines.append(line)
        if line.startswith("workers "):
            break
    workers = [int(pid) for pid in lines[-1].split()[1:]] if lines else []
    assert workers, "".join(lines)
    return workers


@pytest.mark.slow
def test_a_pool_leaves_no_process_and_no_half_frame_however_its_process_ends(tmp_path: Path) -> None:
    def end(how: str) -> tuple[int, list[str]]:
        folder = tmp_path / how
        folder.mkdir()
        with start_script(POOL_PARENT, folder, how, own_session=True) as parent:
            assert parent.stdout is not None
            workers = _workers_of(parent)
            if how == "kill":
                os.killpg(parent.pid, signal.SIGKILL)
            elif how == "ctrl_c":
                os.killpg(parent.pid, signal.SIGINT)
            rest = parent.stdout.read()
        assert how != "disable" or "gone" in rest.splitlines(), rest
        seconds_until_gone(workers)
        return parent.wait(), [file.name for file in (folder / "out").iterdir()]

    codes = {"kill": -signal.SIGKILL, "ctrl_c": -signal.SIGINT, "exit": 4, "disable": 1}
    with ThreadPoolExecutor(2) as threads:
        ends = dict(zip(codes, threads.map(end, codes), strict=True))
    assert ends == {how: (code, []) for how, code in codes.items()}


@pytest.mark.slow
@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")
def test_the_next_pool_removes_what_processes_have_left_that_were_killed(tmp_path: Path) -> None:
    """In the middle of a still, a movie and a sound: the process, with its workers, or by a terminal that is closed."""

    def killed(kind: str, how: str) -> list[str]:
        folder = tmp_path / f"{kind} {how}"
        temporary = folder / "tmp"
        temporary.mkdir(parents=True)
        (folder / "out").mkdir()
        arguments: Any = (KILLED_PARENT, folder, kind)
        with start_script(*arguments, "long", own_session=True, TMPDIR=str(temporary)) as parent:
            workers = _workers_of(parent)
            if how == "hangup":
                os.killpg(parent.pid, signal.SIGHUP)
            else:
                for pid in (parent.pid, *(workers if how == "all" else ())):
                    os.kill(pid, signal.SIGKILL)
        seconds_until_gone(workers)
        for prefix in (LOGS_PREFIX, SESSION_PREFIX):
            assert len(list(temporary.glob(f"{prefix}*"))) == 1
        assert how != "all" or len(list(temporary.rglob("*.claim"))) == 1
        ended = run_script(*arguments, "short", TMPDIR=str(temporary))
        assert ended.returncode == 0, ended.stdout + ended.stderr
        left = [*(folder / "out").glob(".*"), *temporary.rglob("async_render_*"), *temporary.rglob("*.claim")]
        return [file.name for file in left]

    cases = (("still", "all"), ("encode", "parent"), ("mixdown", "parent"), ("still", "hangup"))
    with ThreadPoolExecutor(2) as threads:
        left = dict(zip(cases, threads.map(lambda case: killed(*case), cases), strict=True))
    assert left == {case: [f"async_render_claims_{os.getuid()}"] for case in cases}
