"""What is kept of a script's output."""

from __future__ import annotations

import threading

from async_render.render.printed_lines import CHARACTERS, LINES, LONGEST_LINE, PrintedLines


def test_pieces_become_lines() -> None:
    printed = PrintedLines()
    assert not printed
    for piece in ("a", "b\nc", "", "d\n", "\n", "e"):
        printed.write(piece)
    assert (printed.text(), bool(printed), printed.dropped) == ("ab\ncd\n\ne\n", True, 0)


def test_the_last_lines_are_kept() -> None:
    printed = PrintedLines()
    for number in range(LINES + 5):
        printed.write(f"{number}\n")
    lines = printed.text().splitlines()
    assert (lines[0], lines[-1], len(lines), printed.dropped) == ("5", str(LINES + 4), LINES, 5)


def test_long_lines_are_bounded_too() -> None:
    printed = PrintedLines()
    for _ in range(50):
        printed.write("x" * (LONGEST_LINE * 2 + 1) + "\n")
    assert CHARACTERS - 3 * LONGEST_LINE < len(printed.text()) <= CHARACTERS + LINES
    assert max(map(len, printed.text().splitlines())) == LONGEST_LINE


def test_a_progress_bar_without_line_ends_is_bounded() -> None:
    printed = PrintedLines()
    for number in range(20_000):
        printed.write(f"\r{number:20} of 20000 frames")
    assert len(printed.text()) <= CHARACTERS + LINES
    assert printed.text().endswith("19999 of 20000 frames\n")


def test_threads_may_write() -> None:
    printed = PrintedLines()

    def write() -> None:
        for _ in range(100):
            printed.write("ab\n")

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert printed.text() == "ab\n" * 500
