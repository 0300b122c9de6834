"""Settings, results and exceptions that go over the wire and come back the same; forged ones are refused."""

from __future__ import annotations

import asyncio
import json
from array import array
from pathlib import Path
from typing import Any

import pytest

from async_render.render.errors import OperatorError, OutputError, RenderCancelled, RenderError, WorkerError
from async_render.render.frames import frames_text
from async_render.render.result import Pixels, RenderResult, StillResult, StillWithPixels
from async_render.render.settings import FIELDS, RenderSettings
from async_render.work.shapes import WireError
from async_render.work.wire import (
    error_from_wire,
    error_to_wire,
    frames_from_text,
    result_from_wire,
    result_to_wire,
    settings_from_wire,
    settings_to_wire,
)

NOT_UTF8 = "/out/\udcff\udcfe ü 渲染 \n"
"""A path with bytes that are not UTF-8."""


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value, allow_nan=False))


def test_settings_come_back_the_same() -> None:
    settings = RenderSettings(
        scene="Film",
        view_layers=("A", "B"),
        frames="1-10, ^4",
        filepath=NOT_UTF8,
        border=(0.0, 0.25, 0.5, 1.0),
        samples=16,
        film_transparent=False,
        overrides={"cycles.max_bounces": 4, "world.color": (0.5, 0.25, 1.0)},
    )
    assert settings_from_wire(through_json(settings_to_wire(settings))) == settings
    assert settings_from_wire(through_json(settings_to_wire(RenderSettings()))) == RenderSettings()


def test_a_row_of_frames_becomes_a_text_of_the_same_frames() -> None:
    sent = settings_to_wire(RenderSettings(frames=(-5, -4, -3, 7, 10, 20, 30)))
    assert sent == {"frames": "-5--3, 7, 10, 20, 30"}
    assert tuple(frames_from_text(sent["frames"])) == (-5, -4, -3, 7, 10, 20, 30)
    assert len(settings_to_wire(RenderSettings(frames=range(1_000_000)))["frames"]) < 20
    assert frames_text(()) == ""
    assert tuple(frames_from_text("")) == ()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "{}",
        {"smples": 4},
        {"samples": "4"},
        {"samples": 10**30},
        {"frames": [1, "2"]},
        {"border": [0, 1]},
        {"overrides": {"a": {"b": 1}}},
        {"overrides": {"a": [[1]]}},
        {"__class__": "os.system"},
    ],
)
def test_forged_settings_are_refused(value: Any) -> None:
    with pytest.raises(WireError):
        settings_from_wire(value)


RESULT = RenderResult(
    frames=(1, 2, 3, 9),
    files=(Path("/out/1.png"), Path(NOT_UTF8)),
    seconds=1.5,
    frame_seconds={1: 0.5, 2: 1.0},
    skipped=(4, 6),
    warnings=("drivers were blocked",),
    frame_files={4: (Path("/out/4_L.png"), Path("/out/4_R.png"))},
)


@pytest.mark.parametrize(
    "result",
    [
        RESULT,
        RenderResult((), (), 0.0),
        StillResult((12,), (), 0.25, subframe=0.5),
        StillWithPixels((12,), (), 0.25, pixels=Pixels(2, 1, array("f", [0.5] * 8))),
    ],
)
def test_results_come_back_the_same(result: RenderResult) -> None:
    pixels = result.pixels.values if isinstance(result, StillWithPixels) else None
    back = result_from_wire(through_json(result_to_wire(result)), pixels)
    assert type(back) is type(result)
    assert (back, back.frame_seconds, back.frame_files) == (result, result.frame_seconds, result.frame_files)


@pytest.mark.parametrize("field", list(result_to_wire(RESULT)))
def test_each_field_of_a_result_is_checked(field: str) -> None:
    for value in ("nonsense", [None], {"a": 1}, [[1, 2, 3]], True, 1 << 60):
        with pytest.raises(WireError):
            result_from_wire({**result_to_wire(RESULT), field: value})


def test_pixels_have_the_size_that_was_said() -> None:
    sent = {**result_to_wire(StillResult((1,), (), 0.5)), "size": [1 << 40, 1 << 40]}
    with pytest.raises(WireError, match=r"needs .* values; there are 4 values"):
        result_from_wire(sent, array("f", [0.0] * 4))
    with pytest.raises(WireError, match="there are no values"):
        result_from_wire(sent)


MORE: dict[str, Any] = {"frames": (1, 2), "files": (Path("/out/1.png"), Path(NOT_UTF8)), "frame": 3}

