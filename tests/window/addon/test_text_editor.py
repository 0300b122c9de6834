"""Texts that run, as a person sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.window.panels import wait_for_states
from ...support.window.scenes import choose_in_text_menu, choose_last, open_text, show_text, wait_for_idle
from ...support.window.window import Open, Window

pytestmark = pytest.mark.shared_window

INFO = "[report.message for report in getattr(bpy.context.window_manager, 'reports', ())]"


def text(name: str) -> str:
    """The source of a text."""
    return (Path(__file__).with_name("texts") / name).read_text()


def line_of(comment: str, source: str) -> int:
    """The number of the line that has the comment."""
    (number,) = [number for number, line in enumerate(source.splitlines(), 1) if comment in line]
    return number


def close_pop_up(window: Window) -> None:
    """Move the mouse away from it."""
    window.display.move(900, 700)
    window.settle()


def test_errors_jump_to_the_line_and_are_told_in_a_pop_up_and_on_the_console(window: Window) -> None:
    show_text(window, "x = 1\n" * 39 + "y = (\n")
    choose_in_text_menu(window)
    window.wait_for_output('File "/Unsaved", line 40')
    assert "compiled.py" not in window.output
    window.wait_until("text.current_line_index == 39")
    window.settle()
    window.display.screenshot(window.folder / "syntax-error.png")
    assert window.output.count("SyntaxError") == 2  # the traceback, and the report in one line
    close_pop_up(window)

    show_text(window, "import asyncio\n1 / 0  # before\nawait asyncio.sleep(0)\n")
    choose_in_text_menu(window)
    window.wait_for_output('File "/Unsaved", line 2')
    window.wait_for_output("# before")
    window.wait_until("text.current_line_index == 1")
    window.settle()
    close_pop_up(window)

    file = window.folder / "external.py"
    file.write_text("import asyncio\n" * 100 + "await asyncio.sleep(0.1)\n{}['camera']  # after\n")
    open_text(window, file)
    choose_in_text_menu(window)
    window.wait_for_output(f'File "{file}", line 102')
    window.wait_for_output("# after")
    window.wait_until("text.current_line_index == 101")
    window.wait_until("0 <= 101 - editor.spaces.active.top < editor.spaces.active.visible_lines")
    window.settle()
    window.display.screenshot(window.folder / "error.png")
    close_pop_up(window)
    window.exec("editor.type = 'INFO'")
    window.settle()
    window.display.screenshot(window.folder / "info-editor.png")
    if window.eval("bpy.app.version >= (5, 0)"):  # Python cannot read them before: look at the picture
        window.wait_until(f"any(\"external.py, line 102: KeyError: 'camera'\" in message for message in {INFO})")


def test_a_text_that_runs_is_asked_about_or_waits_its_turn(window: Window) -> None:
    window.exec("names = bpy.app.driver_namespace; names['log'] = log = []; names['go'] = False")
    show_text(window, text("waits_for_go.py"))
    choose_in_text_menu(window)
    window.wait_until("log == ['in']")
    choose_in_text_menu(window)
    window.settle()
    window.display.screenshot(window.folder / "asked.png")
    assert window.eval("log") == ["in"]
    window.display.key("Return")
    window.wait_until("log == ['in', 'in']")
    window.exec("names['go'] = True")
    wait_for_idle(window)
    window.exec("log.clear(); names['go'] = False")
    window.exec("from async_render.blender.options import options\noptions.on_second_start = 'QUEUE'")
    window.exec("from async_render.render.activity import activities")
    choose_in_text_menu(window)
    choose_in_text_menu(window)
    wait_for_states(window, "FINISHED", "FINISHED", "RUNNING", "QUEUED")
    window.exec("names['go'] = True")
    window.wait_until("log == ['in', 'out', 'in', 'out']")


def test_a_text_that_starts_its_main_itself_waits_its_turn_too(window: Window) -> None:
    window.exec(
        "names = bpy.app.driver_namespace; names['log'] = log = []; names['go'] = False\n"
        "from async_render.blender.options import options\noptions.on_second_start = 'QUEUE'"
    )
    show_text(window, text("starts_its_main.py"))
    window.exec("from async_render.render.activity import activities")
    choose_in_text_menu(window)
    choose_in_text_menu(window)
    wait_for_states(window, "RUNNING", "QUEUED")
    window.exec("names['go'] = True")
    window.wait_until("log == ['in', 'out', 'in', 'out']")
    wait_for_states(window, "FINISHED", "FINISHED")
    assert window.eval("[activity.name for activity in activities]") == ["Unsaved", "Unsaved"]
    assert "RuntimeError" not in window.output


def test_a_text_may_be_edited_and_deleted_while_it_runs(window: Window) -> None:
    wait = "import asyncio\nwhile not bpy.app.driver_namespace['go']: await asyncio.sleep(0.1)\n"
    window.exec("bpy.app.driver_namespace['go'] = False\nfrom async_render.render.activity import activities")
    show_text(window, wait + "1 / 0  # as it was\n")
    choose_in_text_menu(window)
    wait_for_states(window, "RUNNING")
    window.exec("text.from_string('# edited\\n' * 50)\nbpy.app.driver_namespace['go'] = True")
    window.wait_for_output("ZeroDivisionError")
    wait_for_states(window, "FAILED")
    assert "1 / 0  # as it was" in window.output
    close_pop_up(window)

    window.exec("bpy.app.driver_namespace['go'] = False")
    show_text(window, wait + "{}[0]  # deleted\n")
    choose_in_text_menu(window)
    wait_for_states(window, "FAILED", "RUNNING")
    window.exec("bpy.data.texts.remove(text)\nbpy.app.driver_namespace['go'] = True")
    window.wait_for_output("KeyError")
    wait_for_states(window, "FAILED", "FAILED")
    assert "{}[0]  # deleted" in window.output
    close_pop_up(window)

    window.exec("bpy.app.driver_namespace['go'] = False")
    show_text(window, wait + "[][5]\n")
    choose_in_text_menu(window)
    wait_for_states(window, "FAILED", "FAILED", "RUNNING")
    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={str(window.folder / 'renamed.blend')!r})")
    window.exec("text.cursor_set(0); bpy.app.driver_namespace['go'] = True")
    window.wait_for_output("IndexError")
    window.wait_until("text.current_line_index == 2")
    window.settle()
    assert window.output.count("IndexError") == 2  # the traceback, and the report


def test_a_line_that_blocked_and_a_script_that_never_awaits_are_told(window: Window) -> None:
    source = text("blocks.py")
    show_text(window, source)
    choose_in_text_menu(window)
    window.wait_for_output(f"Unsaved, line {line_of('# long', source)} blocked the window for")
    window.settle()
    window.display.screenshot(window.folder / "blocked.png")
    (seconds,) = [
        float(line.partition("window for ")[2].split()[0])
        for line in window.output.splitlines()
        if "blocked the window for" in line
    ]
    assert 2.5 < seconds < 30  # it was seen there from a look to the next
    wait_for_idle(window)
    show_text(window, "print('it ran')\n")
    choose_in_text_menu(window)
    window.wait_for_output("Unsaved has ended; it awaits nothing")
    window.settle()
    window.display.screenshot(window.folder / "never-awaits.png")
    show_text(window, "ar.render_animation()\n")
    choose_in_text_menu(window)
    window.wait_for_output("Unsaved, line 1: 'render_animation' was never awaited; write 'await' before it")
    source = text("forgets_an_await.py")
    show_text(window, source)
    choose_in_text_menu(window)
    window.wait_for_output(
        f"Unsaved, line {line_of('# forgotten', source)}: 'render_still' was never awaited; write 'await' before it"
    )
    wait_for_idle(window)
    hook = window.eval("__import__('warnings')._warn_unawaited_coroutine.__module__")
    assert hook in {"warnings", "_py_warnings"}  # Python's own; the second from 3.14 on
    show_text(window, "async def main(argv):\n    await ar.render_still()\n")
    choose_in_text_menu(window)
    window.wait_for_output("Unsaved: main() was not started, since it needs argv; end the text with 'await main(…)'")
    show_text(window, "")
    choose_in_text_menu(window)
    window.settle()
    show_text(window, "import asyncio\nawait asyncio.sleep(0)\nname = input('Name: ')\n")
    choose_in_text_menu(window)
    window.wait_for_output("RuntimeError: input() would freeze Blender's window")


def test_a_line_that_blocked_in_an_operator_is_the_scripts(window: Window) -> None:
    source = text("blocks_in_an_operator.py")
    show_text(window, source)
    choose_in_text_menu(window)
    window.wait_for_output(f"Unsaved, line {line_of('# steps', source)} blocked the window for")
    assert "# steps" in window.output
    assert "ops.py" not in window.output
    wait_for_idle(window)


def test_five_hundred_scripts_at_once_all_end(window: Window) -> None:
    window.exec("bpy.app.driver_namespace['log'] = log = []")
    show_text(window, "import asyncio\nawait asyncio.sleep(1)\nbpy.app.driver_namespace['log'].append(1)\n")
    window.exec("for _ in range(500): bpy.ops.async_render.run_script()")
    window.wait_until("len(log) == 500")
    wait_for_idle(window)


def test_a_script_that_swallows_its_cancellation_is_named_and_blender_quits(open_window: Open) -> None:
    window = open_window()
    show_text(window, text("swallows_its_cancellation.py"))
    choose_in_text_menu(window)
    window.wait_for_output("it runs")
    window.exec("from async_render.render.activity import activities\n[script] = activities")
    window.exec("script.cancel()")
    window.wait_for_output("not yet")
    assert window.eval("script.state.name") == "RUNNING"
    assert window.quit() == 0
    assert "'Unsaved' was cancelled and has not ended in 0.5 s" in window.output


@pytest.mark.parametrize("how", ["disabled", "quit"])
def test_an_error_in_a_scripts_clean_up_is_told_when_the_add_on_ends(open_window: Open, how: str) -> None:
    window = open_window()
    show_text(window, text("fails_in_its_clean_up.py"))
    choose_in_text_menu(window)
    window.wait_for_output("it runs")
    if how == "disabled":
        window.exec("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')")
        window.wait_for_output("ZeroDivisionError")
        window.settle()
        window.display.screenshot(window.folder / "pop-up.png")
        close_pop_up(window)
    assert window.quit() == 0
    assert window.output.count("ZeroDivisionError") == 1
    assert "1 / 0  # clean up" in window.output
    assert "compiled.py" not in window.output


def test_the_examples_are_templates(window: Window) -> None:
    show_text(window, "")
    window.display.click(window.eval("editor.x") + 285, 41)
    window.settle()
    window.display.key("Up")
    window.display.screenshot(window.folder / "templates.png")
    window.display.key("Right")
    choose_last(window)
    window.settle()
    window.display.screenshot(window.folder / "template.png")
    window.wait_until("'ar.run(main())' in editor.spaces.active.text.as_string()")
    assert window.eval("editor.spaces.active.text.is_in_memory")
