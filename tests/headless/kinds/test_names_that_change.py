"""What a render was asked for is found again when it is its turn, whatever names have changed while it waited."""

from __future__ import annotations

import asyncio
import pickle
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera


@pytest.fixture
def other(scene: bpy.types.Scene, tmp_path: Path) -> bpy.types.Scene:
    """Another scene than the window's, with two view layers."""
    other = bpy.data.scenes.new("Other")
    other.world = scene.world
    other.camera = add_camera(other, "Other Camera")
    other.view_layers[0].name = "Layer"
    other.view_layers.new("Other Layer")
    other.render.engine, other.cycles.samples = "CYCLES", 1
    other.render.resolution_x, other.render.resolution_y = 32, 18
    other.render.filepath = f"{tmp_path}/other_"
    other.frame_end = 1
    return other


@pytest.fixture
def seen() -> Iterator[list[dict[str, Any]]]:
    """What each render has when it begins."""
    seen: list[dict[str, Any]] = []

    def look(scene: bpy.types.Scene, *_: object) -> None:
        layers = {layer.name for layer in scene.view_layers if layer.use}
        samples = {layer.name: layer.samples for layer in scene.view_layers}
        camera, world = scene.camera, scene.world
        names = {"scene": scene.name, "camera": camera and camera.name, "world": world and world.name}
        library = world and world.library and world.library.name
        seen.append({**names, "layers": layers, "samples": samples, "library": library})

    bpy.app.handlers.render_init.append(look)
    yield seen
    bpy.app.handlers.render_init.remove(look)


def after_waiting(asked: Callable[[], Any], change: Callable[[], object]) -> Any:
    """What a coroutine gives that waits behind a render, while names change."""

    async def wait() -> Any:
        first = asyncio.create_task(ar.render_animation(ar.RenderSettings(scene="Scene", frame_end=1)))
        waiting = asyncio.ensure_future(asked())
        while not ar.queue() or ar.queue()[0].frame is None:
            await asyncio.sleep(0)
        assert not waiting.done()
        change()
        await first
        return await waiting

    return ar.run(wait()).result()


def exchange(datablock: Any, another: Any) -> None:
    """Give one the name of the other."""
    name, datablock.name = datablock.name, "Renamed"
    another.name = name


def test_a_scene_that_is_renamed_right_before_blender_renders(
    scene: bpy.types.Scene, other: bpy.types.Scene, tmp_path: Path
) -> None:
    """Blender would render the scene of the window, over its own files."""
    final = tmp_path / "scene_0001.png"
    final.write_text("the final picture")

    async def rename() -> ar.RenderResult:
        asked = ar.RenderSettings(scene="Other", filepath=tmp_path / "asked_")
        render = asyncio.create_task(ar.render_animation(asked))
        while "asked_" not in other.render.filepath:
            await asyncio.sleep(0)
        other.name = "Renamed"
        return await render

    assert [file.name for file in ar.run(rename()).result().files] == ["asked_0001.png"]
    assert final.read_text() == "the final picture"


