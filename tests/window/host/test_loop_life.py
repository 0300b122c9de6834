"""The life of the loop that Blender hosts, in real windows."""

from __future__ import annotations

import os
import re

import pytest

from ...support.window.window import Open, Window

SETUP = """
import _thread, asyncio, ctypes, threading, time
import async_render as ar
from async_render.blender.host import host

log = []
def has_timer():
    return bpy.app.timers.is_registered(host._turn)

def rests():
    return has_timer() and host.get_host().is_resting

def our_handlers():
    lists = [getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)]
    return [f for found in lists if isinstance(found, list) for f in found if f.__module__.startswith("async_render")]
"""

DISABLE = "bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')"
ENABLE = "bpy.ops.preferences.addon_enable(module='bl_ext.user_default.async_render')"

COUNT = """
async def count():
    while True:
        await asyncio.sleep(0.01)
        counted[0] += 1

counted = [0]
counting = ar.create_task(count())
"""


@pytest.fixture
def blender_window(window: Window) -> Window:
    window.exec(SETUP)
    return window


def assert_counting(window: Window) -> None:
    before = window.eval("counted[0]")
    window.wait_until(f"counted[0] > {before + 10}")


def test_it_survives_file_load_and_undo(blender_window: Window) -> None:
    window = blender_window
    window.exec(COUNT)
    window.exec("bpy.ops.wm.read_homefile()")
    assert_counting(window)
    window.exec("bpy.ops.mesh.primitive_cube_add(); bpy.ops.ed.undo_push(); bpy.ops.ed.undo()")
    assert_counting(window)
    window.exec("bpy.ops.ed.redo()")
    assert_counting(window)
    assert window.quit() == 0


WHAT_TURNS_BLENDER = """
import bmesh
class Modal(bpy.types.Operator):
    bl_idname, bl_label = "wm.loop_life", "Modal"
    def invoke(self, context, event):
        self.timer = context.window_manager.event_timer_add(0.01, window=context.window)
        context.window_manager.modal_handler_add(self)
        self.seen = 0
        return {"RUNNING_MODAL"}
    def modal(self, context, event):
        log.append(("modal", ar.get_loop().tick()))
        self.seen += event.type == "TIMER"
        if self.seen < 5:
            return {"RUNNING_MODAL"}
        context.window_manager.event_timer_remove(self.timer)
        log.append("modal ended")
        return {"FINISHED"}
bpy.utils.register_class(Modal)

def drawn():
    if asyncio._get_running_loop() is not None:
        log.append(("drawn in a tick", ar.get_loop().tick(), host._turn()))
bpy.types.SpaceView3D.draw_handler_add(drawn, (), "WINDOW", "POST_PIXEL")

@bpy.app.handlers.persistent
def loaded(*_):
    log.append(("loaded in a tick", ar.get_loop().tick(), host._turn()))
bpy.app.handlers.load_post.append(loaded)

async def use_operators():
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.loop_life("INVOKE_DEFAULT")
    while "modal ended" not in log:
        await asyncio.sleep(0)
    await asyncio.sleep(0.5)
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=3)
    await asyncio.sleep(0)
    bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.open_mainfile(filepath=file)
    await asyncio.sleep(0.1)
    return "through"
"""


@pytest.mark.factory_layout
def test_a_coroutine_may_call_what_turns_blender(blender_window: Window) -> None:
    window = blender_window
    window.exec(f"file = {str(window.folder / 'saved.blend')!r}")
    window.exec(COUNT + WHAT_TURNS_BLENDER)
    window.exec("task = ar.create_task(use_operators())")
    window.wait_until("task.done()")
    assert window.eval("task.result()") == "through"
    assert window.eval("[entry for entry in log if 'drawn in a tick' in entry][:1]") == [["drawn in a tick", 0, 0]]
    assert window.eval("[entry for entry in log if 'loaded in a tick' in entry]") == [["loaded in a tick", 0, 0]]
    assert window.eval("sum('modal' in entry for entry in log)") >= 5
    assert_counting(window)
    assert window.quit() == 0


REFUSE = """
async def refuse():
    while not enough:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def obey():
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.1)
        log.append("cleaned up")

enough = []
tasks = [ar.create_task(refuse(), name="a stubborn one"), ar.create_task(obey())]
"""


def test_disabling_ends_everything_and_enabling_begins_anew(blender_window: Window) -> None:
    window = blender_window
    # Nothing of Python is replaced to hear of new threads, neither for the loop nor after it.
    window.exec("start = threading.Thread.start")
    assert window.eval("start.__code__.co_filename == threading.__file__")
    window.exec(REFUSE)
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


TELL_SECONDS = """
import atexit

def without_others():
    waited = open("/proc/thread-self/schedstat").read().split()[1]  # nanoseconds, for a core that others had
    return time.monotonic() - int(waited) / 1e9

begin = without_others()
atexit.register(lambda: print(f"quit in {without_others() - begin:.2f} s", flush=True))
"""


def test_blender_quits_within_two_seconds_whatever_runs(blender_window: Window) -> None:
    window = blender_window
    window.exec(COUNT + REFUSE)
    window.exec("busy = ar.create_task(asyncio.to_thread(time.sleep, 30))")
    window.settle()
    window.exec(TELL_SECONDS)
    assert window.quit() == 0
    (seconds,) = re.findall(r"quit in (.*) s", window.output)  # until Python ends; the rest is Blender's own
    assert float(seconds) < 2.0
    assert "'a stubborn one' was cancelled" in window.output


