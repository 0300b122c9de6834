"""Everything awaitable that is no render job: handlers, operators, bakes, viewport renders, sound, files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ...support.pictures import open_picture
from ...support.window.scenes import MODAL_OPERATORS, make_segments_file, wait_for_files
from ...support.window.window import Window

START = """
import asyncio
import async_render as ar
log = []
async def noted(coroutine):
    try:
        log.append(await coroutine)
    except BaseException as error:
        log.append(f"{type(error).__name__}: {error}")
    log.append("end")
"""

MODAL = """
class TEST_OT_modal(bpy.types.Operator):
    bl_idname, bl_label, bl_options = "test.modal", "Modal", {"REGISTER"}
    end: bpy.props.StringProperty(default="FINISHED")
    def invoke(self, context, event):
        self.turns = 0
        self.timer = context.window_manager.event_timer_add(0.1, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}
    def modal(self, context, event):
        self.turns += event.type == "TIMER"
        if self.turns < 5:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self.timer)
        return {self.end}
bpy.utils.register_class(TEST_OT_modal)
"""

BAKE = """
bpy.ops.mesh.primitive_plane_add()
plane = bpy.context.object
material = bpy.data.materials.new("Baked")
plane.data.materials.append(material)
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = bpy.data.images.new("Baked", 32, 32)
material.node_tree.nodes.active = node
bpy.context.scene.render.engine = "CYCLES"
bpy.context.scene.cycles.samples = 4
bpy.context.scene.cycles.device = "CPU"
"""

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
    window.exec(START)
    window.exec(MODAL)
    window.exec(
        "async def written():\n"
        "    frames = 0\n"
        "    rendering = asyncio.create_task(ar.handler('render_complete'))\n"
        "    bpy.ops.render.render('INVOKE_DEFAULT', animation=True)\n"
        "    async for scene in ar.handler_stream('render_write'):\n"
        "        frames += 1\n"
        "        if frames == 12:\n"
        "            break\n"
        "    return scene.name, frames, (await rendering).name"
    )
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
    window.exec(START)
    window.exec(BAKE)
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
    assert window.quit() == 0


TWO_PLANES = """
bpy.ops.mesh.primitive_plane_add()
second = bpy.context.object
second.data.materials.append(material)
plane.select_set(True)
plane.data.uv_layers.new(name="First")
bpy.context.scene.cycles.samples = 2000
bpy.context.scene.cycles.use_denoising = False
"""


def test_a_bake_that_fails_with_its_last_object_is_no_success(window: Window) -> None:
    """Blender reports that when the first object is baked, and calls `object_bake_complete`."""
    make_segments_file(window)
    window.exec(START)
    window.exec(BAKE + TWO_PLANES)
    for _ in range(3):
        (error,) = run(window, "ar.bake('COMBINED', uv_layer='First')")
        told = 'OperatorError: OBJECT_OT_bake failed: No UV layer named "First" found in the object "Plane.001"'
        assert error == told
    assert window.quit() == 0


CANCEL_BAKES = """
import random
async def cancel_bakes(*bakes):
    bpy.context.scene.cycles.samples, bpy.context.scene.cycles.use_adaptive_sampling = 1_000_000, False
    bpy.context.scene.cycles.use_denoising = False  # Debian's 4.3 cannot, and its bakes end at once
    for bake in bakes:
        running = asyncio.create_task(bake())
        while not bpy.app.is_job_running("OBJECT_BAKE"):
            await asyncio.sleep(0.02)
        await asyncio.sleep(random.uniform(0.0, 1.2))
        assert bpy.app.is_job_running("OBJECT_BAKE")
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()
        assert not bpy.app.is_job_running("OBJECT_BAKE")
    bpy.context.scene.cycles.samples = 4
    await ar.bake("EMIT")
    await ar.render_animation(ar.RenderSettings(frame_end=1))
    return [scene.name for scene in bpy.data.scenes], [camera.name for camera in bpy.data.cameras]
