"""The life of the loop that Blender hosts, in real windows."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ...support.window.window import Open, Window

SCRIPTS = Path(__file__).with_name("scripts")

DISABLE = "bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')"
ENABLE = "bpy.ops.preferences.addon_enable(module='bl_ext.user_default.async_render')"


@pytest.fixture
def blender_window(window: Window) -> Window:
    window.run_file(SCRIPTS / "loop_life.py")
    return window


def assert_counting(window: Window) -> None:
    before = window.eval("counted[0]")
    window.wait_until(f"counted[0] > {before + 10}")


def test_it_survives_file_load_and_undo(blender_window: Window) -> None:
    window = blender_window
    window.run_file(SCRIPTS / "count.py")
    window.exec("bpy.ops.wm.read_homefile()")
    assert_counting(window)
    window.exec("bpy.ops.mesh.primitive_cube_add(); bpy.ops.ed.undo_push(); bpy.ops.ed.undo()")
    assert_counting(window)
    window.exec("bpy.ops.ed.redo()")
    assert_counting(window)
    assert window.quit() == 0


@pytest.mark.factory_layout
def test_a_coroutine_may_call_what_turns_blender(blender_window: Window) -> None:
    window = blender_window
    window.run_file(SCRIPTS / "count.py")
    window.run_file(SCRIPTS / "what_turns_blender.py")
    window.exec(f"task = ar.create_task(use_operators({str(window.folder / 'saved.blend')!r}))")
    window.wait_until("task.done()")
    assert window.eval("task.result()") == "through"
    assert window.eval("[entry for entry in log if 'drawn in a tick' in entry][:1]") == [["drawn in a tick", 0, 0]]
    assert window.eval("[entry for entry in log if 'loaded in a tick' in entry]") == [["loaded in a tick", 0, 0]]
    assert window.eval("sum('modal' in entry for entry in log)") >= 5
    assert_counting(window)
    assert window.quit() == 0


def test_disabling_ends_everything_and_enabling_begins_anew(blender_window: Window) -> None:
    window = blender_window
    # Nothing of Python is replaced to hear of new threads, neither for the loop nor after it.
    window.exec("start = threading.Thread.start")
    assert window.eval("start.__code__.co_filename == threading.__file__")
    window.run_file(SCRIPTS / "refuse.py")
    window.exec("ar.create_task(asyncio.to_thread(log.append, 'in a thread'))")
    window.wait_until("log == ['in a thread']")
    window.exec("old, begin = ar.get_loop(), time.monotonic()")
    window.exec(DISABLE)
    assert 0.4 < window.eval("time.monotonic() - begin") < 10
    assert "'a stubborn one' was cancelled and has not ended in 0.5 s:" in window.output
    assert "in refuse" in window.output
    assert window.eval("log") == ["in a thread", "cleaned up"]
    assert window.eval("old.is_closed()")
    assert not window.eval("has_timer()")
    assert window.eval("our_handlers()") == []
    window.wait_until("not [t for t in threading.enumerate() if t.name.startswith('async_render')]")
    assert window.eval("threading.Thread.start is start")
    window.exec(ENABLE)
    assert window.eval("threading.Thread.start is start")
    window.exec("again = ar.create_task(asyncio.sleep(0.05, 'again'))")
    window.wait_until("again.done()")
    assert window.eval("again.result()") == "again"
    assert window.eval("ar.get_loop() is not old")
    assert window.quit() == 0


def test_blender_quits_within_two_seconds_whatever_runs(blender_window: Window) -> None:
    window = blender_window
    window.run_file(SCRIPTS / "count.py")
    window.run_file(SCRIPTS / "refuse.py")
    window.exec("busy = ar.create_task(asyncio.to_thread(time.sleep, 30))")
    window.settle()
    window.run_file(SCRIPTS / "tell_seconds.py")
    assert window.quit() == 0
    (seconds,) = re.findall(r"quit in (.*) s", window.output)  # until Python ends; the rest is Blender's own
    assert float(seconds) < 2.0
    assert "'a stubborn one' was cancelled" in window.output


def test_whatever_leaves_a_task_or_a_callback_is_shown_and_the_loop_goes_on(blender_window: Window) -> None:
    window = blender_window
    window.run_file(SCRIPTS / "count.py")
    window.run_file(SCRIPTS / "leave.py")
    for error in ("SystemExit", "KeyboardInterrupt", "ValueError", "GeneratorExit"):
        window.exec(f"ar.create_task(leave({error}('from a task')))")
        window.exec(f"loop.call_soon(leave_at_once, {error}('from a callback'))")
        window.wait_for_output(f"{error}: from a task")
        window.wait_for_output(f"{error}: from a callback")
        assert_counting(window)
    window.settle()
    window.display.screenshot(window.folder / "shown.png")
    assert window.quit() == 0


def test_other_add_ons_use_asyncio_beside_it_and_share_it(blender_window: Window) -> None:
    window = blender_window
    window.run_file(SCRIPTS / "count.py")
    window.run_file(SCRIPTS / "beside.py")
    window.exec(f"use_all({str(window.folder / 'saved.blend')!r})")
    window.wait_until("sorted(log) == ['handler', 'operator', 'timer']")
    assert_counting(window)
    window.run_file(SCRIPTS / "two_add_ons.py")
    window.wait_until("b.done()")
    assert window.eval("b.result()") == [[0, True], [1, True], [2, True]]
    assert window.quit() == 0


def test_threads_reach_a_loop_that_rests_and_it_rests_again(blender_window: Window) -> None:
    window = blender_window
    window.run_file(SCRIPTS / "ask_from_threads.py")
    window.wait_until("rests()")
    window.exec("in_thread('result', in_main); in_thread('error', fail)")
    window.wait_until("len(answers) == 2")
    assert window.eval("answers") == {"result": True, "error": "KeyError('mine')"}
    window.wait_until("rests()")
    # A thread that a thread starts, when the loop might sleep already.
    window.exec("threading.Thread(target=lambda: in_thread('second', in_main)).start()")
    window.wait_until("'second' in answers")
    # A thread that `threading` does not know.
    window.wait_until("rests()")
    window.exec("_thread.start_new_thread(ask, ('raw', in_main))")
    window.wait_until("'raw' in answers")
    assert window.eval("answers['raw']") is True
    window.exec("loop = ar.get_loop()")
    window.exec("time.sleep(0.2)")
    window.exec("start_c_thread(); _thread.start_new_thread(ask, ('raw, heard', in_main))")
    window.wait_until("'from C' in answers and 'raw, heard' in answers")
    assert window.eval("answers['from C']") == [False, True]
    assert window.eval("answers['raw, heard']") is True
    # Closed: refused, at once.
    window.exec("blocker = threading.Event()")
    window.exec(DISABLE)
    window.exec("in_thread('closed', in_main)")
    window.wait_until("'closed' in answers")
    assert "Blender's event loop is closed" in window.eval("answers['closed']")
    # A thread from before the loop is there, too.
    window.exec("threading.Thread(target=lambda: blocker.wait(20) and ask('from before', in_main)).start()")
    window.exec(ENABLE)
    window.exec("time.sleep(0.2); blocker.set()")
    window.wait_until("'from before' in answers")
    assert window.eval("answers['from before']") is True
    window.wait_until("rests()")
    assert window.quit() == 0


def test_the_timer_is_a_slow_heartbeat_when_nothing_is_pending(blender_window: Window) -> None:
    window = blender_window
    window.wait_until("rests()")
    window.exec("ended = []\nar.create_task(asyncio.sleep(1)).add_done_callback(lambda _: ended.append(rests()))")
    window.wait_until("ended and rests()")
    assert window.eval("ended") == [False]
    window.exec("sleeping = ar.create_task(asyncio.sleep(300))")
    assert not window.eval("rests()")
    window.exec("sleeping.cancel()")
    window.wait_until("rests()")
    window.exec("go_on = threading.Event(); ar.create_task(asyncio.to_thread(go_on.wait, 60))")
    assert not window.eval("rests()")
    window.exec("go_on.set()")
    window.wait_until("rests()")
    assert window.quit() == 0


@pytest.mark.parametrize(
    ("end", "reason", "refusal", "standstill"),
    [
        ("bpy.ops.wm.open_mainfile(filepath=file)", "FILE_LOAD", "while another file is opened", 60.0),
        ("undo()", "UNDO", "has stood still for 1 s", 1.0),  # as short as a test wants it
    ],
    ids=["file", "undo"],
)
def test_a_render_handler_that_waits_for_the_main_thread_does_not_hang_blender(
    blender_window: Window, end: str, reason: str, refusal: str, standstill: float
) -> None:
    window = blender_window
    file = window.folder / "another.blend"
    window.run_file(SCRIPTS / "count.py")
    window.run_file(SCRIPTS / "waiting_handler.py")
    window.exec(f"file = {str(file)!r}; prepare(file, {standstill}); task = render(file)")
    window.wait_until("os.path.exists(os.path.dirname(file) + '/0003.png')")
    window.exec(end)  # it returns
    window.wait_until("task.done()")
    assert window.eval("task.exception().reason") == reason
    assert window.eval("[text for text in refused if " + repr(refusal) + " not in text]") == []
    assert_counting(window)
    assert window.quit() == 0


def test_debug_mode_names_the_line_that_cost_a_frame(open_window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PYTHONASYNCIODEBUG", "1")
    window = open_window()
    window.run_file(SCRIPTS / "loop_life.py")
    script = SCRIPTS / "slow.py"
    window.run_file(script)
    window.exec("ar.run(main())")
    last_line = f"{script}:{len(script.read_text().splitlines())}"
    window.wait_for_output(last_line)
    line = next(line for line in window.output.splitlines() if last_line in line)
    assert line.startswith("Executing <Task pending") or " Executing <Task pending" in line
    (seconds,) = re.findall(r"took (\d+\.\d+) seconds", line)
    assert float(seconds) >= 0.02
    window.wait_until("rests()")
    assert window.quit() == 0
