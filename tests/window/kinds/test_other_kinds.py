"""Everything awaitable that is no render job: handlers, operators, bakes, viewport renders, sound, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ...support.pictures import open_picture
from ...support.window.scenes import AS_THE_EXAMPLE, MODAL_OPERATORS, make_segments_file, wait_for_files
from ...support.window.window import Window

pytestmark = pytest.mark.shared_window

SCRIPTS = Path(__file__).with_name("scripts")

HANDLERS = (
    "[h for n in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, n), list)"
    " for h in getattr(bpy.app.handlers, n) if h.__module__.endswith('blender.host.handlers')]"
)


def run(window: Window, coroutine: str, timeout: float = 120.0) -> list[object]:
    """What the coroutine returned or raised."""
    window.exec("log.clear()")
    window.exec(f"ar.run(noted({coroutine}))")
    window.wait_until("'end' in log", timeout=timeout)
    found: list[object] = window.eval("log[:-1]")
    return found


@pytest.mark.factory_layout
def test_handlers_and_operators_are_awaited(window: Window) -> None:
    make_segments_file(window)
    window.exec("bpy.context.scene.cycles.samples, bpy.context.scene.render.resolution_percentage = 2, 1000")
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "modal_operator.py")
    window.run_file(SCRIPTS / "wait_for_frames.py")
    assert run(window, "written()") == [["Render Segments", 12, "Render Segments"]]
    window.wait_until(f"{HANDLERS} == []")
    run(window, "ar.job_done('RENDER')")
    for end in ("FINISHED", "CANCELLED"):
        (result,) = run(window, f"ar.operator(bpy.ops.test.modal, end={end!r})")
        assert f"name='TEST_OT_modal', status='{end}'" in str(result)
        assert "TEST_OT_modal" not in window.eval(MODAL_OPERATORS)
    (error,) = run(window, "ar.operator(bpy.ops.view3d.snap_cursor_to_center)")
    assert 'give the editor that it needs, as area="VIEW_3D"' in str(error)
    (result,) = run(window, "ar.operator(bpy.ops.view3d.snap_cursor_to_center, area='VIEW_3D')")
    assert "status='FINISHED'" in str(result)
    window.exec("log.clear(); task = ar.create_task(noted(ar.handler('save_post')))")
    window.wait_until(f"len({HANDLERS}) == 1")
    window.exec("import addon_utils; name = next(a for a in bpy.context.preferences.addons.keys() if 'async' in a)")
    window.exec("addon_utils.disable(name)")
    window.wait_until("'end' in log")
    assert "CancelledError" in window.eval("log[0]")
    assert window.eval(HANDLERS) == []
    assert window.quit() == 0


def test_bakes_and_sound_are_awaited(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "baked_plane.py")
    (result,) = run(window, "ar.bake('EMIT')")
    assert "name='OBJECT_OT_bake', status='FINISHED'" in str(result)
    assert window.eval("node.image.is_dirty")
    (error,) = run(window, "ar.bake('NORMAL', uv_layer='Nope')")
    assert error == 'OperatorError: OBJECT_OT_bake failed: No UV layer named "Nope" found in the object "Plane"'
    window.exec("bpy.context.view_layer.objects.active = bpy.context.scene.camera")
    (error,) = run(window, "ar.bake('NORMAL')")
    assert "OperatorError: OBJECT_OT_bake cannot run: " in str(error)
    window.exec("bpy.context.view_layer.objects.active = plane")
    window.exec("bpy.ops.object.modifier_add(type='CLOTH')")
    window.exec("cache = bpy.context.object.modifiers[-1].point_cache; cache.frame_end = 20")
    (result,) = run(window, "ar.bake_physics()")
    assert "name='PTCACHE_OT_bake_all', status='FINISHED'" in str(result)
    assert window.eval("bpy.context.object.modifiers[-1].point_cache.is_baked")
    (sound,) = run(window, "ar.mixdown('//sound.flac')")
    assert str(window.folder / "sound.flac") in str(sound)


def test_a_bake_that_fails_with_its_last_object_is_no_success(window: Window) -> None:
    """Blender reports that when the first object is baked, and calls `object_bake_complete`."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "baked_plane.py")
    window.run_file(SCRIPTS / "second_plane.py")
    for _ in range(3):
        (error,) = run(window, "ar.bake('COMBINED', uv_layer='First')")
        told = 'OperatorError: OBJECT_OT_bake failed: No UV layer named "First" found in the object "Plane.001"'
        assert error == told


