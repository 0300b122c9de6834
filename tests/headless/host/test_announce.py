"""The end of a long script, told by the operating system."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

import async_render as ar
from async_render.blender.host import announce


@pytest.fixture
def notify_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of that name that writes down what it is told."""
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/told\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return program


def test_the_program_is_told_the_message(notify_send: Path) -> None:
    command = announce._command("Async Render", "Shots finished after 2 min 3 s")
    assert command is not None
    ar.run(announce._notify(command, "Shots finished after 2 min 3 s"))
    told = notify_send.with_name("told").read_text()
    assert told == "--app-name=Blender|--icon=blender|--|Async Render|Shots finished after 2 min 3 s|"


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ("--hint=int:x:1 finished", "--hint=int:x:1 finished"),
        ("-h", "-h"),
        ("<img src='file:///a'/> & more", "&lt;img src='file:///a'/&gt; &amp; more"),
        (r"C:\new\101", r"C:\\new\\101"),
    ],
)
def test_a_name_is_no_option_and_no_markup(notify_send: Path, message: str, body: str) -> None:
    command = announce._command("Async Render", message)
    assert command is not None
    assert command[-3:] == ["--", "Async Render", body]


def test_a_desktop_that_shows_nothing_is_logged(notify_send: Path, caplog: pytest.LogCaptureFixture) -> None:
    notify_send.write_text("#!/bin/sh\nexit 1\n")
    with caplog.at_level(logging.WARNING, "async_render"):
        ar.run(announce._notify([str(notify_send)], "Shots finished"))
    assert "could not announce that Shots finished" in caplog.text


def test_without_the_program_there_is_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert announce._command("Async Render", "Shots finished") is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(9.6, "10 s"), (123.0, "2 min 3 s"), (3600 * 2 + 61, "2 h 1 min"), (59.7, "1 min 0 s")]
)
def test_durations_are_told_in_two_units(seconds: float, text: str) -> None:
    assert announce._duration(seconds) == text
