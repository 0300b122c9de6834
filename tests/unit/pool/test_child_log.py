"""The log of a worker: bounded, and its last lines are at hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from async_render.pool.worker_process import child_log
from async_render.pool.worker_process.child_log import LINES_KEPT, LONGEST_LINE, ChildLog

from ...support.disks import mounted


def test_the_last_lines_are_whole_however_they_arrive(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "a.log")
    for part in (b"one\ntw", b"o", b"\n\n  \nthr", b"ee\nfo", b"ur"):
        log.write(part)
    log.close()
    assert log.last_lines() == ("one", "two", "three", "four")
    assert log.last_lines(2) == ("three", "four")
    assert (tmp_path / "a.log").read_bytes() == b"one\ntwo\n\n  \nthree\nfour"


def test_many_and_long_lines_take_bounded_memory(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "a.log")
    log.write(b"x" * 1_000_000)
    log.write(b"".join(b"line %d\n" % number for number in range(100_000)))
    log.write(b"y" * 1_000_000 + b"\nend")
    log.close()
    lines = log.last_lines(1000)
    assert len(lines) <= LINES_KEPT + 1
    assert lines[-3:] == ("line 99999", "y" * LONGEST_LINE, "end")


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "a.log")
    log.write(b"a\x1b[2Jb\xff\r\n")
    log.close()
    assert log.last_lines() == ("a\\x1b[2Jb\N{REPLACEMENT CHARACTER}",)


def test_a_full_file_becomes_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_log, "FILE_LIMIT", 100)
    log = ChildLog(tmp_path / "a.log")
    for number in range(1000):
        log.write(b"line %03d\n" % number)
    log.close()
    before, now = (tmp_path / "a.log.1").read_bytes(), (tmp_path / "a.log").read_bytes()
    assert (before + now).endswith(b"line 999\n")
    assert 90 < len(before) <= 100
    assert len(now) <= 100
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.log", "a.log.1"]


def test_a_full_disk_ends_the_file_and_not_the_worker(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mounted(tmp_path / "disk", options=b"size=1m") as disk:
        log = ChildLog(disk / "a.log")
        for _ in range(100):
            log.write(b"x" * 100_000 + b"\n")
        log.write(b"the last line\n")
        log.close()
        log.write(b"after the end\n")
    assert log.last_lines(2) == ("the last line", "after the end")
    assert len([record for record in caplog.records if "cannot be written any more" in record.message]) == 1


def test_a_log_that_cannot_be_opened_ends_no_worker(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A program has removed the folder, or the disk is full."""
    log = ChildLog(tmp_path / "gone" / "a.log")
    log.write(b"the last line\n")
    log.close()
    assert log.last_lines() == ("the last line",)
    assert caplog.messages == [f"the log {log.file} cannot be written: No such file or directory"]


def test_a_full_log_whose_folder_is_gone_ends_the_file_and_not_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(child_log, "FILE_LIMIT", 100)
    (tmp_path / "logs").mkdir()
    log = ChildLog(tmp_path / "logs" / "a.log")
    shutil.rmtree(tmp_path / "logs")
    for number in range(100):
        log.write(b"line %03d\n" % number)
    log.close()
    assert log.last_lines(1) == ("line 099",)
    assert [message for message in caplog.messages if "cannot be written any more" in message] == caplog.messages
    assert len(caplog.messages) == 1


def test_the_log_of_a_process_that_has_died_stays_for_the_next_one(tmp_path: Path) -> None:
    for said in (b"the first\n", b"the second\n"):
        log = ChildLog(tmp_path / "a.log")
        log.write(said)
        log.close()
    assert (tmp_path / "a.log").read_bytes() == b"the first\nthe second\n"
    assert log.last_lines() == ("the second",)
