"""Handlers, operators, bakes, sound and files on the `bpy` module."""

from __future__ import annotations

import ast
import asyncio
import inspect
import math
import subprocess
import sys
import threading
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import bpy
import pytest

import async_render as ar
from async_render.render.blender_names import JobName

from ...support.checkout import EXAMPLES

pytestmark = pytest.mark.core

EXAMPLE = EXAMPLES / "render_files.py"


def ours(name: str) -> list[object]:
    return [item for item in getattr(bpy.app.handlers, name) if item.__module__.startswith("async_render")]


def test_the_next_call_of_a_handler_gives_its_scene(scene: bpy.types.Scene) -> None:
    async def main() -> Any:
        waiting = asyncio.create_task(ar.handler("frame_change_post"))
        await asyncio.sleep(0)
        scene.frame_set(7)
        return await waiting

    assert ar.run(main()).result() == scene
    assert ours("frame_change_post") == []


def test_a_stream_loses_no_call_and_break_removes_its_handler_at_once(scene: bpy.types.Scene) -> None:
    async def main() -> None:
        stream = ar.handler_stream("frame_change_post")
        for frame in range(1, 6):
            scene.frame_set(frame)
        heard = 0
        async for found in stream:
            assert found.name == "Scene"
            heard += 1
            if heard == 5:
                break
        del stream
        assert ours("frame_change_post") == []

    ar.run(main())


def test_a_handler_may_be_called_by_any_thread(scene: bpy.types.Scene) -> None:
    async def main() -> Any:
        waiting = asyncio.create_task(ar.handler("render_stats"))
        await asyncio.sleep(0)
        (call,) = ours("render_stats")
        thread = threading.Thread(target=call, args=("Mem:1M",))  # type: ignore[arg-type]
        thread.start()
        thread.join()
        return await waiting

    assert ar.run(main()).result() == "Mem:1M"


def test_a_cancelled_wait_leaves_no_handler(scene: bpy.types.Scene) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ar.handler("save_post")
        assert ours("save_post") == []

    ar.run(main())


def test_a_list_that_others_clear_is_joined_again(scene: bpy.types.Scene) -> None:
    async def main() -> Any:
        waiting = asyncio.create_task(ar.handler("frame_change_post"))
        await asyncio.sleep(0)
        bpy.app.handlers.frame_change_post.clear()
        while not bpy.app.handlers.frame_change_post:
            await asyncio.sleep(0.01)
        scene.frame_set(3)
        return await waiting

    assert ar.run(main()).result().name == "Scene"


def test_a_scene_that_is_gone_is_none(scene: bpy.types.Scene) -> None:
    async def main() -> Any:
        other = bpy.data.scenes.new("Other")
        stream = ar.handler_stream("frame_change_post")
        other.frame_set(3)
        bpy.data.scenes.remove(other)
        return await anext(stream)

    assert ar.run(main()).result() is None


def test_an_unknown_handler_names_those_near_to_it() -> None:
    with pytest.raises(ValueError, match="name='render_don' is not one of Blender's handlers; near to it: 'render_"):
        ar.run(ar.handler("render_don"))  # type: ignore[arg-type]


WRONG: dict[str, Callable[[Any], object]] = {
    "name=12 is no text; write the name": lambda wrong: ar.handler(wrong),
    "name=12 is no text; write": lambda wrong: ar.handler_stream(wrong),
    "timeout='5' is no number; write seconds": lambda wrong: ar.handler("load_post", timeout=wrong),
    "where=12 is no function; write": lambda wrong: ar.handler("load_post", where=wrong),
    "filepath=12 is no path; write": lambda wrong: ar.mixdown(wrong),
    "filepath=b'x.wav' is no path; write": lambda wrong: ar.mixdown(wrong),
    "filepath=12 is no path": lambda wrong: ar.render_still(filepath=wrong),
    "path=12 is no path; write": lambda wrong: ar.open_file(wrong),
    "path=None is no path; write": lambda wrong: ar.open_file(wrong),
    "path=b'x.blend' is no path; write": lambda wrong: ar.open_file(wrong),
    "scene=12 is not a text": lambda wrong: ar.segments(wrong),
    "scene=b'x' is not a text": lambda wrong: ar.RenderSettings.from_scene(wrong),
    "fluid=12 is no object; give": lambda wrong: ar.bake_physics(wrong),
}
"""Calls with a value of a wrong type, each by the beginning of its message, which has the value, too."""


@pytest.mark.parametrize("message", WRONG)
def test_a_value_of_a_wrong_type_is_named_with_its_field_and_what_to_write(
    scene: bpy.types.Scene, message: str
) -> None:
    wrong = ast.literal_eval(message.partition("=")[2].partition(" is ")[0])

    async def main() -> None:
        made = WRONG[message](wrong)
        if inspect.isawaitable(made):
            await made

    with pytest.raises(TypeError) as caught:
        ar.run(main())
    assert str(caught.value).startswith(message)
    assert ar.queue() == ()


def test_an_operator_says_how_it_ended(scene: bpy.types.Scene) -> None:
    result = ar.run(ar.operator(bpy.ops.mesh.primitive_plane_add, size=2)).result()
    assert (result.name, result.status) == ("MESH_OT_primitive_plane_add", "FINISHED")


def test_an_operator_whose_poll_fails_is_an_error_with_its_words(scene: bpy.types.Scene) -> None:
    with pytest.raises(ar.OperatorError, match=r"OBJECT_OT_mode_set cannot run: .*poll\(\)"):
        ar.run(ar.operator(bpy.ops.object.mode_set, mode="EDIT"))


