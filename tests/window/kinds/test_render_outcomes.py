"""Every way in which a render ends, in the window, has its own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.pictures import open_picture
from ...support.window.blenders import find_blenders
from ...support.window.scenes import (
    AS_THE_EXAMPLE,
    MODAL_OPERATORS,
    SMALL,
    assert_state_is_back,
    make_segments_file,
    remember_state,
    wait_for_idle,
    wait_for_state,
)
from ...support.window.window import Window

pytestmark = pytest.mark.shared_window

SCRIPTS = Path(__file__).with_name("scripts")

NOT_4_3 = [blender for blender in find_blenders() if blender.name != "trixie"]

SLOW = "samples=2048, resolution_percentage=2000"


@pytest.fixture
def rendering(window: Window) -> Window:
    """A window that renders something slow for a script."""
    make_segments_file(window)
    remember_state(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.exec(f"task = ar.run(render({SLOW}))")
    window.wait_until("[item.frame for item in ar.queue()] == [1] and bpy.app.is_job_running('RENDER')")
    window.settle()
    return window


def assert_cancelled(window: Window, reason: str) -> None:
    window.wait_until("outcome and task.done()")
    assert window.eval("type(outcome[-1]).__name__") == "RenderCancelled"
    assert window.eval("outcome[-1].reason") == reason
    assert window.eval("after") == [False]


def test_esc(rendering: Window) -> None:
    rendering.display.key("Escape")
    assert_cancelled(rendering, "ESC")
    assert rendering.eval("str(outcome[-1])").endswith("was cancelled in Blender after 0 of 12 frames")
    assert rendering.eval("outcome[-1].frame") == 1
    assert_state_is_back(rendering)


def test_another_file_is_loaded_and_the_script_goes_on(rendering: Window) -> None:
    rendering.exec("bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)")
    assert_cancelled(rendering, "FILE_LOAD")
    rendering.exec("outcome.clear(); after.clear(); task = ar.run(render(frame_end=1, filepath='//after_'))")
    rendering.wait_until("outcome and task.done()")
    assert (rendering.folder / "after_0001.png").exists()


def test_an_undo(rendering: Window) -> None:
    rendering.exec("bpy.ops.ed.undo_push(message='one'); bpy.ops.ed.undo_push(message='two')")
    rendering.display.move(800, 450)
    rendering.display.key("ctrl+z")
    assert_cancelled(rendering, "UNDO")
    assert_state_is_back(rendering)


@pytest.fixture
def drawing(window: Window) -> Window:
    """A window whose viewport still draws the settings of a render that is to begin, which takes its time."""
    make_segments_file(window)
    window.exec("bpy.context.scene.render.resolution_percentage = 1000")
    remember_state(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.run_file(SCRIPTS / "draw_on.py")
    window.display.move(800, 450)
    window.exec("bpy.ops.ed.undo_push(message='one'); bpy.ops.ed.undo_push(message='two')")
    window.exec("task = ar.run(render(filepath='//drawn_', frame_end=2, samples=7))")
    window.wait_until("bpy.context.scene.cycles.samples == 7")
    assert not window.eval("bpy.app.is_job_running('RENDER')")
    return window


@pytest.mark.factory_layout
def test_an_undo_before_the_settings_are_drawn(drawing: Window) -> None:
    drawing.display.key("ctrl+z")
    drawing.wait_until("bpy.context.scene.cycles.samples != 7")
    drawing.exec("bpy.app.timers.unregister(draw_on)")
    assert_cancelled(drawing, "UNDO")
    assert list(drawing.folder.glob("drawn_*")) == []
    assert_state_is_back(drawing)
    assert drawing.quit() == 0


@pytest.mark.factory_layout
def test_another_file_is_loaded_before_the_settings_are_drawn(drawing: Window) -> None:
    drawing.exec("bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)")
    assert_cancelled(drawing, "FILE_LOAD")
    assert list(drawing.folder.glob("drawn_*")) == []
    assert drawing.quit() == 0


@pytest.mark.factory_layout
def test_a_render_of_the_user_before_the_settings_are_drawn_is_waited_for(drawing: Window) -> None:
    drawing.run_file(SCRIPTS / "user_renders.py")
    drawing.exec("has_begun = render_as_the_user(); bpy.app.timers.unregister(draw_on)")
    assert drawing.eval("has_begun")
    drawing.wait_until("task.done()")
    assert drawing.eval("outcome[-1].frames") == [1, 2]
    assert drawing.eval("ends") == ["complete", "complete"]
    drawing.exec("bpy.app.handlers.render_complete.clear(); bpy.app.handlers.render_cancel.clear()")
    assert_state_is_back(drawing)
    assert drawing.quit() == 0


@pytest.mark.parametrize("call", ["animation", "still"])
@pytest.mark.parametrize("blender", NOT_4_3, indirect=True, ids=lambda blender: blender.name)
def test_a_scene_that_is_renamed_right_before_its_job_is_rendered_and_no_other(window: Window, call: str) -> None:
    """Where no scene has the name that Blender's operator gets, it renders the window's scene, over its files.

    Debian's 4.3 without our code ends in GLXBadContext in some runs, when Cycles begins to render a scene that has just
    been renamed. `tests/headless/kinds/test_names_that_change.py` has the same on 4.2 to 5.2.
    """
    make_segments_file(window)
    final = window.folder / "window_0001.png"
    final.write_text("the final picture of the window's scene")
    window.exec("bpy.context.scene.render.filepath = '//window_'")
    window.run_file(SCRIPTS / "outcome.py")
    window.run_file(SCRIPTS / "renamed_late.py")
    window.exec(f"task = ar.run(ar.render_{call}(scene='Other', filepath='//other_####'))")
    window.wait_until("task.done()")
    window.exec("render_job.viewports_drawn = drawn")
    names = [f"other_000{frame}.png" for frame in ((1, 2) if call == "animation" else (1,))]
    assert window.eval("[file.name for file in task.result().files]") == names
    assert [open_picture(window.folder / name).size for name in names] == [(32, 16)] * len(names)
    assert sorted(file.name for file in window.folder.glob("*.png")) == [*names, final.name]
    assert final.read_text().startswith("the final picture")
    assert window.eval("other.name") == "Renamed"


def test_another_file_is_loaded_while_a_render_waits(rendering: Window) -> None:
    rendering.exec("waiting = ar.run(render(frame_end=1))")
    rendering.wait_until("[item.state.value for item in ar.queue()] == ['running', 'queued']")
    rendering.exec("bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)")
    rendering.wait_until("waiting.done()")
    assert "is gone: it was deleted, or another file was loaded" in rendering.eval("str(outcome[-1])")


def test_an_undo_while_a_render_waits(rendering: Window) -> None:
    rendering.exec("waiting = ar.run(render(frame_end=1, filepath='//waited_'))")
    rendering.wait_until("[item.state.value for item in ar.queue()] == ['running', 'queued']")
    rendering.exec("bpy.ops.ed.undo_push(message='one'); bpy.ops.ed.undo_push(message='two')")
    rendering.display.move(800, 450)
    rendering.display.key("ctrl+z")
    rendering.wait_until("waiting.done() and task.done()")
    assert rendering.eval("outcome[0].reason") == "UNDO"
    assert rendering.eval("outcome[1].frames") == [1]
    assert (rendering.folder / "waited_0001.png").exists()
    assert_state_is_back(rendering)


def test_the_add_on_is_disabled_while_a_render_waits(rendering: Window) -> None:
    rendering.exec("waiting = ar.run(render(frame_end=1, filepath='//waited_'))")
    rendering.wait_until("[item.state.value for item in ar.queue()] == ['running', 'queued']")
    rendering.exec("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')")
    rendering.wait_until("len(outcome) == 2")
    assert rendering.eval("[type(item).__name__ for item in outcome]") == ["CancelledError"] * 2
    rendering.wait_until("not bpy.app.is_job_running('RENDER')")
    assert not list(rendering.folder.glob("waited_*"))
    wait_for_state(rendering)


def test_handlers_and_drivers_of_others_that_fail_harm_nothing(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.run_file(SCRIPTS / "failing_handlers.py")
    window.exec("bpy.context.scene.camera.driver_add('location', 0).driver.expression = 'no_such_name + frame'")
    window.exec("task = ar.run(render(frame_end=3, filepath='//after_'))")
    window.wait_until("task.done()")
    assert window.eval("outcome[-1].frames") == [1, 2, 3], window.eval("repr(outcome[-1])")
    assert window.eval("after") == [False]


def test_the_add_on_is_disabled_while_it_renders(rendering: Window) -> None:
    rendering.exec("bpy.ops.preferences.addon_disable(module='bl_ext.user_default.async_render')")
    rendering.wait_until("outcome")
    assert rendering.eval("type(outcome[-1]).__name__") == "CancelledError"
    rendering.wait_until("not bpy.app.is_job_running('RENDER')")
    wait_for_state(rendering)
    assert rendering.eval("[scene.name for scene in bpy.data.scenes if 'Async' in scene.name]") == []


def test_what_the_user_renders_is_waited_for_and_never_killed(window: Window) -> None:
    file = make_segments_file(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.exec("ended = []; bpy.app.handlers.render_complete.append(lambda *_: ended.append(len(outcome)))")
    window.exec("bpy.context.scene.render.filepath = '//user_'; bpy.ops.wm.save_mainfile()")
    window.exec(
        "bpy.ops.render.render('INVOKE_DEFAULT', animation=True)\n"
        "task = ar.run(render(frame_end=1, filepath='//ours_'))"
    )
    window.wait_until("task.done()")
    assert window.eval("ended") == [0, 0]
    assert len(list(file.parent.glob("user_*.png"))) == 12
    assert len(list(file.parent.glob("ours_*.png"))) == 1


@pytest.mark.parametrize("moment", ["render_another_scene(); task.cancel()", "task.cancel()"])
def test_a_cancel_leaves_what_the_user_renders_in_another_scene_alone(rendering: Window, moment: str) -> None:
    rendering.run_file(SCRIPTS / "another_scene.py")
    rendering.exec(moment)
    if "render" not in moment:
        rendering.exec("render_another_scene()")  # ours ends, or does not know yet that it has ended
    rendering.wait_until("task.done()")
    assert rendering.eval("type(outcome[-1]).__name__") == "CancelledError"
    assert_state_is_back(rendering)
    rendering.wait_until("bpy.app.is_job_running('RENDER')")
    rendering.settle()
    assert rendering.eval("(bpy.app.is_job_running('RENDER'), broken)") == [True, []]
    rendering.display.key("Escape")
    rendering.wait_until("not bpy.app.is_job_running('RENDER')")


def test_another_scene_that_the_user_renders_ends_ours_which_says_so(rendering: Window) -> None:
    """Blender stops the render of one scene for that of another one."""
    rendering.run_file(SCRIPTS / "another_scene.py")
    rendering.exec("render_another_scene()")
    rendering.wait_until("outcome and task.done()")
    assert rendering.eval("outcome[-1].reason") == "OTHER_RENDER"
    assert rendering.eval("outcome[-1].frames") == []
    assert rendering.eval("after") == [True]  # theirs goes on
    assert rendering.eval("bpy.context.scene.cycles.samples") == 8
    rendering.exec("after.clear(); task = ar.run(render(frame_end=1, filepath='//ours_'))")  # it waits for theirs
    rendering.wait_until("[item.state.value for item in ar.queue()] == ['queued']")
    rendering.settle()
    assert rendering.eval("[item.state.value for item in ar.queue()]") == ["queued"]
    rendering.display.key("Escape")
    rendering.wait_until("task.done()")
    assert [file.name for file in rendering.folder.glob("ours_*.png")] == ["ours_0001.png"]


def test_errors_that_others_report_meanwhile_are_not_the_renders(rendering: Window) -> None:
    rendering.exec("from async_render.blender.window import messages; messages.report('ERROR', 'of somebody else')")
    rendering.settle()
    rendering.display.key("Escape")
    assert_cancelled(rendering, "ESC")
    assert "somebody" not in rendering.eval("str(outcome[-1])")
    rendering.display.key("Escape")  # the pop-up
    rendering.exec("outcome.clear(); after.clear()")
    rendering.exec(f"task = ar.run(render(frame_end=2, filepath='//after_', {AS_THE_EXAMPLE}))")
    rendering.exec("messages.report('ERROR', 'of somebody else')")
    rendering.wait_until("outcome and task.done()")
    assert rendering.eval("outcome[-1].frames") == [1, 2]


def test_a_movie_that_no_encoder_can_write_is_an_error_and_leaves_the_old_one(window: Window) -> None:
    """Blender calls no handler when the encoder cannot be opened: a WebM takes no MPEG-4."""
    make_segments_file(window)
    (window.folder / "film.webm").write_text("the old one")
    window.run_file(SCRIPTS / "outcome.py")
    settings = "file_format='FFMPEG', container='WEBM', video_codec='MPEG4', filepath='//film.webm', frame_end=3"
    window.exec(f"task = ar.run(render({settings}))")
    window.wait_until("task.done()")
    assert window.eval("type(outcome[-1]).__name__") in {"RenderError", "OutputError"}
    assert (window.folder / "film.webm").read_text() == "the old one"
    assert window.eval("after") == [False]
    window.exec("after.clear(); task = ar.run(render(frame_end=1, filepath='//after_'))")
    window.wait_until("task.done()")
    assert (window.folder / "after_0001.png").exists()
    assert not list(window.folder.glob(".async_render_*"))


def test_a_movie_and_frames_of_a_list_are_rendered(window: Window) -> None:
    make_segments_file(window)
    choose_a_movie_format_once(window)
    remember_state(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.exec("task = ar.run(render(file_format='FFMPEG', container='MKV', filepath='//film_', frame_end=5))")
    window.wait_until("task.done()")
    (movie,) = window.eval("[file.name for file in outcome[-1].files]")
    assert (window.folder / movie).stat().st_size > 0
    window.exec("task = ar.run(render(frames='2, 5-6', filepath='//part_'))")
    window.wait_until("task.done()")
    assert window.eval("outcome[-1].frames") == [2, 5, 6]
    assert len(list(window.folder.glob("part_*.png"))) == 3
    wait_for_idle(window)
    assert_state_is_back(window)


def choose_a_movie_format_once(window: Window) -> None:
    """What the first one of a file fills in cannot be emptied again."""
    window.exec("import async_render as ar; from async_render.blender.settings.apply import applied")
    window.exec("settings = ar.RenderSettings(file_format='FFMPEG')")
    window.exec("with applied(bpy.context.scene, settings): pass")


CANNOT_WORK = (
    ("filepath='/proc/a/b_'", "RenderError", "filepath='/proc/a/b_': no file can be written in the folder /proc/a"),
    ("filepath='//scene.blend/a_'", "RenderError", "there is a file where the folder will be"),
    ("filepath='//' + 'x' * 300", "RenderError", "a name in it is too long"),
    ("file_format='FFMPEG', filepath='/proc/a/b_'", "RenderError", "no file can be written in the folder /proc/a"),
    ("frames=' '", "ValueError", "frames=' ' names no frame"),
)


def test_what_cannot_work_is_told_before_anything_changes(window: Window) -> None:
    make_segments_file(window)
    choose_a_movie_format_once(window)
    remember_state(window)
    window.run_file(SCRIPTS / "outcome.py")
    for settings, kind, message in CANNOT_WORK:
        window.exec("outcome.clear()")
        window.exec(f"async def start():\n    await render({settings})\ntask = ar.run(start())")
        window.wait_until("task.done()")
        error = "(outcome[-1] if outcome else task.exception())"
        assert window.eval(f"type({error}).__name__") == kind
        assert message in window.eval(f"str({error})")
        assert_state_is_back(window)


def test_a_full_disk_is_an_output_error_though_blender_says_complete(window: Window) -> None:
    make_segments_file(window)
    (window.folder / "ü ñ 日本").mkdir()
    (window.folder / "ü ñ 日本" / "a 0002.png").symlink_to("/dev/full")
    window.run_file(SCRIPTS / "outcome.py")
    window.exec("task = ar.run(render(frame_end=3, filepath='//ü ñ 日本/a '))")
    window.wait_until("task.done()")
    assert window.eval("type(outcome[-1]).__name__") == "OutputError"
    assert window.eval("[file.name for file in outcome[-1].damaged]") == ["a 0002.png"]
    files = [Path(file) for file in window.eval("[str(file) for file in outcome[-1].files]")]
    assert [file.name for file in files] == ["a 0001.png", "a 0003.png"]
    assert {open_picture(file).size for file in files} == {SMALL}
    wait_for_idle(window)


def test_an_error_of_the_engine_is_no_cancellation(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.run_file(SCRIPTS / "broken_engine.py")
    for number in range(1, 5):  # from the second one on the operator has ended before Blender has drawn its windows
        window.exec("task = ar.run(render(engine='BROKEN'))")
        window.wait_until("task.done()")
        assert window.eval("type(outcome[-1]).__name__") == "RenderError"
        told = window.eval("str(outcome[-1])")
        assert told == "the render of the scene 'Render Segments' failed after 0 of 12 frames: out of coffee"
        assert window.eval("after") == [False] * number


def test_the_operators_of_a_render_go_in_a_window_that_nobody_touches(window: Window) -> None:
    """Blender's own, and the one that looks at it: also when the add-on is disabled while Blender renders."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.exec("from async_render.blender.jobs.error_watch import ASYNC_RENDER_OT_error_watch as watch")
    window.exec(f"task = ar.run(render({AS_THE_EXAMPLE}, frame_end=4))")
    window.wait_until(f"{MODAL_OPERATORS} == ['ASYNC_RENDER_OT_error_watch', 'RENDER_OT_render']")
    window.wait_until("task.done()")
    window.wait_until(f"{MODAL_OPERATORS} == []")
    assert window.eval("(watch.running, watch.is_registered)") == [0, True]
    window.exec(f"task = ar.run(render({AS_THE_EXAMPLE}, frame_end=4))")
    window.wait_until(f"len({MODAL_OPERATORS}) == 2")
    window.exec("import addon_utils; name = next(a for a in bpy.context.preferences.addons.keys() if 'async' in a)")
    window.exec("addon_utils.disable(name)")
    assert window.eval("watch.is_registered")  # 4.3 crashes when it is taken from a call that goes on
    window.wait_until(f"task.done() and {MODAL_OPERATORS} == [] and not watch.is_registered")


