"""Lines with `await`, typed into Blender's Python console."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.window.console import enter, go_to, open_console, shown, wait_for_line
from ...support.window.scenes import wait_for_idle
from ...support.window.window import Window

pytestmark = pytest.mark.shared_window

SCRIPTS = Path(__file__).with_name("scripts")

MAKE_GATE = "import asyncio, builtins; builtins.gate = gate = asyncio.Event()"
"""What a line awaits, `await gate.wait()`, until the test opens it."""


def test_lines_may_await_and_the_prompt_is_back_at_once(window: Window) -> None:
    open_console(window)
    window.exec(MAKE_GATE)
    enter(window, "await gate.wait() and 42", "1 + 1")
    wait_for_line(window, "2")
    window.exec("gate.set()")
    wait_for_line(window, "42")
    lines = shown(window)
    assert lines[lines.index(">>> await gate.wait() and 42") :] == [
        ">>> await gate.wait() and 42",
        ">>> 1 + 1",
        "2",
        "",
        "42",
    ]
    enter(window, "_ + 1")
    wait_for_line(window, "43")
    enter(window, "async def count(n):", "for i in range(n):", "print('number', i)", "await asyncio.sleep(0.1)", "", "")
    enter(window, "await count(2)")
    wait_for_line(window, "number 1")
    enter(window, "task = asyncio.create_task(count(4))")
    wait_for_line(window, "number 3")
    enter(window, "await asyncio.sleep(0); 1 / 0")
    wait_for_line(window, "ZeroDivisionError: division by zero")
    enter(window, "await ar.call_in_main_thread(int)")
    window.wait_until("any('TypeError' in line.body for line in console.spaces.active.scrollback)")
    enter(window, "len(ar.segments.__name__)")
    wait_for_line(window, "8")
    enter(window, "ar.render_still()")
    wait_for_line(window, "'render_still' has not begun; write 'await' before it")
    window.display.type("bpy.contex")
    window.display.key("Tab")
    window.wait_until("console.spaces.active.history[-1].body.startswith('bpy.context')")
    window.display.screenshot(window.folder / "console.png")


def test_pasted_lines_may_await_too_and_pythons_streams_are_blenders_own_again(window: Window) -> None:
    open_console(window)
    window.exec("import sys\nstreams = (sys.stdout, sys.stderr)")
    lines = "print('first')\nawait asyncio.sleep(1.5, 6 * 7)\nprint('last')\n"
    window.exec(f"bpy.context.window_manager.clipboard = {lines!r}")
    window.display.key("ctrl+v")
    window.wait_until("sys.stdout is not streams[0]")
    wait_for_line(window, "42")
    assert [line for line in shown(window) if line in {"first", "last", "42"}] == ["first", "last", "42"]
    window.wait_until("(sys.stdout, sys.stderr) == streams")


def test_ctrl_c_and_the_menu_stop_a_line_and_ctrl_c_still_copies(window: Window) -> None:
    open_console(window)
    enter(window, "await asyncio.sleep(100)")
    window.settle()
    window.display.key("ctrl+c")
    wait_for_line(window, "CancelledError")
    enter(window, "await asyncio.sleep(200)")
    window.settle()
    window.display.click(window.eval("console.x + 117"), window.eval("1000 - console.y - console.height + 13"))
    window.settle()
    window.display.key("Up")
    window.display.screenshot(window.folder / "menu.png")
    window.display.key("Return")
    window.wait_until("[line.body for line in console.spaces.active.scrollback].count('CancelledError') == 2")
    go_to(window, "console")
    enter(window, "event = asyncio.Event()", "await event.wait()")
    window.exec("from async_render.render.activity import activities")
    window.wait_until("[activity.state.name for activity in activities] == ['CANCELLED', 'CANCELLED', 'RUNNING']")
    window.display.type("copied")
    window.display.key("ctrl+a", "ctrl+c")
    window.wait_until("'copied' in bpy.context.window_manager.clipboard")
    window.display.key("shift+Return")  # clears the line
    enter(window, "event.set()")
    window.wait_until("[activity.state.name for activity in activities] == ['CANCELLED', 'CANCELLED', 'FINISHED']")
    assert shown(window).count("CancelledError") == 2


def test_tasks_that_a_line_makes_are_known(window: Window) -> None:
    open_console(window)
    window.exec("from async_render.render.activity import activities")
    enter(window, "t = asyncio.create_task(asyncio.sleep(300))")
    window.wait_until("[(a.name, a.state.name) for a in activities] == [('Python Console', 'RUNNING')]")
    window.display.key("ctrl+c")
    wait_for_line(window, "CancelledError")
    enter(window, "t.cancelled()")
    wait_for_line(window, "True")
    window.wait_until("[a.state.name for a in activities] == ['CANCELLED']")
    enter(window, "t = asyncio.create_task(asyncio.wait_for(asyncio.sleep(300), 1))")
    wait_for_line(window, "TimeoutError")
    window.wait_until("[a.state.name for a in activities] == ['CANCELLED', 'FAILED']")
    enter(window, "def begin():", "c = asyncio.sleep(0)", "c.close()", "return asyncio.create_task(c)", "", "begin()")
    wait_for_line(
        window, "A line without 'await' runs outside of the event loop: call this in an 'async def', and await that"
    )
    assert shown(window).count("TimeoutError") == 1
    window.display.screenshot(window.folder / "tasks.png")


def test_several_consoles_and_another_file_and_a_hidden_workspace(window: Window) -> None:
    open_console(window)
    window.exec("other = next(area for area in bpy.context.screen.areas if area.type == 'TEXT_EDITOR')")
    window.exec("other.type = 'CONSOLE'")
    window.settle()
    window.exec(MAKE_GATE)
    enter(window, "await gate.wait() and 'first'")
    go_to(window, "other")
    enter(window, "await asyncio.sleep(0.1, 'second')")
    wait_for_line(window, "'second'", "other")
    window.exec("gate.set()")
    wait_for_line(window, "'first'")
    assert "'first'" not in shown(window, "other")
    window.display.screenshot(window.folder / "two.png")

    window.exec(MAKE_GATE)
    enter(window, "waits = 1; await gate.wait() and 'hidden'", "waits + 1")
    wait_for_line(window, "2", "other")
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Layout']")
    window.wait_until("bpy.context.screen.name == 'Layout'")
    window.settle()
    window.exec("gate.set()")
    wait_for_idle(window)
    window.exec("bpy.context.window.workspace = bpy.data.workspaces['Scripting']")
    window.wait_until("bpy.context.screen.name == 'Scripting'")
    wait_for_line(window, "'hidden'", "other")

    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={str(window.folder / 'a.blend')!r})")
    window.exec(f"bpy.ops.wm.open_mainfile(filepath={str(window.folder / 'a.blend')!r})")
    open_console(window)
    enter(window, "await asyncio.sleep(0.1, 'loaded')")
    wait_for_line(window, "'loaded'")


def test_a_render_can_be_awaited(window: Window) -> None:
    window.run_file(SCRIPTS / "few_frames.py")
    window.exec(f"prepare_frames({str(window.folder / 'out') + '/'!r})")
    open_console(window)
    enter(window, "result = await ar.render_animation()", "len(bpy.data.scenes)")
    wait_for_line(window, "1")
    wait_for_idle(window)
    enter(window, "len(result.files)")
    wait_for_line(window, "3")
    assert len(list((window.folder / "out").glob("*.png"))) == 3
    enter(window, "await ar.render_still()")
    window.wait_until("any('StillResult(frames=(1,)' in line.body for line in console.spaces.active.scrollback)")
    enter(window, "_.files[0].exists()")
    wait_for_line(window, "True")


def test_async_for_async_with_contextvars_and_history(window: Window) -> None:
    open_console(window)
    enter(window, "async def numbers(n):", "for i in range(n):", "await asyncio.sleep(0.1)", "yield i", "", "")
    enter(window, "async for i in numbers(3):", "print('got', i)", "")
    wait_for_line(window, "got 2")
    assert [line for line in shown(window) if line.startswith("got")] == ["got 0", "got 1", "got 2"]
    enter(window, "async with asyncio.timeout(60) as limit:", "print('expired', limit.expired())", "")
    wait_for_line(window, "expired False")
    enter(window, "[i async for i in numbers(2)]")
    wait_for_line(window, "[0, 1]")

    enter(window, "from contextvars import ContextVar; var = ContextVar('var', default='unset')")
    enter(window, "await asyncio.sleep(0.1); token = var.set('set in a line that awaits'); print('is set')")
    wait_for_line(window, "is set")
    enter(window, "await asyncio.sleep(0.1, var.get())")
    wait_for_line(window, "'set in a line that awaits'")
    enter(window, "token = var.set('set in a line that does not')", "await asyncio.sleep(0.1, var.get() + '!')")
    wait_for_line(window, "'set in a line that does not!'")

    window.display.key("Up", "Up")
    window.wait_until("console.spaces.active.history[-1].body == \"token = var.set('set in a line that does not')\"")
    window.display.key("Down")
    window.wait_until("console.spaces.active.history[-1].body == \"await asyncio.sleep(0.1, var.get() + '!')\"")
    window.display.key("Return")
    window.wait_until(
        "[line.body for line in console.spaces.active.scrollback].count(\"'set in a line that does not!'\") == 2"
    )
    window.display.screenshot(window.folder / "end-of-session.png")