"""


def test_a_cancelled_bake_is_gone_and_the_next_one_works(window: Window) -> None:
    make_segments_file(window)
    window.exec(START)
    window.exec(BAKE)
    window.exec("scenes = [scene.name for scene in bpy.data.scenes], [camera.name for camera in bpy.data.cameras]")
    window.exec(CANCEL_BAKES)
    bakes = "lambda: ar.bake('COMBINED'), lambda: ar.operator(bpy.ops.object.bake, type='COMBINED')"
    assert run(window, f"cancel_bakes({bakes})") == [window.eval("scenes")]
    assert window.eval("bpy.app.is_job_running('RENDER')") is False
    assert "OBJECT_OT_bake" not in window.eval(MODAL_OPERATORS)
    assert window.quit() == 0


DATABLOCKS = "[item.name for kind in (bpy.data.scenes, bpy.data.objects, bpy.data.meshes) for item in kind]"

CANCEL_PHYSICS = """
async def cancel_physics(count):
    plane.modifiers.new("Cloth", "CLOTH").point_cache.frame_end = 2000
    for _ in range(count):
        baking = asyncio.create_task(ar.bake_physics())
        while "PTCACHE_OT_bake_all" not in modal():
            await asyncio.sleep(0.01)
        await asyncio.sleep(random.uniform(0, 0.5))
        assert "PTCACHE_OT_bake_all" in modal()
        assert [item.state.value for item in ar.queue()] == ["running"]
        baking.cancel()
        while not baking.done():
            await asyncio.sleep(0.01)
            assert DATABLOCKS == names
        assert baking.cancelled()
        assert "PTCACHE_OT_bake_all" not in modal()
        bpy.ops.ptcache.free_bake_all()
