"""The lines of the protocol: what fits comes back the same, what does not fit is refused in bounded time and memory."""

from __future__ import annotations

from typing import Any

import pytest

from async_render.pool.worker_process import protocol
from async_render.pool.worker_process.protocol import (
    LINE_LIMIT,
    ProtocolError,
    check_event,
    check_hello,
    check_order,
    decode,
    encode,
)

HELLO = {
    "async_render": protocol.VERSION,
    "token": "t",
    "version": "0.1.0",
    "blender": [5, 2, 2],
    "python": "3.13.0",
    "pid": 4,
}

ORDERS: list[dict[str, Any]] = [
    {"do": "load", "id": 1, "file": "/a/\udcff 渲染\n.blend", "key": "k", "folder": None, "use_scripts": False},
    {"do": "plan", "id": 2, "settings": {"samples": 4}, "resume": True},
    {"do": "frames", "id": 3, "settings": {}, "frames": "1-4"},
    {"do": "still", "id": 4, "settings": {}, "frame": 12.5, "write": True, "pixels": None},
    {
        "do": "bake",
        "id": 5,
        "type": "NORMAL",
        "properties": {"margin": 4, "size": [1, 2.5], "clear": True},
        "folder": "/f",
    },
    {"do": "mixdown", "id": 6, "filepath": "/a.wav", "properties": {}},
    {"do": "encode", "id": 7, "listing": "/frames.json", "settings": {}, "claims": True},
    {"do": "cancel", "id": 7},
    {"do": "quit"},
]

EVENTS: list[dict[str, Any]] = [
    {"event": "frame", "id": 1, "number": -3, "seconds": 0.5, "files": ["/a/\udcff\n1.png"], "skipped": False},
    {"event": "progress", "id": 1, "number": None, "fraction": 0.25},
    {"event": "warning", "id": 1, "message": "w"},
    {"event": "done", "id": 1, "result": {"anything": 1}},
    {"event": "failed", "id": 1, "error": {}},
    {"event": "alive", "still": 0.0},
]


@pytest.mark.parametrize("message", ORDERS, ids=lambda message: message["do"])
def test_an_order_comes_back_the_same(message: dict[str, Any]) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert check_order(decode(line)) == message


@pytest.mark.parametrize("message", EVENTS, ids=lambda message: message["event"])
def test_an_event_comes_back_the_same(message: dict[str, Any]) -> None:
    assert check_event(decode(encode(message))) == message


@pytest.mark.parametrize("message", [*ORDERS, *EVENTS], ids=lambda message: message.get("do", message.get("event")))
def test_each_field_is_checked(message: dict[str, Any]) -> None:
    check = check_order if "do" in message else check_event
    wrong: list[Any] = [[[]], 1 << 60, float("inf"), {"a": {"b": 1}}]
    for name in message:
        for value in wrong:
            if name in {"settings", "result", "error"} and isinstance(value, dict):
                continue  # wire.py checks these fields
            with pytest.raises(ProtocolError):
                check({**message, name: value})
        with pytest.raises(ProtocolError, match=r"lacks|is no message"):
            check({key: item for key, item in message.items() if key != name})
    with pytest.raises(ProtocolError, match="not known"):
        check({**message, "more": 1})


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null\n",
        b"[1]\n",
        b"{'a': 1}\n",
        b'{"a": NaN}\n',
        b'{"a": -Infinity}\n',
        b'{"a": ' + b"9" * 10_000 + b"}\n",
        b'{"a": "\xff\xfe"}\n',
        b'\xef\xbb\xbf{"a": 1}\n',
        b"[" * 500_000 + b"\n",
        b'{"a":' * 200_000 + b"\n",
        b'{"a": "' + b"x" * LINE_LIMIT + b'"}\n',
        b"Fra:1 Mem:20M | Rendering 1 / 64 samples\n",
    ],
    ids=lambda line: repr(line[:12]),
)
def test_a_line_that_is_no_object_of_json_is_refused_in_a_short_message(line: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(line)
    assert len(str(caught.value)) < 600


def test_a_number_that_is_too_large_for_a_float_is_refused_by_its_field() -> None:
    with pytest.raises(ProtocolError, match="still=inf"):
        check_event(decode(b'{"event": "alive", "still": 1e999}\n'))


@pytest.mark.parametrize("kind", ["os.system", "__init__", "encode", "quit ", "", None, 4, ["load"], {}])
def test_no_name_that_arrives_is_obeyed(kind: Any) -> None:
    with pytest.raises(ProtocolError, match="is no message"):
        check_order({"do": kind, "id": 1, "x": 1} if kind != "encode" else {"do": "ENCODE"})
    with pytest.raises(ProtocolError, match="is no message"):
        check_event({"event": kind})


def test_a_message_that_is_too_long_names_its_longest_field() -> None:
    message = {
        "do": "encode",
        "id": 1,
        "frames": [f"/out/{number:06}.png" for number in range(100_000)],
        "settings": {},
    }
    with pytest.raises(ProtocolError, match="its longest field is 'frames'"):
        encode(message)


def test_what_json_cannot_carry_is_refused() -> None:
    for value in (object(), float("nan"), {1, 2}, b"bytes"):
        with pytest.raises(ProtocolError, match="'bake' cannot be sent"):
            encode({"do": "bake", "properties": value})
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ProtocolError, match="cannot be sent"):
        encode({"do": "bake", "properties": nested})
    while nested:  # Python frees deep lists in a loop, one by one is as safe everywhere
        nested = nested[0]


def test_hello_of_this_protocol_is_taken_and_that_of_another_names_both_versions() -> None:
    assert check_hello(decode(encode(HELLO))) == {**HELLO, "blender": (5, 2, 2)}
    with pytest.raises(ProtocolError, match="speaks protocol 7, and this process 1"):
        check_hello({"async_render": 7, "whatever": []})
    for forged in ({}, {"async_render": "1"}, {**HELLO, "blender": [5, 2]}, {**HELLO, "token": 4}):
        with pytest.raises(ProtocolError):
            check_hello(forged)


def test_each_request_has_a_result() -> None:
    assert set(protocol.REQUESTS) == set(protocol.RESULTS)
    loaded = {"loaded": True, "seconds": 1, "missing": []}
    assert protocol.check_result("load", loaded) == {**loaded, "seconds": 1.0}
    with pytest.raises(ProtocolError, match="the result of 'load' lacks the field 'seconds'"):
        protocol.check_result("load", {"loaded": True})