def test_a_cancelled_bake_is_gone_and_the_next_one_works(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "baked_plane.py")
    window.exec("scenes = [scene.name for scene in bpy.data.scenes], [camera.name for camera in bpy.data.cameras]")
    window.run_file(SCRIPTS / "cancel_bakes.py")
    bakes = "lambda: ar.bake('COMBINED'), lambda: ar.operator(bpy.ops.object.bake, type='COMBINED')"
    assert run(window, f"cancel_bakes({bakes})") == [window.eval("scenes")]
    assert window.eval("bpy.app.is_job_running('RENDER')") is False
    assert "OBJECT_OT_bake" not in window.eval(MODAL_OPERATORS)


def test_a_file_that_is_opened_does_not_wait_for_the_end_of_a_bake(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "baked_plane.py")
    window.run_file(SCRIPTS / "endless_bake.py")
    (error,) = run(window, "bake_while_a_file_is_opened()")
    assert error == "OperatorError: the bake type='COMBINED' was cancelled in Blender, by Esc or another job"
    assert window.eval("bpy.app.is_job_running('OBJECT_BAKE')") is False


def prepare_physics(window: Window) -> None:
    """Give the window a file where `cancel_physics` bakes a cloth of many points."""
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "baked_plane.py")
    window.run_file(SCRIPTS / "cancel_physics.py")


def test_a_cancelled_bake_of_physics_ends_with_its_frame(window: Window) -> None:
    prepare_physics(window)
    assert run(window, "cancel_physics(4)") == [None]


def test_an_undo_after_a_cancelled_bake_of_physics_brings_nothing_back(window: Window) -> None:
    """Blender makes its undo step when the bake ends."""
    prepare_physics(window)
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    assert run(window, "cancel_physics(1)") == [None]
    window.exec("bpy.context.scene.frame_preview_start = 6\nbpy.ops.ed.undo_push(message='After')")
    window.display.move(700, 450)
    window.display.key("ctrl+z")
    window.wait_until("bpy.context.scene.frame_preview_start != 6")
    assert window.eval("datablocks()") == window.eval("names")
    window.display.key("ctrl+z")
    window.settle()
    window.display.key("ctrl+shift+z")
    window.settle()
    assert window.eval("datablocks()") == window.eval("names")


def test_a_bake_of_the_user_is_waited_for(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "baked_plane.py")
    window.exec("bpy.context.scene.cycles.samples = 512; bpy.context.scene.cycles.use_denoising = False")
    window.exec("baked = []; bpy.app.handlers.object_bake_complete.append(lambda *_: baked.append(list(log)))")
    window.run_file(SCRIPTS / "bake_beside.py")
    (result,) = run(window, "beside()")
    assert "frames=(1,)" in str(result)
    assert window.eval("baked") == [[]]


