"""The add-on where there is no window."""

from __future__ import annotations

import asyncio
import sys
from code import InteractiveConsole
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render import addon
from async_render.addon.scripts import blender_console
from async_render.addon.scripts.text_scripts import text_scripts
from async_render.addon.scripts.text_templates import EXAMPLES
from async_render.blender.host.host import get_host
from async_render.blender.host.scripts import watch_script
from async_render.blender.options import Options, options
from async_render.blender.paths import text_file_name
from async_render.render.activity import Activity, Kind, State, activities
from async_render.script import Script
from async_render.script.streams import ContextStream, Printed

pytestmark = pytest.mark.core


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


@pytest.mark.usefixtures("registered")
def test_a_queued_text_that_is_cancelled_right_before_its_start_does_not_start() -> None:
    source = "import sys\nsys.modules['ran'] = sys\n"
    text_scripts.queue(Script.compile(source, "Text"), "Text")
    *_, activity = activities
    text_scripts._start_next("Text")  # the script before it has ended
    assert text_scripts.is_running("Text")
    assert activities.cancel(activity)
    get_host().run_until_done(get_host().loop.create_task(asyncio.sleep(0)))
    assert activity.state is State.CANCELLED
    assert "ran" not in sys.modules
    assert not text_scripts.is_running("Text")


@pytest.mark.usefixtures("registered")
def test_a_second_cancel_breaks_off_the_cleanup_only_where_it_is_asked_again() -> None:
    ended: list[str] = []

    async def script(name: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.02)
            ended.append(name)

    async def main() -> list[Any]:
        tasks = [ar.create_task(script(name)) for name in ("first", "second")]
        shown = [activities.add(Activity(kind=Kind.SCRIPT, name="script")) for _ in tasks]
        for task, activity in zip(tasks, shown, strict=True):
            watch_script(task, activity)
        await asyncio.sleep(0)
        for _ in range(3):
            for activity in shown:
                assert activities.cancel(activity)
            await asyncio.sleep(0)
        assert bpy.ops.async_render.cancel(number=shown[1].number) == {"FINISHED"}
        return await asyncio.gather(*tasks, return_exceptions=True)

    errors = ar.run(main()).result()
    assert [type(error) for error in errors] == [asyncio.CancelledError] * 2
    assert ended == ["first"]


def test_a_class_of_a_text_that_awaits_is_registered_with_its_properties(registered: None) -> None:
    text = Path(__file__).with_name("texts") / "registers_a_class.py"
    assert run_text(text.read_text()) == {"FINISHED"}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import async_render as ar\nasync def main(): ...\nar.run(main())\n", "Text"),
        ("import async_render as ar\nasync def main(): ...\nar.run(main(), name='Mine')\n", "Mine"),
        ("import asyncio\nawait asyncio.sleep(0)\n", "Text"),
    ],
)
def test_a_text_is_one_activity_of_its_name(registered: None, source: str, name: str) -> None:
    activities.forget_ended()
    assert run_text(source) == {"FINISHED"}
    assert [(activity.name, activity.state) for activity in activities] == [(name, State.FINISHED)]


def test_a_coroutine_has_the_name_of_the_text_that_it_was_written_in() -> None:
    activities.forget_ended()
    text = bpy.data.texts.new("Shots")
    names: dict[str, Any] = {}
    exec(compile("async def main(): ...", text_file_name(text), "exec"), names)
    ar.run(names["main"]())
    ar.run(asyncio.sleep(0))
    assert [activity.name for activity in activities] == ["Shots", "sleep"]
    bpy.data.texts.remove(text)


def test_what_a_thread_prints_while_lines_are_shown_is_not_lost(
    registered: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = blender_console.BlenderConsole(InteractiveConsole({}), key=0)
    whole_lines = blender_console.whole_lines

    def slow(texts: list[Printed], *, keep_rest: bool) -> tuple[list[Printed], list[Printed]]:
        monkeypatch.setattr(blender_console, "whole_lines", whole_lines)
        answer = whole_lines(texts, keep_rest=True)
        typed._write(("OUTPUT", "end\nnext\n"))
        return answer

    monkeypatch.setattr(blender_console, "whole_lines", slow)
    typed._write(("OUTPUT", "first\nbegin "))
    typed._flush()
    typed._flush()
    assert capsys.readouterr().out == "first\nbegin end\nnext\n"
    typed.detach()


def test_pythons_streams_are_replaced_only_while_a_line_is_under_way(
    registered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, plain = InteractiveConsole({"sys": sys}), (sys.stdout, sys.stderr)
    monkeypatch.setattr(blender_console, "_module", lambda: SimpleNamespace(get_console=lambda _: (typed,)))
    blender_console._prepare(0)
    typed.push("seen = sys.stdout")
    blender_console._go_on_with_lines()
    assert typed.locals["seen"] is plain[0]
    typed.push("await asyncio.sleep(0.01)")
    blender_console._go_on_with_lines()
    assert isinstance(sys.stdout, ContextStream)
    assert isinstance(sys.stderr, ContextStream)

    async def until_restored() -> None:
        while isinstance(sys.stdout, ContextStream):
            await asyncio.sleep(0.01)

    get_host().run_until_done(get_host().loop.create_task(until_restored()))
    assert (sys.stdout, sys.stderr) == plain
    typed.async_render.detach()


@pytest.mark.usefixtures("registered", "scene")
def test_the_example_for_files_runs_as_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["blender"])
    example = (EXAMPLES / "render_files.py").read_text()
    assert run_text(example) == {"CANCELLED"}
    assert "SystemExit: save the file first" in capsys.readouterr().err
    bpy.data.scenes[0].frame_end = 1
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "b.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), copy=True)
    assert run_text(example) == {"FINISHED"}
    assert sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.png")) == ["a/0001.png", "b/0001.png"]
