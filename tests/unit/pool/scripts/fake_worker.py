"""A worker without Blender, which behaves well or, by its first argument, in one of many wrong ways."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

TOKEN = sys.argv[-1]
VERSION = os.environ["FAKE_VERSION"]


def send(**message: Any) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


def hello(**changes: Any) -> None:
    message = {
        "async_render": 1,
        "token": TOKEN,
        "version": VERSION,
        "blender": [4, 2, 0],
        "python": "3.11.0",
        "pid": os.getpid(),
    }
    send(**{**message, **changes})


def alive() -> None:
    while True:
        send(event="alive", still=0.25)
        time.sleep(0.1)


def serve(answer: Callable[[dict[str, Any]], None]) -> None:
    """Answer requests until quit, or the end of the pipe."""
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "quit":
            return
        answer(order)


def live(answer: Callable[[dict[str, Any]], None]) -> None:
    threading.Thread(target=alive, daemon=True).start()
    serve(answer)


def done(order: dict[str, Any]) -> None:
    if order["do"] == "cancel":
        return
    send(event="warning", id=order["id"], message="a warning")
    send(event="progress", id=order["id"], number=4, fraction=0.5)
    send(event="done", id=order["id"], result={"loaded": True, "seconds": 0.5, "missing": []})


def stop_self(number: int) -> Callable[[dict[str, Any]], None]:
    return lambda _order: os.kill(os.getpid(), number)


def good() -> None:
    hello()
    live(done)


def noise_before_hello() -> None:
    print("Blender 4.2.0")
    print('{"async_render":1, "token": "of another", "version": "9"}')
    print('{"async_render": not JSON')
    print("x" * 3_000_000)
    print("no end of line", end="\n")
    sys.stdout.flush()
    good()


def prints_100_mb() -> None:
    hello()
    line = b"a line that Blender prints\n" * 4000
    for _ in range(1000):
        os.write(2, line)
    os.write(2, b"the last line")
    live(done)


def garbage(line: bytes) -> Callable[[], None]:
    def run() -> None:
        hello()
        os.write(1, line)
        time.sleep(600)

    return run


def refuses_to_end() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    hello()
    threading.Thread(target=alive, daemon=True).start()
    serve(done)
    time.sleep(600)


def ends_at(number: int) -> Callable[[], None]:
    def handler(*_: object) -> NoReturn:
        os._exit(40 + number)

    def run() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(number, handler)
        hello()
        threading.Thread(target=alive, daemon=True).start()
        for _ in sys.stdin:
            pass
        time.sleep(600)

    return run


def leaves_a_child() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    hello(pid=child.pid)
    live(done)


def stops_reading() -> None:
    hello()
    alive()


def answers(answer: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    def run() -> None:
        hello()
        live(answer)

    return run


def cancelled(order: dict[str, Any]) -> None:
    error: dict[str, Any] = {
        **dict.fromkeys(("name", "message", "traceback", "frames"), ""),
        **{name: [] for name in ("files", "damaged", "log")},
        **dict.fromkeys(("frame", "reason", "ended", "errno")),
        "values": {},
        "kind": "cancelled",
    }
    if order["do"] == "cancel" or "cancels_by_itself" in sys.argv:
        send(event="failed", id=order["id"], error=error)


def closes_its_stdout() -> None:
    hello()
    os.close(1)
    time.sleep(600)


def says(**changes: Any) -> Callable[[], None]:
    def run() -> None:
        hello(**changes)
        time.sleep(600)

    return run


def closes_its_stdin() -> None:
    os.close(0)
    hello()
    alive()


def exits(code: int) -> Callable[[], None]:
    def run() -> None:
        print("why it ends", file=sys.stderr)
        sys.exit(code)

    return run


WAYS: Mapping[str, Callable[[], None]] = {
    "good": good,
    "noise_before_hello": noise_before_hello,
    "prints_100_mb": prints_100_mb,
    "other_version": says(version="9.9.9"),
    "other_protocol": says(async_render=7),
    "other_token": says(token="of another"),
    "bad_hello": says(blender="4.2"),
    "never_says_hello": lambda: time.sleep(600),
    "exits_at_once": exits(3),
    "garbage": garbage(b"Fra:1 Mem:20M\n"),
    "long_line": garbage(b"x" * 3_000_000),
    "deep_line": garbage(b"[" * 500_000 + b"\n"),
    "unknown_event": garbage(b'{"event": "os.system"}\n'),
    "second_hello": garbage(b'{"async_render": 1}\n'),
    "no_number": garbage(b'{"event": "alive", "still": 1e999}\n'),
    "silent": says(),
    "closes_its_stdout": closes_its_stdout,
    "closes_its_stdin": closes_its_stdin,
    "dies_by_SIGKILL": answers(stop_self(signal.SIGKILL)),
    "dies_by_SIGSEGV": answers(stop_self(signal.SIGSEGV)),
    "stops_itself": answers(stop_self(signal.SIGSTOP)),
    "exits_in_a_request": answers(lambda _order: os._exit(139)),
    "wrong_result": answers(lambda order: send(event="done", id=order["id"], result={"loaded": 4})),
    "never_answers": answers(lambda _order: None),
    "cancels": answers(cancelled),
    "cancels_by_itself": answers(cancelled),
    "refuses_to_end": refuses_to_end,
    "ends_at_SIGINT": ends_at(signal.SIGINT),
    "ends_at_SIGTERM": ends_at(signal.SIGTERM),
    "leaves_a_child": leaves_a_child,
    "stops_reading": stops_reading,
}

if __name__ == "__main__":
    WAYS[sys.argv[1]]()
