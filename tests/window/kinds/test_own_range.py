"""Drivers and handlers that read the range of the scene, while a window renders some of its frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.pictures import open_picture
from ...support.window.blenders import ROOT
from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state
from ...support.window.window import Window

pytestmark = pytest.mark.shared_window

DRIVEN = ROOT / "tests" / "support" / "driven_range.py"
SCRIPTS = Path(__file__).with_name("scripts")


def test_some_frames_are_those_of_the_whole_scene(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(DRIVEN)
    window.run_file(SCRIPTS / "driven_range.py")
    window.exec("drive(bpy.context.scene)")
    window.exec("bpy.context.scene.render.filepath = '//whole/'")
    window.exec("bpy.ops.render.render(animation=True)")
    remember_state(window)
    window.exec("ar.run(noted(render_parts()))")
    window.wait_until("'end' in log", timeout=120)
    files, seen = window.eval("log[0]")
    assert [tuple(item) for item in seen] == [(2, 12, 1)]
    assert files == ["0003.png", "0005.png", "0009.png", "0004.png", "0006.png", "0008.png", "still.png"]
    assert_state_is_back(window)
    whole = window.folder / "whole"
    parts = [(file, whole / file.name) for part in ("some", "steps") for file in (window.folder / part).iterdir()]
    assert len(parts) == 6
    for part, reference in [*parts, (window.folder / "still.png", whole / "0007.png")]:
        assert open_picture(part).tobytes() == open_picture(reference).tobytes(), part
