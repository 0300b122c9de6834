"""A window that tests share is given back as it was, or a new one is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.window import shared as module
from ..support.window.shared import SharedWindow, reset
from ..support.window.window import WindowError

LEAVE_A_HANDLER = """
@bpy.app.handlers.persistent
def stays(*_): pass
bpy.app.handlers.frame_change_post.append(stays)
"""

LEAVE_A_TIMER = """
def ticks_on(): return 5.0
bpy.app.timers.register(ticks_on, persistent=True)
"""

CHANGES = (
    "bpy.context.scene.frame_end = 7",
    "bpy.context.preferences.view.ui_scale = 2.0",
    "import async_render as ar, asyncio; task = ar.run(asyncio.sleep(300))",
)

DISABLE = "bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')"


def test_what_a_test_leaves_is_named_and_the_next_one_has_another_window(
    shared: SharedWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shared.begin("a test", tmp_path)
    first.exec(LEAVE_A_TIMER)
    assert "agent.ticks_on" in first.eval("clean_window.start.work()")
    first.exec("bpy.app.timers.unregister(ticks_on)")
    for change in CHANGES:
        first.exec(change)
    changed = first.eval("clean_window.start.changed()")
    assert [changed[name] for name in ("scene.frame_end", "view.ui_scale")] == [[250, 7], [1.0, 2.0]]
    assert changed["activities"] == [[], ["sleep"]]
    assert any(name.endswith("host._turn") for name in first.eval("clean_window.start.work()"))
    first.exec(DISABLE)
    shared.end(has_failed=False)
    assert shared.begin("a test", tmp_path) is first
    assert first.eval("(bpy.context.scene.frame_end, bpy.context.preferences.view.ui_scale)") == [250, 1.0]
    assert first.eval("('task' in globals(), hasattr(bpy.ops.async_render, 'run_script'))") == [False, True]

    first.exec(LEAVE_A_HANDLER)
    reset(first)  # the handler is all that is left
    monkeypatch.setattr(module, "LIMIT", 3.0)
    with pytest.raises(WindowError, match=r"the test has left in its window: .*'handlers'.* stays "):
        shared.end(has_failed=False)
    assert first.process.poll() is not None
    monkeypatch.undo()
    assert shared.begin("a test", tmp_path) is not first
    shared.end(has_failed=True)
