"""The threads of one worker in the parent: they read, write and wait, so that no loop and no main thread has to.

asyncio's own child processes need the main thread on POSIX up to Python 3.11, and a Proactor loop on Windows. Threads
work under each loop, Blender's too, and on any thread. Each of them blocks in one call of the system, and ends when the
process does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from .child_log import ChildLog
from .protocol import LINE_LIMIT, ProtocolError, decode

CHUNK = 1 << 16
"""Bytes that are read at once: a pipe of Linux holds as many."""

DRAIN_TIMEOUT = 2.0
"""Seconds that the readers have after the process has ended. What it wrote last is read in a moment, unless one of its
own children holds the pipe open."""

HELLO_BEGINS = b'{"async_render":'
"""The beginning of the worker's first line. Whatever is printed before goes to the log."""


class Pipes:
    """A process, with the threads that serve it.

    Attributes:
        process: the process.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        log: ChildLog,
        token: str,
        *,
        received: Callable[[Sequence[dict[str, Any]]], None],
        broken: Callable[[str], None],
        ended: Callable[[int | None], None],
    ) -> None:
        """Start the threads. They call these functions, on their own threads.

        Args:
            process: the process, with three pipes.
            log: the log.
            token: the text that the first line has.
            received: is called with objects that have arrived; the first one is the first line.
            broken: is called once when something does not fit the protocol, with the reason.
            ended: is called once when the process is gone and its last lines are read, with its exit code; None: not
                known.
        """
        self.process = process
        self._log = log
        self._token = token
        self._received, self._broken, self._ended = received, broken, ended
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._reaping = threading.Lock()
        self._is_dead = threading.Event()
        self._readers = [self._start(self._read_events), self._start(self._read_log)]
        self._start(self._write)
        self._start(self._wait)

    def write(self, line: bytes) -> None:
        """Send a line, without waiting until the worker has read it."""
        self._lines.put(line)

    def close_stdin(self) -> None:
        """Close the worker's stdin after the last line. A worker ends when it reads that."""
        self._lines.put(None)

    def signal(self, number: int) -> None:
        """Send a signal to the worker alone, unless it is gone."""
        with self._reaping:
            if self.process.returncode is None:
                self._send(number)

    def kill(self) -> None:
        """Kill the worker with all its own children, unless they are gone."""
        with self._reaping:
            if self.process.returncode is None:
                self._kill_group()

    def _kill_group(self) -> None:
        if sys.platform == "win32":
            self.process.kill()
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # PermissionError: on macOS, where only zombies are left
            self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        """Send a signal to the process. `Popen.send_signal` would also reap it, and `_wait_until_dead` wait in vain."""
        if sys.platform == "win32":
            self.process.send_signal(number)
            return
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    def _start(self, target: Callable[[], None]) -> threading.Thread:
        name = f"async_render {target.__name__.strip('_')} {self.process.pid}"
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        return thread

    def _write(self) -> None:
        assert self.process.stdin is not None
        pipe = self.process.stdin
        if sys.platform != "win32":  # Blender 4.3 ends by SIGPIPE; a blocked one is an error of the write
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        try:
            while (line := self._lines.get()) is not None:
                pipe.write(line)
                pipe.flush()
        except OSError:  # the worker is gone, and `_wait` says how it ended
            self._lines.put(None)
        try:
            pipe.close()
        except OSError:  # a part of a line could not be written
            self._lines.put(None)

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as pipe:
            while data := os.read(pipe.fileno(), CHUNK):
                self._log.write(data)

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            try:
                self._read_lines(pipe.fileno())
            except ProtocolError as error:
                self._broken(str(error))
                while os.read(pipe.fileno(), CHUNK):  # so that the worker does not block until it is killed
                    pass
                return
        if not self._is_dead.wait(DRAIN_TIMEOUT):
            self._broken("it has closed its stdout, and lives")

    def _read_lines(self, descriptor: int) -> None:
        rest, is_known = b"", False
        while data := os.read(descriptor, CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            messages = []
            for line in lines:
                if is_known:
                    messages.append(decode(line))
                elif (message := self._hello(line)) is not None:
                    is_known = True
                    messages.append(message)
                else:
                    self._log.write(line + b"\n")
            if messages:
                self._received(messages)
            if len(rest) > LINE_LIMIT:
                if is_known:
                    raise ProtocolError(f"a line has more than {LINE_LIMIT:,} bytes: {rest[:100]!r}…")
                self._log.write(rest)
                rest = b""
        if rest and is_known:
            raise ProtocolError(f"the last line {rest[:100]!r} has no end")
        self._log.write(rest)

    def _hello(self, line: bytes) -> dict[str, Any] | None:
        """Return the worker's first line; None: the line is of others."""
        if not line.startswith(HELLO_BEGINS):
            return None
        try:
            message = decode(line)
        except ProtocolError:
            return None
        return message if message.get("token") == self._token else None

    def _wait(self) -> None:
        is_ours = self._wait_until_dead()
        self._is_dead.set()
        with self._reaping:
            if is_ours:
                self._kill_group_of_dead()
            code = self.process.wait()
        self._lines.put(None)
        for reader in self._readers:
            reader.join(DRAIN_TIMEOUT)
        self._log.close()
        self._ended(code if is_ours else None)

    def _wait_until_dead(self) -> bool:
        """Wait until the process is dead, but keep its number: a zombie's number is given to no other process.

        Return whether the number is kept. Where other code waits for all children of this process, or ignores SIGCHLD,
        the number and the exit code are gone.
        """
        if sys.platform != "win32" and hasattr(os, "waitid"):
            try:
                os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            except ChildProcessError:
                return False
        else:  # Windows, and Python's macOS
            self.process.wait()
        return True

    def _kill_group_of_dead(self) -> None:
        """Kill what the worker has left running. A worker starts no services, and nothing may outlive it."""
        if sys.platform != "win32" and hasattr(os, "waitid"):
            self._kill_group()