"""


def prepare_physics(window: Window) -> None:
    """Give the window a file where `cancel_physics` bakes a cloth of many points."""
    make_segments_file(window)
    window.exec(START)
    window.exec(BAKE)
    window.exec(f"import random\ndef modal():\n    return {MODAL_OPERATORS}")
    window.exec("plane.modifiers.new('Dense', 'SUBSURF').levels = 5")
    window.exec(f"names = {DATABLOCKS}")
    window.exec(CANCEL_PHYSICS.replace("DATABLOCKS", DATABLOCKS))


def test_a_cancelled_bake_of_physics_ends_with_its_frame(window: Window) -> None:
    prepare_physics(window)
    assert run(window, "cancel_physics(4)") == [None]
    assert window.quit() == 0


def test_an_undo_after_a_cancelled_bake_of_physics_brings_nothing_back(window: Window) -> None:
    """Blender makes its undo step when the bake ends."""
    prepare_physics(window)
    window.exec("bpy.ops.ed.undo_push(message='Before')")
    assert run(window, "cancel_physics(1)") == [None]
    window.exec("bpy.context.scene.frame_preview_start = 6\nbpy.ops.ed.undo_push(message='After')")
    window.display.move(700, 400)
    window.display.key("ctrl+z")
    window.wait_until("bpy.context.scene.frame_preview_start != 6")
    assert window.eval(DATABLOCKS) == window.eval("names")
    window.display.key("ctrl+z")
    window.settle()
    window.display.key("ctrl+shift+z")
    window.settle()
    assert window.eval(DATABLOCKS) == window.eval("names")
    assert window.quit() == 0


def test_a_bake_of_the_user_is_waited_for(window: Window) -> None:
    make_segments_file(window)
    window.exec(START)
    window.exec(BAKE)
    window.exec("bpy.context.scene.cycles.samples = 512; bpy.context.scene.cycles.use_denoising = False")
    window.exec("baked = []; bpy.app.handlers.object_bake_complete.append(lambda *_: baked.append(list(log)))")
    window.exec(
        "async def beside():\n"
        "    bpy.ops.object.bake('INVOKE_DEFAULT', type='COMBINED')\n"
        "    assert bpy.app.is_job_running('OBJECT_BAKE')\n"
        "    return await ar.render_animation(ar.RenderSettings(frame_end=1, samples=1))"
    )
    (result,) = run(window, "beside()")
    assert "frames=(1,)" in str(result)
    assert window.eval("baked") == [[]]
    assert window.quit() == 0


@pytest.mark.factory_layout
def test_a_movie_of_the_viewport_that_esc_ends_is_no_success(window: Window) -> None:
    make_segments_file(window)
    window.exec(START)
    movie = "ar.RenderSettings(file_format='FFMPEG', container='MKV', filepath='//{}', frame_end={})"
    (result,) = run(window, f"ar.render_viewport({movie.format('whole_', 4)})")
    assert "frames=(1, 2, 3, 4)" in str(result)
    window.exec(f"log.clear(); task = ar.run(noted(ar.render_viewport({movie.format('cut_', 2000)})))")
    window.display.move(800, 300)
    wait_for_viewport_render(window)
    window.display.key("Escape")
    window.wait_until("'end' in log")
    assert window.eval("log[0]").startswith("RenderCancelled: the viewport render ended in Blender after ")
    assert window.quit() == 0


@pytest.mark.factory_layout
def test_a_cancelled_viewport_render_gives_the_range_of_its_scene_back(window: Window) -> None:
    make_segments_file(window)
    window.exec(START)
    window.exec("bpy.context.scene.frame_end = 2000; bpy.context.scene.render.filepath = '//many_####'")
    window.exec("task = ar.run(noted(ar.render_viewport()))")
    wait_for_viewport_render(window)
    window.exec("task.cancel()")
    window.wait_until("'end' in log")
    assert window.eval("bpy.context.scene.frame_end") == 2000
    assert window.quit() == 0


def test_a_cancelled_render_operator_ends_its_render(window: Window) -> None:
    make_segments_file(window)
    window.exec(START)
    window.exec(
        "async def cancel():\n"
        "    bpy.context.scene.cycles.samples = 4096\n"
        "    running = asyncio.create_task(ar.operator(bpy.ops.render.render, animation=True))\n"
        "    while not bpy.app.is_job_running('RENDER'):\n"
        "        await asyncio.sleep(0.02)\n"
        "    await asyncio.sleep(0.5)\n"
        "    running.cancel()\n"
        "    await asyncio.wait([running])\n"
        "    return running.cancelled(), bpy.app.is_job_running('RENDER')"
    )
    assert run(window, "cancel()") == [[True, False]]
    assert window.quit() == 0


@pytest.mark.factory_layout
@pytest.mark.slow
def test_the_viewport_is_rendered_and_can_be_cancelled(window: Window) -> None:
    make_segments_file(window)
    window.exec(START)
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
    window.display.move(800, 300)
    cancelled = "RenderCancelled: the viewport render ended in Blender after "
    assert_viewport_render_ends(window, lambda: window.display.key("Escape"), cancelled)
    assert_viewport_render_ends(window, lambda: window.exec("task.cancel()"), "CancelledError: ")
    assert_viewport_render_ends(window, lambda: window.exec("addon_utils.disable(name)"), "CancelledError: ")
    assert window.quit() == 0


def assert_viewport_render_ends(window: Window, end: Callable[[], None], error: str) -> None:
    """Start a long one, and end it: soon it raises that error, and nothing is left of it but the frames so far."""
    for file in window.folder.glob("many_*.png"):
        file.unlink()
    settings = "ar.RenderSettings(filepath='//many_####', frame_end=2000)"
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
    window.exec(START)
    window.exec(
        "async def both():\n"
        "    frames = []\n"
        f"    for file in ({str(first)!r}, {str(second)!r}):\n"
        "        await ar.open_file(file)\n"
        "        bpy.context.scene.frame_end = 2\n"
        "        bpy.context.scene.render.filepath = f'//{Path(file).stem}/'\n"
        "        await ar.operator(bpy.ops.render.render, animation=True)\n"
        "        frames.append(bpy.data.filepath)\n"
        "    return frames"
    )
    window.exec("from pathlib import Path")
    window.exec("from async_render.blender.options import options; options.on_file_load = 'CANCEL'")
    window.exec("other = ar.run(asyncio.sleep(600))")
    assert run(window, "both()") == [[str(first), str(second)]]
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
    assert window.quit() == 0
