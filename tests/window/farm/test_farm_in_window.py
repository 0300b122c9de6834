"""Farms of Blender's window, where both extensions are installed from their ZIPs."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from async_render.output.integrity import find_damage

from ...support.dask_cluster import DaskCluster, children_of
from ...support.processes import addresses_listened_on, run_script, wait_until
from ...support.window.blenders import Blender, find_blenders
from ...support.window.panels import click_cross, click_selected, open_panel, select, wait_for_redraw
from ...support.window.scenes import choose_in_text_menu, open_text, turns_a_second
from ...support.window.window import Open, Window, install_extension
from ...support.workers import seconds_until_gone

TEXT = Path(__file__).with_name("texts") / "on_two_farms.py"

SCRIPTS = Path(__file__).with_name("scripts")

LOOPBACK = "0100007F"
"""127.0.0.1, as Linux writes it."""

NOT_4_3 = [blender for blender in find_blenders() if blender.name != "trixie"]
"""The window of one Blender is enough: `.ci/run extension` has Dask in both."""


@pytest.fixture
def cluster(blender: Blender, tmp_path: Path) -> Iterator[DaskCluster]:
    """A scheduler, and a worker whose Blender is the window's."""
    (folder := tmp_path / "cluster").mkdir()
    program = folder / "blender"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(blender.command or ())} "$@"\n')
    program.chmod(0o755)
    cluster = DaskCluster(folder)
    cluster.add_worker(environment={"ASYNC_RENDER_BLENDER": str(program), "BLENDER_HOME": str(folder)})
    yield cluster
    cluster.close()


@pytest.fixture
def window(
    cluster: DaskCluster, blender: Blender, profile: Path, farm_extension: Path, open_window: Open, tmp_path: Path
) -> Window:
    """The window of a user who has both extensions, and a web browser that writes the address into a file."""
    home = Path(shutil.copytree(profile, tmp_path / "home"))
    install_extension(blender.command, home, farm_extension)
    (browser := tmp_path / "browser").write_text(f'#!/bin/sh\necho "$1" >"{tmp_path}/address"\n')
    browser.chmod(0o755)
    window = open_window(home=home)
    window.exec(f"import os; os.environ['BROWSER'] = {str(browser)!r}")
    return window


@pytest.mark.parametrize("blender", NOT_4_3, indirect=True, ids=lambda blender: blender.name)
def test_a_script_renders_on_its_own_cluster_and_by_a_scheduler(
    window: Window, cluster: DaskCluster, tmp_path: Path
) -> None:
    window.run_file(SCRIPTS / "small_scene.py")
    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={str(window.folder / 'shot.blend')!r})")
    window.exec(f"names = bpy.app.driver_namespace; names['scheduler'] = {cluster.address!r}")
    open_panel(window)
    open_text(window, TEXT)
    window.exec("bpy.app.timers.register(measure_ticks)")
    choose_in_text_menu(window)
    window.wait_until("'results' in names")
    turns = turns_a_second(window)
    print(f"the window turned {turns:.0f} times a second")
    assert turns >= 20
    assert window.eval("[list(result.frames) for result in names['results']]") == [[1, 2, 3, 4]] * 2
    pictures = [window.folder / name / f"{frame:04}.png" for name in ("own", "other") for frame in range(1, 5)]
    assert [find_damage(picture) for picture in pictures] == [None] * 8

    window.wait_until("states('other') == ['busy'] and list(activities)[-1].frame is not None")
    wait_for_redraw(window)
    select(window, 2)
    window.settle()
    window.display.screenshot(window.folder / "farm.png")
    assert window.eval("[activity.message for activity in activities if activity.dashboard]") == ["× 1"]
    click_selected(window, 6, "dashboard")
    wait_until(lambda: (tmp_path / "address").exists() and bool((tmp_path / "address").read_text()))
    assert (tmp_path / "address").read_text().strip() == window.eval("names['farms']['other'].dashboard")
    others = children_of(cluster.workers[0].pid)
    click_cross(window, 3)
    window.wait_until("'busy' in states('own')")
    assert window.eval("states('other')") == ["idle"]
    assert not list((window.folder / "cancelled").iterdir())

    pids = children_of(window.process.pid)
    listeners = {address for pid in (window.process.pid, *pids) for address in addresses_listened_on(pid)}
    assert listeners == {LOOPBACK}
    has_numpy: bool = window.eval("importlib.util.find_spec('numpy') is not None")
    dashboard: str | None = window.eval("names['farms']['own'].dashboard")
    assert (dashboard is not None) == has_numpy  # Debian's Blender comes without it, and Blender's own with it
    if dashboard is not None:
        shown = run_script(SCRIPTS / "wait_for_dashboard.py", dashboard, "frames 1")
        assert shown.returncode == 0, shown.stdout + shown.stderr
    assert window.quit() == 0
    seconds_until_gone([*pids, *others])
    assert cluster.workers[0].poll() is None
    assert not list((window.folder / "quit").glob("*.png"))
