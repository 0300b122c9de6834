"""The add-on where there is no window."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

import async_render as ar
from async_render import addon
from async_render.blender.options import Options, options
from async_render.blender.run import watch_script
from async_render.render.activity import Activity, Kind, activities


@pytest.fixture
def registered() -> Iterator[None]:
    addon.register()
    yield
    addon.unregister()


def run_text(source: str) -> set[str]:
    for text in list(bpy.data.texts):
        bpy.data.texts.remove(text)
    bpy.data.texts.new("Text").from_string(source)
    answer: set[str] = bpy.ops.async_render.run_script()
    return answer


def test_a_text_runs_to_its_end(registered: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_text("import asyncio\nawait asyncio.sleep(0.1)\nprint('the end of', __name__)\n") == {"FINISHED"}
    assert capsys.readouterr().out.startswith("the end of __main__\n")


def test_an_error_is_printed_with_the_texts_own_line(registered: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_text("x = 1\n{}['camera']  # mine\n") == {"CANCELLED"}
    shown = capsys.readouterr().err
    assert 'Text", line 2, in <module>' in shown
    assert "{}['camera']  # mine" in shown
    assert "script/compiled.py" not in shown


def test_enabled_and_disabled_it_leaves_nothing_behind() -> None:
    before = sys.stdout, sys.stderr, list(bpy.app.handlers.load_pre)
    for _ in range(20):
        addon.register()
        options.on_file_load = "CANCEL"
        addon.unregister()
    assert (sys.stdout, sys.stderr, list(bpy.app.handlers.load_pre)) == before
    assert not [name for name in dir(bpy.types) if "async_render" in name.lower()]
    assert options == Options()


@pytest.mark.usefixtures("registered", "scene")
def test_scripts_that_end_with_their_file_leave_the_one_that_opened_another(tmp_path: Path) -> None:
    file = tmp_path / "a.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True)
    options.on_file_load = "CANCEL"

    async def main() -> str:
        other = ar.create_task(asyncio.sleep(60))
        watch_script(other, activities.add(Activity(kind=Kind.SCRIPT, name="other")))
        await ar.open_file(file)
        async with asyncio.TaskGroup() as group:  # a task that the script starts is a part of it
            group.create_task(ar.open_file(file))
        await asyncio.wait([other])
        assert other.cancelled()
        return bpy.data.filepath

    try:
        assert ar.run(main()).result() == str(file)
    finally:
        options.on_file_load = "CONTINUE"
