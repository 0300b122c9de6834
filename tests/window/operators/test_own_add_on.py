"""The problem as it was first asked: an operator of one's own that renders several parts, in order."""

from __future__ import annotations

import re
from pathlib import Path

from ...support.pictures import open_picture
from ...support.window.blenders import ROOT
from ...support.window.scenes import assert_state_is_back, make_segments_file, remember_state, wait_for_idle
from ...support.window.window import Window


def test_the_operator_of_the_readme_renders_its_parts(window: Window) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    (code,) = [block for block in blocks if "def register" in block]
    make_segments_file(window)
    window.run_file(Path(__file__).with_name("scripts") / "two_cameras.py")
    remember_state(window)
    few_frames = code.replace("frame_end=48", "frame_end=2").replace(
        "frame_start=49, frame_end=90", "frame_start=11, frame_end=12"
    )
    window.exec(few_frames)
    window.exec("register()")
    assert window.eval("bpy.ops.render.parts()") == "{'FINISHED'}"
    wait_for_idle(window)
    out = window.folder
    pictures = sorted(out.glob("*/*.png"), key=lambda file: file.stat().st_mtime_ns)
    in_order = ["wide/0001.png", "wide/0002.png", "close/0011.png", "close/0012.png"]
    assert [str(file.relative_to(out)) for file in pictures] == in_order
    assert {open_picture(file).size for file in pictures} == {(16, 9)}
    assert_state_is_back(window)
    window.exec("bpy.ops.render.parts(); (task,) = tasks; unregister()")
    window.wait_until("task.cancelled()")
    wait_for_idle(window)
    assert window.quit() == 0
