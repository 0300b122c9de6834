"""A pool of Blender's window: its workers end with the add-on, and with Blender."""

from __future__ import annotations

from pathlib import Path

from ...support.window.window import NAME, Window
from ...support.workers import seconds_until_gone

SCRIPT = Path(__file__).parent / "scripts" / "endless.py"


def begin(window: Window) -> list[int]:
    """Let a pool render, and return the numbers of its processes."""
    window.exec(f"bpy.app.driver_namespace['out'] = {str(window.folder / 'out')!r}")
    window.run_file(SCRIPT)
    window.wait_until("are_rendering()")
    workers: list[int] = window.eval("[worker.pid for worker in pool.workers]")
    return workers


def test_no_worker_and_no_half_frame_outlives_the_add_on_or_blender(window: Window) -> None:
    workers = begin(window)
    window.exec(f"import addon_utils; addon_utils.disable({NAME!r})")
    seconds_until_gone(workers)
    window.wait_until("task.done()")
    assert list((window.folder / "out").iterdir()) == []
    window.exec(f"addon_utils.enable({NAME!r})")
    workers = begin(window)
    assert window.quit() == 0
    seconds_until_gone(workers)
    assert list((window.folder / "out").iterdir()) == []
