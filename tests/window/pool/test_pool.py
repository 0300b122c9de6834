"""A pool of workers beside a living window, and in `blender -b`."""

from __future__ import annotations

from pathlib import Path

from async_render.output.integrity import find_damage

from ...support.window.blenders import ROOT, Blender
from ...support.window.panels import click_cross, open_panel, wait_for_redraw
from ...support.window.window import Window, run_blender
from ...support.workers import seconds_until_gone

SCRIPTS = Path(__file__).with_name("scripts")


def open_pool(window: Window) -> list[int]:
    """Open a pool of two workers, and wait until both are there."""
    window.run_file(SCRIPTS / "pool_of_two.py")
    window.exec("serving = ar.create_task(serve())")
    pids: list[int] = window.wait_until("all(pids()) and pids()")
    assert len(pids) == 2
    return pids


def test_workers_render_while_the_window_lives_and_the_panel_shows_them(window: Window) -> None:
    open_panel(window)
    pids = open_pool(window)
    out = window.folder / "out"
    window.exec(f"ar.run(render({str(out)!r}))")
    result = window.wait_until("results and (list(results[0].frames), list(map(str, results[0].files)))")
    assert result == [list(range(1, 13)), [f"{out}/{frame:04}.png" for frame in range(1, 13)]]
    assert [find_damage(Path(file)) for file in result[1]] == [None] * 12
    window.exec(f"ar.run(endless({str(out / 'endless')!r}), name='endless.py')")
    window.wait_until("states() == ['busy', 'busy'] and list(activities)[-1].frame is not None")
    before = window.eval("len(turns)")
    window.wait_until(f"len(turns) > {before} + 50")
    wait_for_redraw(window)
    window.display.screenshot(window.folder / "pool.png")
    job = window.eval(
        "(list(activities)[-1].state.name, list(activities)[-1].frames_total, str(list(activities)[-1].folder))"
    )
    assert job == ["RUNNING", 12, str(out / "endless")]
    click_cross(window, 3)
    window.wait_until("list(activities)[-1].state.name == 'CANCELLED'")
    assert window.eval("states()") == ["idle", "idle"]
    assert window.eval("pids()") == pids
    assert not list((out / "endless").iterdir())
    assert window.quit() == 0
    seconds_until_gone(pids)


def test_the_example_renders_in_a_blender_without_a_window(blender: Blender, home: Path, tmp_path: Path) -> None:
    for script in (SCRIPTS / "save_segments.py", ROOT / "examples" / "parallel_segments.py"):
        file = [tmp_path / "shot.blend"] if (tmp_path / "shot.blend").exists() else []
        arguments = ("--python-exit-code", "1", "--python", script, "--", tmp_path / "shot.blend")
        ended = run_blender(blender.command, home, "-b", *file, *arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    pictures = sorted(picture.relative_to(tmp_path).as_posix() for picture in tmp_path.rglob("*.png"))
    assert pictures == [
        f"out/{name}/{frame:04}.png"
        for name, first in (("Chase", 4), ("Intro", 1))
        for frame in range(first, first + 3)
    ]