@pytest.mark.factory_layout
def test_an_error_of_the_engine_is_no_cancellation_while_blender_draws_for_long(window: Window) -> None:
    """The operator is gone, and cannot be asked, when the main thread has time again."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.run_file(SCRIPTS / "fails_late.py")
    window.exec("task = ar.run(render(engine='FAILS_LATE', render_display_type='NONE'))")
    window.wait_until("task.done()")
    window.exec("bpy.app.timers.unregister(draw_again)")
    window.exec("bpy.types.SpaceView3D.draw_handler_remove(is_drawn, 'WINDOW')")
    assert window.eval("type(outcome[-1]).__name__") == "RenderError"
    told = window.eval("str(outcome[-1])")
    assert told == "the render of the scene 'Render Segments' failed after 3 of 12 frames: out of coffee"


def test_a_frame_in_which_the_engine_failed_is_not_done_though_blender_has_forgotten_the_error(window: Window) -> None:
    """The operator may take the engine's report away before Blender looks for it; seen on 4.3, once in many renders."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "outcome.py")
    window.run_file(SCRIPTS / "forgotten_error.py")
    window.exec("task = ar.run(render())")
    window.wait_until("task.done()")
    window.exec("render_operator.bpy = bpy")
    told = window.eval("str(outcome[-1])")
    assert told == "the render of the scene 'Render Segments' failed after 11 of 12 frames: out of coffee"
    assert window.eval("outcome[-1].frame") == 1
    assert [file.name for file in sorted(window.folder.glob("*.png"))] == [f"{frame:04d}.png" for frame in range(2, 13)]