def test_a_scene_whose_name_another_one_has_got(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    third = bpy.data.scenes.new("Third")
    after_waiting(lambda: ar.render_animation(ar.RenderSettings(scene="Other")), lambda: exchange(other, third))
    assert [init["scene"] for init in seen] == ["Scene", "Renamed"]


def test_a_still_of_a_scene_whose_name_another_one_has_got(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    third = bpy.data.scenes.new("Third")
    asked = ar.RenderSettings(scene="Other")
    after_waiting(lambda: ar.render_still(asked, pixels=True), lambda: exchange(other, third))
    assert [init["scene"] for init in seen] == ["Scene", "Renamed"]


def test_a_camera_whose_name_another_one_has_got(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any], tmp_path: Path
) -> None:
    asked, another = add_camera(other, "Asked"), add_camera(other, "Another")
    settings = ar.RenderSettings(scene="Other", camera="Asked", filepath=tmp_path / "{camera}_")
    result = after_waiting(lambda: ar.render_animation(settings), lambda: exchange(asked, another))
    assert seen[-1]["camera"] == "Renamed"
    assert [file.name for file in result.files] == ["Renamed_0001.png"]


def test_a_camera_that_is_deleted_and_whose_name_another_one_has_got(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    asked, another = add_camera(other, "Asked"), add_camera(other, "Another")

    def delete() -> None:
        bpy.data.objects.remove(asked)
        another.name = "Asked"

    with pytest.raises(ar.RenderError, match="camera='Asked' is gone"):
        after_waiting(lambda: ar.render_animation(ar.RenderSettings(scene="Other", camera="Asked")), delete)
    assert [init["scene"] for init in seen] == ["Scene"]


def test_a_camera_that_is_made_while_its_render_waits(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    settings = ar.RenderSettings(scene="Other", camera="Later")
    after_waiting(lambda: ar.render_animation(settings), lambda: add_camera(other, "Later"))
    assert seen[-1]["camera"] == "Later"


def test_a_view_layer_that_is_renamed(scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]) -> None:
    settings = ar.RenderSettings(scene="Other", view_layers=["Layer"], overrides={'view_layers["Layer"].samples': 3})
    layer = other.view_layers["Layer"]
    after_waiting(lambda: ar.render_animation(settings), lambda: setattr(layer, "name", 'The "new" one'))
    assert seen[-1]["layers"] == {'The "new" one'}
    assert seen[-1]["samples"] == {'The "new" one': 3, "Other Layer": 0}
    assert other.view_layers[0].samples == 0


def test_a_view_layer_whose_name_another_one_has_got(scene: bpy.types.Scene, other: bpy.types.Scene) -> None:
    layer, another = other.view_layers
    settings = ar.RenderSettings(scene="Other", view_layers=["Layer"])
    with pytest.raises(ar.RenderError, match="view_layers: 'Layer' is another layer by now"):
        after_waiting(lambda: ar.render_animation(settings), lambda: exchange(layer, another))


def test_after_an_undo_view_layers_are_known_by_their_names(scene: bpy.types.Scene, other: bpy.types.Scene) -> None:
    """It may have brought each to the address of another."""
    layer, another = other.view_layers
    settings = ar.RenderSettings(scene="Other", view_layers=["Layer"])

    def undo() -> None:
        for handler in bpy.app.handlers.undo_post:
            call: Any = handler
            call(other, None)
        exchange(layer, another)

    assert after_waiting(lambda: ar.render_animation(settings), undo).frames == (1,)


def test_a_world_whose_name_another_one_has_got(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    asked, another = bpy.data.worlds.new("Asked"), bpy.data.worlds.new("Another")
    settings = ar.RenderSettings(scene="Other", overrides={"world": "Asked"})
    after_waiting(lambda: ar.render_animation(settings), lambda: exchange(asked, another))
    assert seen[-1]["world"] == "Renamed"


def linked_world(folder: Path) -> Any:
    """A world with the name "Asked", linked from another file."""
    file, local, libraries = (
        str(folder / "library.blend"),
        bpy.data.worlds.new("Asked"),
        cast("Any", bpy.data.libraries),
    )
    bpy.data.libraries.write(file, {local})
    bpy.data.worlds.remove(local)
    with libraries.load(file, link=True) as (_, wanted):
        wanted.worlds = ["Asked"]
    return wanted.worlds[0]


def test_a_linked_world_whose_name_a_local_one_has_got(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any], tmp_path: Path
) -> None:
    linked = linked_world(tmp_path)
    settings = ar.RenderSettings(scene="Other", overrides={"world": "Asked"})
    after_waiting(lambda: ar.render_animation(settings), lambda: bpy.data.worlds.new("Asked"))
    assert seen[-1]["library"] == linked.library.name
    assert other.world == scene.world


def test_of_two_worlds_of_one_name_the_scenes_own_comes_first(
    scene: bpy.types.Scene, seen: list[Any], tmp_path: Path
) -> None:
    before, settings = scene.world, ar.RenderSettings(frame_end=1, overrides={"world": "Asked"})
    scene.world = linked = linked_world(tmp_path)
    local = bpy.data.worlds.new("Asked")
    ar.run(ar.render_animation(settings))
    assert seen[-1]["library"] == linked.library.name
    scene.world = before
    ar.run(ar.render_animation(settings))
    assert seen[-1]["library"] is None
    assert local.library is None
    assert scene.world == before


def test_a_world_that_is_deleted(scene: bpy.types.Scene, other: bpy.types.Scene) -> None:
    asked = bpy.data.worlds.new("Asked")
    settings = ar.RenderSettings(scene="Other", overrides={"world": "Asked"})
    with pytest.raises(ar.RenderError, match=r"overrides\['world'\]='Asked' is gone"):
        after_waiting(lambda: ar.render_animation(settings), lambda: bpy.data.worlds.remove(asked))


def test_the_sound_of_the_scene_that_was_shown_when_it_was_asked_for(
    scene: bpy.types.Scene, other: bpy.types.Scene, tmp_path: Path
) -> None:
    scene.frame_end, other.frame_end = 24, 48
    built_with: Any = bpy.app.build_options
    if not built_with.audaspace:
        with pytest.raises(ar.RenderError, match="this Blender was built without sound"):
            ar.run(ar.mixdown(tmp_path / "sound.wav"))
        return

    def show() -> None:
        window: Any = bpy.context.window
        window.scene = other

    file = after_waiting(lambda: ar.mixdown(tmp_path / "sound.wav"), show)
    with wave.open(str(file)) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(1.0, abs=0.05)


def test_an_operator_renders_the_scene_that_it_was_asked_for(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    render = bpy.ops.render.render
    after_waiting(lambda: ar.operator(render, scene="Other"), lambda: setattr(other, "name", "Renamed"))
    assert [init["scene"] for init in seen] == ["Scene", "Renamed"]


def test_an_operator_does_not_render_the_windows_scene_for_one_that_is_not_there(
    scene: bpy.types.Scene, seen: list[Any]
) -> None:
    with pytest.raises(ar.OperatorError, match="scene='Nope' is not in this file; it has 'Scene'"):
        ar.run(ar.operator(bpy.ops.render.render, scene="Nope"))
    assert seen == []


def test_a_bake_of_a_scene_that_the_window_shows_no_more_is_an_error(
    scene: bpy.types.Scene, other: bpy.types.Scene
) -> None:
    """It would bake what is selected in another scene."""

    def show() -> None:
        window: Any = bpy.context.window
        window.scene = other

    with pytest.raises(ar.RenderError, match="scene='Scene' is not shown in the window"):
        after_waiting(ar.bake_physics, show)


def test_a_bake_by_a_cage_whose_name_another_one_has_got(scene: bpy.types.Scene) -> None:
    for name in ("Cage", "Detailed", "Plain"):
        bpy.ops.mesh.primitive_plane_add()
        bpy.context.object.name = name
    material = bpy.data.materials.new("Baked")
    if material.node_tree is None:  # before 5.0
        material.use_nodes = True
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.new("Baked", 8, 8)
    material.node_tree.nodes.active = node
    plain, detailed, cage = (bpy.data.objects[name] for name in ("Plain", "Detailed", "Cage"))
    plain.data.materials.append(material)
    for item in (plain, detailed):
        item.select_set(True)
    empty = bpy.data.objects.new("Empty", None)

    def bake() -> Any:
        return ar.bake("NORMAL", use_selected_to_active=True, use_cage=True, cage_object="Cage")

    assert after_waiting(bake, lambda: exchange(cage, empty)).status == "FINISHED"


def test_segments_of_a_scene_that_is_renamed_while_the_first_is_rendered(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    for frame in (1, 2):
        other.timeline_markers.new(f"Part {frame}", frame=frame)
    other.frame_end = 2

    async def render_segments() -> None:
        for segment in ar.segments("Other"):
            await ar.render_animation(segment.settings())
            exchange(other, scene)

    ar.run(render_segments())
    assert [init["scene"] for init in seen] == ["Other", "Renamed"]


def test_settings_of_a_scene_and_a_camera_that_are_renamed(
    scene: bpy.types.Scene, other: bpy.types.Scene, seen: list[Any]
) -> None:
    settings = ar.RenderSettings.from_scene("Other")
    assert (settings.scene, settings.camera) == ("Other", "Other Camera")
    assert ar.RenderSettings.from_json(settings.to_json()) == settings
    exchange(other, scene)
    exchange(other.camera, add_camera(other, "Another"))
    ar.run(ar.render_animation(settings))
    assert (seen[0]["scene"], seen[0]["camera"]) == ("Renamed", "Renamed")


def test_in_another_process_the_name_counts_alone(scene: bpy.types.Scene) -> None:
    settings = pickle.loads(pickle.dumps(ar.RenderSettings.from_scene()))
    assert settings.scene == "Scene"
    assert not hasattr(settings.scene, "uid")