@pytest.mark.factory_layout
def test_a_movie_of_the_viewport_that_esc_ends_is_no_success(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    movie = "ar.RenderSettings(file_format='FFMPEG', container='MKV', filepath='//{}', frame_end={}, {})"
    run(window, f"ar.render_viewport({movie.format('whole_', 4, AS_THE_EXAMPLE)})")
    assert window.eval("log[0].frames") == [1, 2, 3, 4]
    window.exec(f"log.clear(); task = ar.run(noted(ar.render_viewport({movie.format('cut_', 2000, AS_THE_EXAMPLE)})))")
    window.display.move(700, 450)
    wait_for_viewport_render(window)
    window.display.key("Escape")
    window.wait_until("'end' in log")
    assert window.eval("log[0]").startswith("RenderCancelled: the viewport render ended in Blender after ")
    assert window.quit() == 0


@pytest.mark.factory_layout
def test_a_cancelled_viewport_render_gives_the_range_of_its_scene_back(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.exec("bpy.context.scene.frame_end = 2000; bpy.context.scene.render.filepath = '//many_####'")
    window.exec(f"task = ar.run(noted(ar.render_viewport({AS_THE_EXAMPLE})))")
    wait_for_viewport_render(window)
    window.exec("task.cancel()")
    window.wait_until("'end' in log")
    assert window.eval("bpy.context.scene.frame_end") == 2000
    assert window.quit() == 0


def test_a_cancelled_render_operator_ends_its_render(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "cancel_render_operator.py")
    assert run(window, "cancel()") == [[True, False]]


@pytest.mark.factory_layout
@pytest.mark.slow
def test_the_viewport_is_rendered_and_can_be_cancelled(window: Window) -> None:
    make_segments_file(window)
    window.run_file(SCRIPTS / "noted.py")
    window.exec("bpy.context.scene.use_preview_range = True")
    settings = "ar.RenderSettings(filepath='//view_####', frame_end=3, resolution_x=64, resolution_y=36)"
    (result,) = run(window, f"ar.render_viewport({settings})")
    assert "frames=(1, 2, 3)" in str(result)
    assert [open_picture(window.folder / f"view_000{frame}.png").size for frame in (1, 2, 3)] == [(64, 36)] * 3
    for wrong, message in (("frames='1,3'", "has one range"), ("scene='Scene'", "is not shown in the window")):
        (error,) = run(window, f"ar.render_viewport(ar.RenderSettings({wrong}))")
        assert "RenderError: " in str(error)
        assert message in str(error)
    window.exec("import addon_utils; name = next(a for a in bpy.context.preferences.addons.keys() if 'async' in a)")
    window.display.move(700, 450)
    cancelled = "RenderCancelled: the viewport render ended in Blender after "
    assert_viewport_render_ends(window, lambda: window.display.key("Escape"), cancelled)
    assert_viewport_render_ends(window, lambda: window.exec("task.cancel()"), "CancelledError: ")
    assert_viewport_render_ends(window, lambda: window.exec("addon_utils.disable(name)"), "CancelledError: ")
    assert window.quit() == 0


def assert_viewport_render_ends(window: Window, end: Callable[[], None], error: str) -> None:
    """Start a long one, and end it: soon it raises that error, and nothing is left of it but the frames so far."""
    for file in window.folder.glob("many_*.png"):
        file.unlink()
    settings = f"ar.RenderSettings(filepath='//many_####', frame_end=2000, {AS_THE_EXAMPLE})"
    window.exec(f"log.clear(); task = ar.run(noted(ar.render_viewport({settings})))")
    wait_for_viewport_render(window)
    wait_for_files(window, "many_*.png", 1)
    window.display.screenshot(window.folder / "viewport.png")
    assert window.eval("log") == []
    end()
    window.wait_until("'end' in log")
    assert window.eval("log[0]").startswith(error)
    assert 0 < len(list(window.folder.glob("many_*.png"))) < 2000
    assert "RENDER_OT_opengl" not in window.eval(MODAL_OPERATORS)
    assert window.eval("bpy.app.is_job_running('RENDER')") is False
    assert window.eval("bpy.context.scene.frame_end") == 12
    assert window.eval("bpy.context.scene.use_preview_range") is True
    assert [scene for scene in window.eval("[s.name for s in bpy.data.scenes]") if "Stop" in scene] == []


def wait_for_viewport_render(window: Window) -> None:
    """Wait until Blender's operator runs, and so Esc is for it."""
    window.wait_until(f"'RENDER_OT_opengl' in {MODAL_OPERATORS}")
    window.settle()


def test_one_script_opens_two_files_and_others_end(window: Window) -> None:
    first = make_segments_file(window)
    second = window.folder / "second.blend"
    window.exec(f"bpy.ops.wm.save_as_mainfile(filepath={str(second)!r}, copy=True)")
    (window.folder / "no.blend").write_text("nothing")
    (window.folder / "cut.blend").write_bytes(first.read_bytes()[:100])
    window.run_file(SCRIPTS / "noted.py")
    window.run_file(SCRIPTS / "open_both.py")
    window.exec("from async_render.blender.options import options; options.on_file_load = 'CANCEL'")
    window.exec("other = ar.run(asyncio.sleep(600))")
    assert run(window, f"open_both({str(first)!r}, {str(second)!r})") == [[str(first), str(second)]]
    assert len(list(window.folder.glob("scene/*.png"))) == len(list(window.folder.glob("second/*.png"))) == 2
    assert window.eval("other.cancelled()")
    for name, message in (("no", "is not a .blend file"), ("cut", "cannot be opened: "), ("none", "No such file")):
        (error,) = run(window, f"ar.open_file('//{name}.blend')")
        assert f"RenderError: path='{window.folder}/{name}.blend' " in str(error)
        assert message in str(error)
    window.exec("bpy.ops.ed.undo_push(message='a change')")
    (error,) = run(window, f"ar.open_file({str(first)!r})")
    assert "changes that were not saved; save them, or give discard=True" in str(error)
    assert run(window, f"ar.open_file({str(first)!r}, discard=True)") == [None]
    assert window.eval("bpy.data.filepath") == str(first)