ERRORS: list[Exception] = [
    RenderError("no camera", **MORE),
    RenderCancelled("by the user", reason="ESC", **MORE),
    OutputError("damaged", damaged={Path(NOT_UTF8): "empty"}, **MORE),
    OperatorError("cannot run", **MORE),
    WorkerError("died", ended="signal SIGSEGV", log=("a", "b"), **MORE),
    ValueError("samples=0"),
    TypeError("no field"),
    ImportError("No module named 'x'"),
    MemoryError("too big"),
    NotImplementedError("not yet"),
    OSError("no number"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_exceptions_come_back_the_same(error: Exception) -> None:
    back = error_from_wire(through_json(error_to_wire(error)))
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert {**vars(back), "__notes__": None} == {**vars(error), "__notes__": None}
    assert any(note.startswith("In the worker:") for note in back.__notes__)


def test_an_error_of_the_system_has_its_number_and_its_file() -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Path("/no/such/file").read_text()
    back = error_from_wire(through_json(error_to_wire(caught.value)))
    assert isinstance(back, FileNotFoundError)
    assert (back.errno, back.filename) == (2, "/no/such/file")


class TheirError(LookupError):
    """An exception of a user's."""


class TheirRenderError(RenderError):
    """An exception of a user's."""


def test_a_class_that_is_not_in_the_table_becomes_a_worker_error_or_its_known_base() -> None:
    back = error_from_wire(through_json(error_to_wire(TheirError("lost"))))
    assert isinstance(back, WorkerError)
    assert str(back) == "TheirError: lost"
    assert type(error_from_wire(through_json(error_to_wire(TheirRenderError("lost", frame=4))))) is RenderError
    assert isinstance(error_from_wire(through_json(error_to_wire(asyncio.CancelledError()))), asyncio.CancelledError)


class WithoutTextError(ValueError):
    def __str__(self) -> str:
        raise KeyError("no text")

    __repr__ = __str__


def test_an_exception_that_cannot_say_its_text_goes_over_the_wire() -> None:
    back = error_from_wire(through_json(error_to_wire(WithoutTextError())))
    assert (type(back), str(back)) == (ValueError, "<WithoutTextError without a text>")


def test_a_long_message_is_shortened_and_files_may_be_left_out() -> None:
    error = RenderError("m" * 10_000_000, files=[Path(f"/out/{number}.png") for number in range(100_000)])
    assert len(json.dumps(error_to_wire(error, with_files=False))) < 100_000


@pytest.mark.parametrize(
    "kind", ["SystemExit", "KeyboardInterrupt", "os.system", "__import__", "Exception", "", "eval"]
)
def test_no_name_that_arrives_is_obeyed(kind: str) -> None:
    back = error_from_wire({**error_to_wire(RenderError("m")), "kind": kind})
    assert type(back) is WorkerError


@pytest.mark.parametrize("field", list(error_to_wire(RenderError("m"))))
def test_each_field_of_an_error_is_checked(field: str) -> None:
    wrong: list[Any] = [{"a": {}}, 1.5, [None], [["a", 1]], 1 << 60]
    for value in wrong:
        with pytest.raises(WireError):
            error_from_wire({**error_to_wire(RenderError("m")), field: value})


def test_fields_that_are_missing_or_unknown_are_named() -> None:
    sent = error_to_wire(RenderError("m"))
    with pytest.raises(WireError, match="lacks the field 'log'"):
        error_from_wire({name: value for name, value in sent.items() if name != "log"})
    with pytest.raises(WireError, match="'mesage', which is not known; near to it: 'message'"):
        error_from_wire({**sent, "mesage": ""})
    with pytest.raises(WireError, match="reason='NONE' is not one of ESC"):
        error_from_wire({**sent, "kind": "RenderCancelled", "reason": "NONE"})


def test_every_field_of_settings_goes_over_the_wire() -> None:
    samples: dict[str, Any] = {
        **dict.fromkeys(FIELDS, "A"),
        **{name: 5 for name in FIELDS if name.startswith(("frame_", "resolution_")) or name in {"samples", "quality"}},
        **{name: True for name in FIELDS if name.startswith("use_")},
        "film_transparent": True,
        "compression": 5,
        "view_layers": ("A",),
        "border": (0.0, 0.0, 1.0, 1.0),
        "overrides": {"a": 1.5},
        "render_display_type": "NONE",
    }
    del samples["frames"]
    settings = RenderSettings(**samples)
    assert settings_from_wire(through_json(settings_to_wire(settings))) == settings