def test_whatever_leaves_a_task_or_a_callback_is_shown_and_the_loop_goes_on(blender_window: Window) -> None:
    window = blender_window
    window.exec(COUNT)
    window.exec(
        "async def leave(error):\n    raise error\n"
        "def leave_at_once(error):\n    raise error\n"
        "loop = host.get_host().loop"
    )
    for error in ("SystemExit", "KeyboardInterrupt", "ValueError", "GeneratorExit"):
        window.exec(f"ar.create_task(leave({error}('from a task')))")
        window.exec(f"loop.call_soon(leave_at_once, {error}('from a callback'))")
        window.wait_for_output(f"{error}: from a task")
        window.wait_for_output(f"{error}: from a callback")
        assert_counting(window)
    window.settle()
    window.display.screenshot(window.folder / "shown.png")
    assert window.quit() == 0


BESIDE = """
def run_beside(where):
    async def beside():
        await asyncio.sleep(0.01)
        return where
    log.append(asyncio.run(beside()))

class Beside(bpy.types.Operator):
    bl_idname, bl_label = "wm.beside", "Beside"
    def execute(self, context):
        run_beside("operator")
        return {"FINISHED"}
bpy.utils.register_class(Beside)
bpy.app.handlers.save_pre.append(lambda *_: run_beside("handler"))
bpy.app.timers.register(lambda: run_beside("timer"))
bpy.ops.wm.beside()
bpy.ops.wm.save_as_mainfile(filepath=file)
"""

TWO_ADD_ONS = """
queue = asyncio.Queue()
async def add_on_a():
    for number in range(3):
        await queue.put((number, asyncio.get_running_loop() is ar.get_loop()))
async def add_on_b():
    return [await queue.get() for _ in range(3)]
b = ar.create_task(add_on_b())
a = ar.get_loop().create_task(add_on_a())
"""


def test_other_add_ons_use_asyncio_beside_it_and_share_it(blender_window: Window) -> None:
    window = blender_window
    window.exec(f"file = {str(window.folder / 'saved.blend')!r}")
    window.exec(COUNT + BESIDE)
    window.wait_until("sorted(log) == ['handler', 'operator', 'timer']")
    assert_counting(window)
    window.exec(TWO_ADD_ONS)
    window.wait_until("b.done()")
    assert window.eval("b.result()") == [[0, True], [1, True], [2, True]]
    assert window.quit() == 0


THREADS = """
def ask(name, function):
    try:
        answers[name] = ar.call_in_main_thread(function)
    except BaseException as error:
        answers[name] = repr(error)

def fail():
    raise KeyError("mine")

def in_thread(name, function):
    threading.Thread(target=ask, args=(name, function)).start()

def in_main():
    return threading.current_thread() is threading.main_thread()

main_thread = in_main
answers = {}

@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def c_thread(_):
    asyncio.run_coroutine_threadsafe(answer("from C", in_main()), loop)

async def answer(name, value):
    answers[name] = [value, in_main()]

def start_c_thread():
    thread = ctypes.c_ulong()
    ctypes.CDLL(None).pthread_create(ctypes.byref(thread), None, c_thread, None)
"""


def test_threads_reach_a_loop_that_rests_and_it_rests_again(blender_window: Window) -> None:
    window = blender_window
    window.exec(THREADS)
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


WAITING_HANDLER = """
from async_render.blender.host import threads
threads.STANDSTILL = STANDSTILL
refused = []

def ask(*_):
    try:
        ar.call_in_main_thread(lambda: len(bpy.data.objects))
    except RuntimeError as error:
        refused.append(str(error))

def render():
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.filepath = folder + "/####"
    scene.frame_end = 2000
    for handlers in (bpy.app.handlers.render_pre, bpy.app.handlers.render_post):
        handlers.append(ask)
    return ar.create_task(ar.render_animation())

def undo():
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.ed.undo()

ar.get_loop()
folder = os.path.dirname(file)
bpy.ops.wm.save_as_mainfile(filepath=file, copy=True)
"""


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
    window.exec(f"import os; file = {str(window.folder / 'another.blend')!r}")
    window.exec(COUNT + f"STANDSTILL = {standstill}" + WAITING_HANDLER)
    window.exec(
        "with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):\n"
        "    bpy.ops.mesh.primitive_cube_add(); bpy.ops.ed.undo_push(); bpy.ops.ed.undo_push(message='another')"
    )
    window.exec("task = render()")
    window.wait_until("os.path.exists(folder + '/0003.png')")
    window.exec(end)  # it returns
    window.wait_until("task.done()")
    assert window.eval("task.exception().reason") == reason
    assert window.eval("[text for text in refused if " + repr(refusal) + " not in text]") == []
    assert_counting(window)
    assert window.quit() == 0


SLOW = """import asyncio, time
async def main():
    await asyncio.sleep(0)
    time.sleep(0.02)
    await asyncio.sleep(0)
"""


def test_debug_mode_names_the_line_that_cost_a_frame(open_window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PYTHONASYNCIODEBUG", "1")
    window = open_window()
    window.exec(SETUP)
    script = window.folder / "slow.py"
    script.write_text(SLOW)
    window.exec(f"names = {{}}; exec(compile(open({str(script)!r}).read(), {str(script)!r}, 'exec'), names)")
    window.exec("ar.run(names['main']())")
    window.wait_for_output(f"{script}:5")
    line = next(line for line in window.output.splitlines() if f"{script}:5" in line)
    assert line.startswith("Executing <Task pending") or " Executing <Task pending" in line
    (seconds,) = re.findall(r"took (\d+\.\d+) seconds", line)
    assert float(seconds) >= 0.02
    window.wait_until("rests()")
    assert window.quit() == 0