def test_an_operator_without_its_editor_is_an_error_that_asks_for_one_that_was_not_given(
    scene: bpy.types.Scene,
) -> None:
    for area, is_asked in ((None, True), ("VIEW_3D", False)):
        with pytest.raises(ar.OperatorError, match=r"NODE_OT_select_all cannot run: .*context is incorrect") as caught:
            ar.run(ar.operator(bpy.ops.node.select_all, area=area))
        assert str(caught.value).endswith('; give the editor that it needs, as area="VIEW_3D"') == is_asked


def test_an_editor_that_no_window_shows_is_an_error_with_those_that_are_shown(scene: bpy.types.Scene) -> None:
    with pytest.raises(ar.OperatorError) as caught:
        ar.run(ar.operator(bpy.ops.view3d.view_all, area="CONSOLE"))
    shown = sorted({area.type for area in bpy.context.window.screen.areas})
    assert str(caught.value) == (
        f"area='CONSOLE' is in no window; they show {', '.join(shown)}: give one of these, or open such an editor"
    )


def test_an_unknown_job_names_those_that_blender_knows() -> None:
    with pytest.raises(
        ValueError, match="job='BAKE' is not a type of job that Blender knows; write one of RENDER, RENDER_PREVIEW"
    ):
        ar.run(ar.job_done("BAKE"))  # type: ignore[arg-type]
    for job in get_args(JobName):
        ar.run(ar.job_done(job))


def test_a_bake_fills_the_image(scene: bpy.types.Scene) -> None:
    bpy.ops.mesh.primitive_plane_add()
    material = bpy.data.materials.new("Baked")
    if material.node_tree is None:  # before 5.0
        material.use_nodes = True
    bpy.context.object.data.materials.append(material)
    image = bpy.data.images.new("Baked", 8, 8)
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    material.node_tree.nodes.active = node
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Emission Color"].default_value = (1, 0, 0, 1)
    shader.inputs["Emission Strength"].default_value = 1
    result = ar.run(ar.bake("EMIT")).result()
    assert result.status == "FINISHED"
    pixels: Any = image.pixels
    assert [round(value, 2) for value in pixels[:4]] == [1, 0, 0, 1]


def test_a_bake_that_cannot_be_is_an_error_with_blenders_words(scene: bpy.types.Scene) -> None:
    bpy.ops.mesh.primitive_plane_add()
    with pytest.raises(ar.OperatorError, match=r"OBJECT_OT_bake cannot run: .*material"):
        ar.run(ar.bake("EMIT"))


def test_point_caches_are_baked(scene: bpy.types.Scene) -> None:
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=4, y_subdivisions=4)
    cache = bpy.context.object.modifiers.new("Cloth", "CLOTH").point_cache
    cache.frame_end = 3
    ar.run(ar.bake_physics())
    assert cache.is_baked


def test_a_fluid_without_its_domain_is_an_error(scene: bpy.types.Scene) -> None:
    with pytest.raises(ar.OperatorError, match="fluid='Nope' is not an object"):
        ar.run(ar.bake_physics(fluid="Nope"))


def test_a_mixdown_has_the_length_of_the_scene(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.frame_end = 24
    if not bpy.app.build_options.audaspace:
        with pytest.raises(ar.RenderError, match="this Blender was built without sound"):
            ar.run(ar.mixdown(tmp_path / "new" / "ä.wav"))
        return
    file = ar.run(ar.mixdown(tmp_path / "new" / "ä.wav")).result()
    with wave.open(str(file)) as sound:
        assert math.isclose(sound.getnframes() / sound.getframerate(), 1.0, abs_tol=0.05)


def test_a_mixdown_of_an_unknown_extension_is_an_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has none of the extensions \.aac, "):
        ar.run(ar.mixdown(tmp_path / "sound.xyz"))


def test_a_viewport_is_not_rendered_without_a_window(scene: bpy.types.Scene) -> None:
    with pytest.raises(ar.RenderError, match="render_viewport needs Blender's window"):
        ar.run(ar.render_viewport())


def test_a_script_goes_on_in_the_file_that_it_opened(scene: bpy.types.Scene, tmp_path: Path) -> None:
    for name in ("a", "b"):
        scene.name = name
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / f"{name}.blend"), copy=True)

    async def main() -> list[str]:
        names = []
        for name in ("a", "b"):
            await ar.open_file(tmp_path / f"{name}.blend")
            names.append(bpy.context.scene.name)
        return names

    assert ar.run(main()).result() == ["a", "b"]


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), (b"text", "is not a .blend file")])
def test_a_file_that_cannot_be_opened_is_an_error(
    scene: bpy.types.Scene, tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "x.blend"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ar.RenderError, match=message):
        ar.run(ar.open_file(file))


def test_a_blend_file_that_is_cut_off_is_an_error_with_blenders_words(scene: bpy.types.Scene, tmp_path: Path) -> None:
    file = tmp_path / "x.blend"
    file.write_bytes(b"BLENDER-v405")
    with pytest.raises(ar.RenderError, match="cannot be opened: "):
        ar.run(ar.open_file(file))


def test_the_example_renders_all_files_of_a_folder(scene: bpy.types.Scene, tmp_path: Path) -> None:
    for name in ("a", "b"):
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / f"{name}.blend"), copy=True)
    ended = subprocess.run(
        [sys.executable, EXAMPLE, "--", tmp_path], capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(list(tmp_path.glob("[ab]/000[123].png"))) == 6
