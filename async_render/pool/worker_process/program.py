"""How a worker is started: the command, the environment, and what is asked beforehand."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from ...render.errors import LONGEST_QUOTE, WorkerError, printable
from ...work.session import Program

OLDEST = (4, 2)
"""The oldest Blender that can be a worker."""

OLDEST_PYTHON = (3, 11)
"""The oldest Python that can be a worker: that of `OLDEST`."""

VERSION_TIMEOUT = 30.0
"""Seconds that a program has to say its version. Blender needs 0.3 s, and ten times as much from a cold disk."""

LONGEST_ANSWER = 1 << 14
"""Bytes of the answer that are read. Blender's has 500."""

PACKAGE_HOME = Path(__file__).parents[3]
"""The folder of this package, as `sys.path` has it."""

BOOT = Path(__file__).with_name("boot.py")

IS_WORKER = "ASYNC_RENDER_WORKER"
"""The variable of the environment that is `1` in a worker."""

_GPU_VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
"""Variables by which CUDA (and OptiX) and HIP show a process some devices only, numbered from 0."""


def is_worker() -> bool:
    """Return whether this process is a worker of a pool. Add-ons should not start their services there."""
    return os.environ.get(IS_WORKER) == "1"


def command(program: Program, token: str) -> list[str]:
    """Return the command line of a worker.

    Args:
        program: the program.
        token: a text that the worker's first line repeats.
    """
    path, boot = str(program.path), str(BOOT)
    if program.kind == "python":
        # -P: the folder of boot.py has modules whose names are no concern of other modules.
        return [path, *program.arguments, "-P", boot, token]
    return [path, *program.arguments, "-b", "--python-exit-code", "1", "--python", boot, "--", token]


def environment(program: Program, gpu: int | None = None) -> dict[str, str]:
    """Return the environment of a worker.

    Args:
        program: the program.
        gpu: number of the one device that the worker sees; None: all. Cycles uses it where the preferences use the GPU.
    """
    devices: dict[str, str] = {}
    if gpu is not None:
        devices = dict.fromkeys(_GPU_VARIABLES, str(gpu)) | {"ONEAPI_DEVICE_SELECTOR": f"level_zero:{gpu}"}
    inherited = {name: value for name, value in os.environ.items() if name not in program.without}
    return {**inherited, "PYTHONUNBUFFERED": "1", **devices, **program.environment, IS_WORKER: "1"}


def start_process(program: Program, token: str, gpu: int | None, nice: int) -> subprocess.Popen[bytes]:
    """Start a worker in a session of its own: Ctrl-C in a terminal does not reach it, and all its children go with it.

    Python calls no code of ours between fork and exec: that may deadlock in a program with threads.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS if nice else 0
    process = subprocess.Popen(  # noqa: S603 - the user's own program
        command(program, token),
        env=environment(program, gpu),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=flags,
    )
    if sys.platform != "win32" and nice:
        with suppress(ProcessLookupError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + nice)
    return process


async def check_program(program: Program) -> tuple[int, ...]:
    """Return the version of a program that can be a worker.

    Raises:
        WorkerError: there is no such program, it is no Blender (or no Python with `bpy`), it is too old, or it does not
            answer. The message says what to give instead.
    """
    path = program.path
    if not path.is_file():
        raise WorkerError(f"blender={str(path)!r} is not a file; give the path of Blender's program")
    if sys.platform != "win32" and not os.access(path, os.X_OK):
        raise WorkerError(f"blender={str(path)!r} may not be executed; give the path of Blender's program")
    stamp = path.stat().st_mtime_ns
    ask = ("--version",) if program.kind == "blender" else ("-c", _ASK)
    arguments = (str(path), *program.arguments, *ask)
    return await asyncio.to_thread(_version, program.kind, arguments, stamp, tuple(program.environment.items()))


_ASK = "import sys, importlib.util as u; print('bpy', u.find_spec('bpy') is not None, *sys.version_info[:3])"


@cache
def _version(kind: str, arguments: Sequence[str], _stamp: int, variables: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Ask a program for its version. An answer is cached until the file changes; an error is not."""
    path, answer = arguments[0], _answer(arguments, dict(variables))
    return _version_of_blender(path, answer) if kind == "blender" else _version_of_python(path, answer)


def _version_of_blender(path: str, answer: str) -> tuple[int, ...]:
    match = re.search(r"^Blender (\d+)\.(\d+)(?:\.(\d+))?", answer, re.MULTILINE)
    if match is None:
        raise WorkerError(f"blender={path!r} is no Blender: --version answers {_quoted(answer)}")
    version = tuple(int(part or 0) for part in match.groups())
    if version < OLDEST:
        raise WorkerError(f"blender={path!r} is Blender {_dotted(version)}; workers need {_dotted(OLDEST)} or newer")
    return version


def _version_of_python(path: str, answer: str) -> tuple[int, ...]:
    match = re.search(r"^bpy (True|False) (\d+) (\d+) (\d+)$", answer, re.MULTILINE)
    if match is None:
        raise WorkerError(f"blender={path!r} is no Python: {_quoted(answer)}")
    version = tuple(map(int, match.groups()[1:]))
    if version < OLDEST_PYTHON:
        raise WorkerError(f"blender={path!r} is Python {_dotted(version)}, and is older than {_dotted(OLDEST_PYTHON)}")
    if match[1] != "True":
        raise WorkerError(f"blender={path!r} is Python {_dotted(version)}, and lacks the module bpy: pip install bpy")
    return version


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _answer(arguments: Sequence[str], variables: Mapping[str, str]) -> str:
    """Return the beginning of what a program prints. A program that goes on, or never ends, is killed."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own program
            arguments,
            env={**os.environ, **variables, IS_WORKER: "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=flags,
        )
    except OSError as error:
        raise WorkerError(f"blender={arguments[0]!r} cannot be started: {error.strerror or error}") from error
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        _kill_all(process)

    timer = threading.Timer(VERSION_TIMEOUT, end)
    timer.start()
    with process:
        assert process.stdout is not None
        answer = process.stdout.read(LONGEST_ANSWER)
        timer.cancel()
        _kill_all(process)
    if is_late.is_set():
        raise WorkerError(
            f"blender={arguments[0]!r} has not said its version in {VERSION_TIMEOUT:g} s; is it Blender's program?"
        )
    return answer.decode(errors="replace")


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that was not waited for, with its own children."""
    if sys.platform == "win32":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # PermissionError: on macOS, where only zombies are left
        os.killpg(process.pid, signal.SIGKILL)


def _quoted(answer: str) -> str:
    shown = printable(answer.strip())
    return repr(shown[:LONGEST_QUOTE] + ("…" if len(shown) > LONGEST_QUOTE else ""))
