"""Pictures encoded as one movie while the window lives."""

from __future__ import annotations

from pathlib import Path

from ...support.window.scenes import make_segments_file
from ...support.window.window import Window

SCRIPTS = Path(__file__).with_name("scripts")


def test_a_movie_is_encoded_while_the_window_lives(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "encode_film.py")
    before = window.eval("facts()")
    window.exec("ar.run(noted(film()))")
    window.wait_until("'end' in log", timeout=120)
    assert window.eval("log") == ["film_0003-0005.mkv", "end"]
    assert window.eval("turns") > 0, "the window has turned meanwhile"
    assert (window.folder / "film_0003-0005.mkv").stat().st_size > 0
    assert window.eval("facts()") == before
