"""What settings do to a scene while a job runs, and that nothing of it is left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.settings import layer_marks, recovery
from async_render.blender.settings.apply import applied
from async_render.blender.settings.fields import BORDER, changes
from async_render.blender.settings.frame_range import frames_of
from async_render.blender.settings.path_variables import output_path
from async_render.blender.settings.properties import Location, find_property
from async_render.blender.settings.property_checks import is_same
from async_render.blender.settings.recovery import original_value
from async_render.blender.settings.snapshot import Saved, Snapshot
from async_render.blender.settings.still_files import still_files
from async_render.blender.settings.validate import resolve

from ...support.cameras import add_camera
from ...support.scene_state import state

pytestmark = pytest.mark.core

VIDEO: dict[str, Any] = {"file_format": "FFMPEG", "container": "MKV", "video_codec": "FFV1", "audio_codec": "FLAC"}
EVERYTHING: dict[str, dict[str, Any]] = {
    "frames": {"frame_start": 300, "frame_end": 400, "frame_step": 7},
    "size": {"resolution_x": 640, "resolution_y": 480, "resolution_percentage": 33},
    "border": {"border": (0.1, 0.2, 0.7, 0.9), "use_crop_to_border": True},
    "camera": {"camera": "Other"},
    "view layers": {"view_layers": ["Second.x"]},
    "EEVEE": {"engine": "BLENDER_EEVEE", "samples": 3},
    "Workbench": {"engine": "BLENDER_WORKBENCH", "samples": 32},
    "Cycles": {"engine": "CYCLES", "samples": 3, "use_denoising": False, "use_persistent_data": True},
    "JPEG": {"file_format": "JPEG", "color_mode": "BW", "quality": 7},
    "EXR": {"file_format": "OPEN_EXR", "color_mode": "RGBA", "color_depth": "32", "exr_codec": "DWAA"},
    "layers in EXR": {"file_format": "OPEN_EXR_MULTILAYER", "color_depth": "32"},
    "PNG": {"file_format": "PNG", "color_depth": "16", "compression": 3},
    "movie": VIDEO,
    "switches": {
        "film_transparent": True,
        "use_compositing": False,
        "use_sequencer": False,
        "use_overwrite": False,
        "use_placeholder": True,
    },
    "overrides": {
        "overrides": {
            "cycles.max_bounces": 4,
            "world.light_settings.distance": 2.5,
            "world.color": (0.25, 0.5, 1),
            "view_layers['ViewLayer'].use_pass_z": True,
            'view_layers["ViewLayer"].material_override': "Clay",
            "world": "Night",
            "render.image_settings.color_mode": "BW",
            '["my own"]': 3.5,
        }
    },
}


@pytest.fixture
def scene(scene: bpy.types.Scene) -> bpy.types.Scene:
    """Two view layers, markers that bind a camera, two worlds, and values that no default has."""
    add_camera(scene, "Other")
    scene.view_layers.new("Second.x")
    scene.timeline_markers.new("A", frame=1).camera = scene.camera
    scene.timeline_markers.new("A", frame=2)
    bpy.data.worlds.new("Night").use_fake_user = True
    bpy.data.materials.new("Clay").use_fake_user = True
    scene.render.border_min_x = 0.123456789
    scene.render.image_settings.file_format = "TARGA"  # lets Blender choose its colour space once and for all
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.image_settings.color_depth = "16"
    scene.render.ffmpeg.audio_codec = "MP3"
    scene["my own"] = 1.25
    return scene


@pytest.mark.parametrize("kind", EVERYTHING)
def test_settings_are_there_inside_and_nothing_of_them_afterwards(scene: bpy.types.Scene, kind: str) -> None:
    settings = ar.RenderSettings(**EVERYTHING[kind])
    before = state(scene)
    resolve(scene, settings)
    assert state(scene) == before
    wanted = [change for change in changes(scene, settings) if not change.field.startswith("overrides")]
    with applied(scene, settings):
        inside = state(scene)
        missing = [change for change in wanted if not is_same(find_property(scene, change.path).get(), change.value)]
    assert state(scene) == before
    assert inside != before or not wanted
    assert missing == []


@pytest.mark.parametrize("kind", EVERYTHING)
def test_others_read_what_the_scene_has_by_itself_while_a_job_has_it(scene: bpy.types.Scene, kind: str) -> None:
    own, parts = ar.RenderSettings.from_scene(), ar.segments()
    with applied(scene, ar.RenderSettings(**EVERYTHING[kind])), applied(scene, ar.RenderSettings(frame_end=2)):
        read, segments = ar.RenderSettings.from_scene(), ar.segments()
    assert read == own
    assert segments == parts


def test_an_explicit_camera_is_the_only_one_inside(scene: bpy.types.Scene) -> None:
    with applied(scene, ar.RenderSettings(camera="Other")):
        assert scene.camera.name == "Other"
        assert not any(marker.camera for marker in scene.timeline_markers)
    assert [marker.camera and marker.camera.name for marker in scene.timeline_markers] == ["Camera", None]


def test_overrides_reach_any_property_and_datablocks_by_name(scene: bpy.types.Scene) -> None:
    with applied(scene, ar.RenderSettings(**EVERYTHING["overrides"])):
        layer = scene.view_layers["ViewLayer"]
        assert (scene.cycles.max_bounces, layer.use_pass_z, scene["my own"]) == (4, True, 3.5)
        assert (layer.material_override.name, scene.world.name) == ("Clay", "Night")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, asyncio.CancelledError])
def test_an_error_inside_gives_all_back(scene: bpy.types.Scene, error: type[BaseException]) -> None:
    before = state(scene)
    with pytest.raises(error), applied(scene, ar.RenderSettings(**VIDEO, camera="Other", resolution_x=99)):
        raise error
    assert state(scene) == before


def test_a_scene_that_is_renamed_meanwhile_has_its_own_back(scene: bpy.types.Scene) -> None:
    with applied(scene, ar.RenderSettings(resolution_x=99)):
        scene.name = "Renamed"
    assert (scene.name, scene.render.resolution_x) == ("Renamed", 32)


def test_a_scene_that_is_deleted_meanwhile_is_not_missed(scene: bpy.types.Scene) -> None:
    other = bpy.data.scenes.new("Other")
    with applied(other, ar.RenderSettings(resolution_x=99)):
        bpy.data.scenes.remove(other)
    assert [scene.name for scene in bpy.data.scenes] == ["Scene"]


def test_what_is_deleted_meanwhile_keeps_nothing_else_from_being_given_back(scene: bpy.types.Scene) -> None:
    own = scene.world
    assert own is not None
    overrides: dict[str, Any] = {"world": "Night", 'view_layers["Second.x"].use_pass_z': True, "cycles.max_bounces": 2}
    bounces = scene.cycles.max_bounces
    with applied(scene, ar.RenderSettings(overrides=overrides, camera="Other", resolution_x=99)):
        bpy.data.worlds.remove(own)
        bpy.data.objects.remove(bpy.data.objects["Camera"])
        scene.view_layers.remove(scene.view_layers["Second.x"])
    assert (scene.render.resolution_x, scene.cycles.max_bounces) == (32, bounces)


def test_what_cannot_be_given_back_is_named_after_all_else_was(scene: bpy.types.Scene) -> None:
    values = {"cycles.max_bounces": Saved("twelve", [scene.cycles.max_bounces]), "render.resolution_x": Saved(77, [32])}
    snapshot = Snapshot({Location(path): saved for path, saved in values.items()})
    assert ["cycles.max_bounces='twelve'" in problem for problem in snapshot.restore(scene)] == [True]
    assert scene.render.resolution_x == 77


def test_what_the_user_changes_meanwhile_stays_where_the_settings_say_nothing(scene: bpy.types.Scene) -> None:
    with applied(scene, ar.RenderSettings(file_format="JPEG")):
        scene.render.ffmpeg.audio_bitrate = 111
        scene.render.resolution_x = 44
    assert (scene.render.ffmpeg.audio_bitrate, scene.render.resolution_x) == (111, 44)


@pytest.mark.parametrize(
    ("settings", "typed"),
    [
        ({"resolution_x": 48}, {"render.resolution_x": 80}),
        ({"frame_start": 2, "frame_end": 48}, {"frame_end": 100}),
        ({"frame_start": 2, "frame_end": 48}, {"frame_start": 20}),  # the scene's own end is before it, and is pushed
        ({"filepath": "//jobs/####"}, {"render.filepath": "//mine"}),
        ({"engine": "BLENDER_WORKBENCH"}, {"render.engine": "BLENDER_EEVEE"}),
        ({"samples": 3, "engine": "CYCLES"}, {"cycles.samples": 7}),
        ({"view_layers": ["Second.x"]}, {'view_layers["Second.x"].use': False}),
        ({"border": (0.1, 0.2, 0.7, 0.9)}, {"render.border_max_x": 0.5}),
        ({"file_format": "JPEG"}, {"render.image_settings.color_mode": "BW"}),
        ({"file_format": "JPEG"}, {"render.image_settings.file_format": "BMP"}),
        ({"file_format": "PNG", "color_depth": "8"}, {"render.image_settings.file_format": "JPEG"}),
        ({"overrides": {"world.color": (0.25, 0.5, 1)}}, {"world.color": (0.5, 0.5, 0.5)}),
        ({"overrides": {'["my own"]': 3.5}}, {'["my own"]': 4.5}),
    ],
)
def test_what_the_user_types_meanwhile_is_his_afterwards(
    scene: bpy.types.Scene, tmp_path: Path, settings: dict[str, Any], typed: dict[str, Any]
) -> None:
    """And all else that the job has set is as it was; also within a range, and in a file that is saved then."""
    engine = "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0) else "BLENDER_EEVEE"
    typed = {path: engine if value == "BLENDER_EEVEE" else value for path, value in typed.items()}
    before = state(scene)
    with applied(scene, ar.RenderSettings(**settings)), applied(scene, ar.RenderSettings(frame_step=2)):
        for path, value in typed.items():
            find_property(scene, path).set(value)
        expected = {path: find_property(scene, path).get() for path in typed}
        assert {path: original_value(scene, path) for path in typed} == expected
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), copy=True)
    after = state(scene)
    assert {path: find_property(scene, path).get() for path in typed} == expected
    structs = {f"scene.{path.rpartition('.')[0]}".rstrip(".") for path in typed}
    follows = {"custom properties", "scene.render.file_extension", "scene.render.is_movie_format"}
    changed = {name for name in before if before[name] != after.get(name)} - follows
    assert {name.rpartition(".")[0] for name in changed} <= {*structs, "scene.view_layers[1]", "world", "scene"}, (
        changed
    )
    assert after["scene.frame_step"] == before["scene.frame_step"] == 1
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert state(bpy.data.scenes["Scene"]) == after


def test_a_value_that_an_outer_job_has_too_is_the_users_where_he_chooses_it(scene: bpy.types.Scene) -> None:
    scene.frame_end = 90
    with applied(scene, ar.RenderSettings(frame_end=48)), applied(scene, ar.RenderSettings(frame_end=12)):
        scene.frame_end = 48
    assert scene.frame_end == 48


@pytest.mark.parametrize("path", ["frame_end", "render.resolution_x", "render.image_settings.quality"])
def test_what_is_typed_in_any_range_of_a_render_is_there_after_the_last(
    scene: bpy.types.Scene, tmp_path: Path, path: str
) -> None:
    scene.render.image_settings.file_format = "JPEG"
    scene.frame_end = 9

    async def main() -> None:
        async with ar.render_frames(
            frames="1-2, 5-6, 8-9",
            filepath=str(tmp_path / "job_####"),
            resolution_x=48,
            overrides={"render.image_settings.quality": 48},
        ) as frames:
            async for frame in frames:
                if frame.number == 5:
                    find_property(scene, path).set(80)

    own = {name: find_property(scene, name).get() for name in ("frame_start", "frame_end", "render.resolution_x")}
    ar.run(main())
    assert find_property(scene, path).get() == 80
    assert {name: find_property(scene, name).get() for name in own if name != path} == {
        name: value for name, value in own.items() if name != path
    }


def test_a_view_layer_that_is_renamed_meanwhile_is_as_it_was(scene: bpy.types.Scene, tmp_path: Path) -> None:
    own = ar.RenderSettings.from_scene()
    with applied(scene, ar.RenderSettings(view_layers=["Second.x"])):
        scene.view_layers["ViewLayer"].name = 'Re"named'
        assert [layer.use for layer in scene.view_layers] == [False, True]
        assert ar.RenderSettings.from_scene() == own.replace(view_layers=['Re"named', "Second.x"])
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), copy=True)
    assert [(layer.name, layer.use) for layer in scene.view_layers] == [('Re"named', True), ("Second.x", True)]
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert [layer.use for layer in bpy.data.scenes["Scene"].view_layers] == [True, True]


def test_view_layers_that_are_moved_and_renamed_meanwhile_are_as_they_were(scene: bpy.types.Scene) -> None:
    scene.view_layers.new("Third").use = False
    with applied(scene, ar.RenderSettings(view_layers=["Second.x"])):
        scene.view_layers.move(0, 2)
        scene.view_layers["ViewLayer"].name = "First"
    layers = {layer.name: layer.use for layer in scene.view_layers}
    assert layers == {"Second.x": True, "Third": False, "First": True}


def test_a_view_and_a_line_set_that_are_renamed_meanwhile_are_as_they_were(scene: bpy.types.Scene) -> None:
    """They take no mark. Each is found at its place, under the new name there."""
    scene.render.use_multiview = True
    scene.render.use_freestyle = True
    layer: Any = scene.view_layers["ViewLayer"]
    for name in ("Thick", "Thin"):
        layer.freestyle_settings.linesets.new(name).select_crease = True
    suffix = scene.render.views["right"].file_suffix
    overrides: dict[str, Any] = {
        'render.views["right"].file_suffix': "_other",
        'view_layers["ViewLayer"].freestyle_settings.linesets["Thin"].select_crease': False,
    }
    with applied(scene, ar.RenderSettings(overrides=overrides)):
        scene.render.views["right"].name = 'ri"ght'
        layer.freestyle_settings.linesets["Thin"].name = "Thinner"
        layer.name = "Renamed"
        assert scene.render.views['ri"ght'].file_suffix == "_other"
    assert scene.render.views['ri"ght'].file_suffix == suffix
    layer = scene.view_layers["Renamed"]
    sets = {item.name: item.select_crease for item in layer.freestyle_settings.linesets}
    assert (sets["Thick"], sets["Thinner"]) == (True, True)


def test_the_value_of_a_view_that_is_gone_is_given_to_no_other_one(scene: bpy.types.Scene) -> None:
    scene.render.use_multiview = True
    scene.render.views.new("third").file_suffix = "_third"
    scene.render.views.new("fourth").file_suffix = "_fourth"
    with applied(scene, ar.RenderSettings(overrides={'render.views["third"].file_suffix': "_other"})):
        scene.render.views.remove(scene.render.views["third"])
    assert scene.render.views["fourth"].file_suffix == "_fourth"


def rename_layers(scene: bpy.types.Scene, names: dict[str, str]) -> None:
    layers = {layer: names.get(layer.name, layer.name) for layer in scene.view_layers}
    for layer in layers:
        layer.name = "in between"
    for layer, name in layers.items():
        layer.name = name


def layers_of(scene: bpy.types.Scene) -> dict[str, tuple[str, bool, bool]]:
    """What each layer has now: its name, whether it is rendered, and whether it has a pass. By the names of before."""
    return {layer["own"]: (layer.name, layer.use, layer.use_pass_z) for layer in scene.view_layers}


@pytest.mark.parametrize("way", ["at once", "saved", "undone"])
@pytest.mark.parametrize(
    "names",
    [
        {"ViewLayer": "Second.x", "Second.x": "ViewLayer"},
        {"ViewLayer": "Second.x", "Second.x": "Third", "Third": "ViewLayer"},
        {"ViewLayer": "Third", "Third": "Fourth"},
    ],
)
def test_a_view_layer_whose_name_another_layer_has_by_now_is_as_it_was(
    scene: bpy.types.Scene, tmp_path: Path, names: dict[str, str], way: str
) -> None:
    """By identity and not by the name, also in a file that was saved meanwhile and in a step of the undo history."""
    scene.view_layers.new("Third").use_pass_z = True
    scene.view_layers["Second.x"].use = False
    own = {"ViewLayer": (True, False), "Second.x": (False, False), "Third": (True, True)}
    for layer in scene.view_layers:
        layer["own"] = layer.name
    assert {name: values[1:] for name, values in layers_of(scene).items()} == own
    settings = ar.RenderSettings(view_layers=["Second.x"], overrides={"view_layers[2].use_pass_z": False})
    bpy.ops.ed.undo_push(message="before")
    with applied(scene, settings):
        rename_layers(scene, names)
        new = scene.view_layers.new("Third" if "Third" not in scene.view_layers else "Fifth")  # a copy of none
        new["own"] = "new"
        scene.view_layers.move(0, 3)
        assert [layer["own"] for layer in scene.view_layers if layer.use] == ["Second.x", "new"]
        if way == "saved":
            bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"), copy=True)
        bpy.ops.ed.undo_push(message="during")
    if way == "saved":
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    elif way == "undone":
        bpy.ops.ed.undo_push(message="after")
        bpy.ops.ed.undo()
    now = layers_of(bpy.data.scenes["Scene"])
    expected = {name: (names.get(name, name), *values) for name, values in own.items()}
    assert {name: value for name, value in now.items() if name != "new"} == expected
    assert now["new"][1]
    for layer in bpy.data.scenes["Scene"].view_layers:
        assert layer_marks.MARK not in set(layer.keys())


def test_a_view_layer_that_is_gone_gives_its_name_to_none(scene: bpy.types.Scene) -> None:
    scene.view_layers["ViewLayer"].use = False
    with applied(scene, ar.RenderSettings(view_layers=["ViewLayer"])):
        scene.view_layers.remove(scene.view_layers["ViewLayer"])
        scene.view_layers.new("ViewLayer")
        assert ar.RenderSettings.from_scene().view_layers == ("Second.x", "ViewLayer")
    assert {layer.name: layer.use for layer in scene.view_layers} == {"Second.x": True, "ViewLayer": True}


@pytest.mark.parametrize("mark", ["forged", 7, [1, 2], {"a": 1}])
def test_a_mark_that_was_in_the_file_is_taken_for_nothing(scene: bpy.types.Scene, mark: Any) -> None:
    for layer in scene.view_layers:
        layer[layer_marks.MARK] = mark
    with applied(scene, ar.RenderSettings(view_layers=["Second.x"])):
        rename_layers(scene, {"ViewLayer": "Second.x", "Second.x": "ViewLayer"})
    assert {layer.name: layer.use for layer in scene.view_layers} == {"Second.x": True, "ViewLayer": True}
    assert not any(layer_marks.MARK in set(layer.keys()) for layer in scene.view_layers)


@pytest.mark.parametrize("settings", [{}, {"camera": "Other"}, {"frame_end": 2}])
def test_a_camera_that_the_user_chooses_meanwhile_is_his_afterwards(
    scene: bpy.types.Scene, settings: dict[str, Any]
) -> None:
    mine = add_camera(scene, "Mine")
    with applied(scene, ar.RenderSettings(**settings)):
        scene.camera = mine
    assert scene.camera == mine
    assert [marker.camera and marker.camera.name for marker in scene.timeline_markers] == ["Camera", None]


def test_the_camera_that_markers_have_switched_to_while_it_rendered_is_taken_back(scene: bpy.types.Scene) -> None:
    scene.timeline_markers[1].camera = bpy.data.objects["Other"]
    scene.frame_set(1)
    assert scene.camera.name == "Camera"
    with applied(scene, ar.RenderSettings(frame_end=2)):
        scene.camera = bpy.data.objects["Other"]  # as Blender does, frame by frame
    assert scene.camera.name == "Camera"


@pytest.mark.parametrize("error", [None, RuntimeError("disk"), asyncio.CancelledError(), KeyboardInterrupt()])
@pytest.mark.parametrize("unforeseen", [False, True])
def test_what_cannot_be_given_back_never_hides_why_the_block_ended(
    scene: bpy.types.Scene,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: BaseException | None,
    unforeseen: bool,
) -> None:
    def restore(*_: object) -> list[str]:
        if unforeseen:
            raise ZeroDivisionError("unforeseen")
        return ["render.resolution_x=32: unforeseen"]

    monkeypatch.setattr(Snapshot, "restore", restore)
    expected: Any = (ZeroDivisionError if unforeseen else ar.RenderError) if error is None else type(error)

    def block() -> None:
        with applied(scene, ar.RenderSettings(resolution_x=99)):
            if error is not None:
                raise error

    with pytest.raises(expected) as caught:
        block()
    if error is not None:
        assert caught.value is error
        assert "could not be restored" in caplog.text
    assert recovery.TOKEN not in set(scene.keys())


def linked_world(scene: bpy.types.Scene, folder: Path) -> None:
    file = str(folder / "library.blend")
    world = bpy.data.worlds.new("Linked")
    bpy.data.libraries.write(file, {world})
    bpy.data.worlds.remove(world)
    libraries: Any = bpy.data.libraries
    with libraries.load(file, link=True) as (_, wanted):
        wanted.worlds = ["Linked"]
    scene.world = wanted.worlds[0]


def driven_samples(scene: bpy.types.Scene, _: Path) -> None:
    scene.cycles.driver_add("samples")


def keyed_bounces(scene: bpy.types.Scene, _: Path) -> None:
    scene.cycles.keyframe_insert("max_bounces")


def as_it_is(scene: bpy.types.Scene, _: Path) -> None: ...


@pytest.mark.parametrize(
    ("prepare", "changes", "message"),
    [
        (linked_world, {"overrides": {"world.light_settings.distance": 2.0}}, "belongs to 'Linked', which is linked"),
        (driven_samples, {"samples": 4}, "samples=4 has a driver or keyframes"),
        (keyed_bounces, {"overrides": {"cycles.max_bounces": 4}}, "has a driver or keyframes"),
        (as_it_is, {"overrides": {"cycles.max_bounce": 4}}, "is not there; near to it: 'max_bounces'"),
        (as_it_is, {"overrides": {"cycles.max_bounces": 4.5}}, "=4.5 takes a whole number"),
        (as_it_is, {"overrides": {"cycles.max_bounces": 5000}}, "takes 0 to 1024"),
        (as_it_is, {"overrides": {"world.color": (1, 2)}}, "takes 3 values"),
        (as_it_is, {"overrides": {"world.color": (1, 2, "x")}}, "takes a number"),
        (as_it_is, {"overrides": {"world": "Nope"}}, "='Nope' is not in this file; it has 'Night', 'World'"),
        (as_it_is, {"overrides": {"render.is_movie_format": True}}, "is read-only in Blender"),
        (as_it_is, {"overrides": {"render.film_transparent": 1}}, "takes True or False"),
        (as_it_is, {"overrides": {"view_layers['Nope'].use": True}}, "['Nope'] in "),
        (as_it_is, {"overrides": {"node_tree..x": 1}}, "is not a path"),
        (as_it_is, {"overrides": {"background_set.frame_end": 1}}, "is not set in this scene"),
        (as_it_is, {"overrides": {"update_tag": 1}}, "is not there"),
        (as_it_is, {"view_layers": ["Nope"]}, "view_layers: 'Nope' is not in the scene 'Scene'; it has 'View"),
        (
            as_it_is,
            {"file_format": "JPEG", "color_mode": "RGBA"},
            "='RGBA' is not possible in this Blender; it has BW, RGB",
        ),
        (as_it_is, {"file_format": "PNG", "color_depth": "32"}, "='32' is not possible in this Blender; it has 8, 16"),
        (as_it_is, {"container": "AVI8"}, "container='AVI8' is not possible in this Blender; it has MPEG"),
        (as_it_is, {"engine": "BLENDER_WORKBENCH", "use_denoising": True}, "has no denoising"),
        (as_it_is, {"filepath": "//{nope}"}, "filepath='//{nope}': {nope} is not known"),
        (as_it_is, {"frames": "1, 9-"}, "the part '9-' ends at frame 3, before it begins at 9"),
        (as_it_is, {"frames": "-5"}, "frames: -5 is before frame 0"),
    ],
)
def test_what_cannot_be_set_is_one_clear_error_and_changes_nothing(
    scene: bpy.types.Scene,
    tmp_path: Path,
    prepare: Callable[[bpy.types.Scene, Path], None],
    changes: dict[str, Any],
    message: str,
) -> None:
    prepare(scene, tmp_path)
    before = state(scene)
    with pytest.raises(ar.RenderError) as caught:
        ar.run(ar.render_animation(ar.RenderSettings(**changes)))
    assert message in str(caught.value)
    assert state(scene) == before


def test_a_linked_scene_is_one_clear_error(scene: bpy.types.Scene, tmp_path: Path) -> None:
    file = str(tmp_path / "library.blend")
    other = bpy.data.scenes.new("Linked")
    bpy.ops.wm.save_as_mainfile(filepath=file, copy=True)  # to write the scene alone crashes the bpy module 5.2
    bpy.data.scenes.remove(other)
    libraries: Any = bpy.data.libraries
    with libraries.load(file, link=True) as (_, wanted):
        wanted.scenes = ["Linked"]
    with pytest.raises(ar.RenderError, match="scene='Linked' is linked from another file"):
        resolve(wanted.scenes[0], ar.RenderSettings())


def test_a_muted_driver_is_no_obstacle(scene: bpy.types.Scene) -> None:
    scene.cycles.driver_add("samples").mute = True
    resolve(scene, ar.RenderSettings(samples=4))


@pytest.mark.parametrize(
    ("changes", "frames"),
    [
        ({}, (1, 2, 3)),
        ({"frame_end": 9, "frame_step": 4}, (1, 5, 9)),
        ({"frames": "2-"}, (2, 3)),
        ({"frames": "8-, 1", "frame_end": 9}, (1, 8, 9)),
        ({"frames": [7, 5]}, (5, 7)),
    ],
)
def test_the_frames_are_those_of_the_list_or_else_of_the_range(
    scene: bpy.types.Scene, changes: dict[str, Any], frames: tuple[int, ...]
) -> None:
    assert frames_of(scene, ar.RenderSettings(**changes)) == frames


def test_the_output_path_has_the_names_of_what_is_rendered(scene: bpy.types.Scene) -> None:
    template = "//{scene}/{camera}/{view_layer}/{segment}_{frame:04d}_{date}"
    settings = ar.Segment("In/tro", 1, 2, "Scene").settings(filepath=template, camera="Other")
    path = f"//Scene/Other/ViewLayer+Second.x/In_tro_####_{time.strftime('%Y-%m-%d')}"
    assert output_path(scene, settings) == path
    assert output_path(scene, settings.replace(filepath=path)) == path


def test_what_was_resolved_is_applied_though_time_has_passed(scene: bpy.types.Scene) -> None:
    settings = ar.RenderSettings(filepath="//{date:%H%M%S_%f}", frames="1-3, 7")
    first, second = resolve(scene, settings), resolve(scene, settings)
    assert first.frames == second.frames == (1, 2, 3, 7)
    paths = [change.value for resolved in (first, second) for change in resolved.changes if change.field == "filepath"]
    assert len(set(paths)) == 2
    with applied(scene, settings, first.changes):
        assert scene.render.filepath == paths[0]


@pytest.mark.parametrize(
    ("path", "is_image", "destination", "written", "path_in_scene"),
    [
        ("poster", False, "poster.png", "poster.png0007.png", "poster.png"),
        ("poster", True, "poster.png", "poster.png", "poster.png"),
        ("poster_##", False, "poster_07.png", "poster_07.png", None),
        ("poster_##", True, "poster_07.png", "poster_07.png", "poster_07.png"),
    ],
)
def test_a_still_knows_where_it_is_written_and_where_it_ends_up(
    scene: bpy.types.Scene,
    tmp_path: Path,
    path: str,
    is_image: bool,
    destination: str,
    written: str,
    path_in_scene: str | None,
) -> None:
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = f"{tmp_path}/{path}"
    files = still_files(scene, 7, is_image=is_image)
    assert (files.destinations, files.written) == ((tmp_path / destination,), (tmp_path / written,))
    assert files.path == (path_in_scene and tmp_path / path_in_scene)
    assert scene.render.filepath == f"{tmp_path}/{path}"


@pytest.mark.parametrize("has_world", [True, False])
@pytest.mark.parametrize("camera", [{"camera": "Other"}, {"overrides": {"camera": "Other"}}])
def test_properties_of_the_jobs_own_world_and_camera_come_back(
    scene: bpy.types.Scene, camera: dict[str, Any], has_world: bool
) -> None:
    """Those of the world and the camera that the scene has meanwhile; its own ones are not touched."""
    own: Any = bpy.data.worlds.new("Own")
    jobs: Any = bpy.data.worlds.new("Job's")
    own["fog"] = jobs["fog"] = 1
    scene.world = own if has_world else None
    cameras: list[Any] = [bpy.data.objects[name].data for name in ("Camera", "Other")]
    for data in cameras:
        data["gain"] = 2

    def now() -> list[Any]:
        worlds = [(tuple(world.color), world["fog"]) for world in (own, jobs)]
        return [scene.world, scene.camera, *worlds, *((data.lens, data["gain"]) for data in cameras)]

    before = now()
    paths = {
        "world": "Job's",
        "world.color": (1, 0, 0),
        'world["fog"]': 7,
        "camera.data.lens": 99,
        '.camera.data["gain"]': 8,
    }
    settings = ar.RenderSettings(**{**camera, "overrides": {**paths, **camera.get("overrides", {})}})
    with applied(scene, settings, resolve(scene, settings).changes):
        assert scene.world == jobs
        assert (tuple(jobs.color), jobs["fog"]) == ((1, 0, 0), 7)
        assert (cameras[1].lens, cameras[1]["gain"]) == (99, 8)
        assert (tuple(own.color), own["fog"], cameras[0].lens, cameras[0]["gain"]) == (*before[2], *before[4])
    assert now() == before


def test_the_camera_in_the_path_is_that_of_the_first_frame(scene: bpy.types.Scene) -> None:
    scene.timeline_markers[1].camera = bpy.data.objects["Other"]
    settings = ar.RenderSettings(filepath="//{camera}")
    assert output_path(scene, settings) == "//Camera"
    assert output_path(scene, settings.replace(frame_start=2, frame_end=3)) == "//Other"
    for frames in ([9], "2-3", "2..", "1-9, ^1", "+1"):
        assert output_path(scene, settings.replace(frames=frames)) == "//Other", frames
    assert output_path(scene, settings.replace(frames="9, 1")) == "//Camera"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("camera", ar.RenderSettings(filepath="//{camera}", camera="Other")),
        ("camera", ar.RenderSettings(filepath="//{camera_name}", camera="Other")),
        ("scene", ar.RenderSettings(filepath="//{scene}/")),
        ("view_layer", ar.RenderSettings(filepath="//{view_layer}_", view_layers=["Second.x"])),
        ("segment", ar.RenderSettings(filepath="//{segment}_####", segment="Intro")),
    ],
)
def test_names_that_would_share_their_files_on_macos_or_windows_are_refused(
    scene: bpy.types.Scene, name: str, settings: ar.RenderSettings
) -> None:
    output_path(scene, settings)
    add_camera(scene, "OTHER")
    bpy.data.scenes.new("SCENE")
    scene.view_layers.new("second.X")
    for number, marker in enumerate(("Intro", "INTRO")):
        scene.timeline_markers.new(marker, frame=50 + number)
    with pytest.raises(
        ar.RenderError, match=f"^{name}='[^']+' and '[^']+' would share their files.*rename one of them"
    ):
        output_path(scene, settings)
    assert output_path(scene, settings.replace(filepath="//out/{frame:03d}")) == "//out/###"


def test_view_layers_are_rendered_though_the_window_would_render_a_single_one(scene: bpy.types.Scene) -> None:
    scene.render.use_single_layer = True
    with applied(scene, ar.RenderSettings(view_layers=["Second.x"])):
        assert not scene.render.use_single_layer
    assert scene.render.use_single_layer


def test_blenders_own_names_and_braces_reach_the_files(scene: bpy.types.Scene, tmp_path: Path) -> None:
    name = "{blend_name}" if bpy.app.version >= (4, 5) else "Unsaved"
    settings = ar.RenderSettings(frame_end=1, filepath=tmp_path / "{{a}}" / f"{name}_{{camera}}_{{frame:02d}}")
    (file,) = ar.run(ar.render_animation(settings)).result().files
    assert file == tmp_path / "{a}" / "Unsaved_Camera_01.png"


def test_all_that_a_scene_has_can_be_given_to_another(scene: bpy.types.Scene) -> None:
    scene.render.use_border = True
    settings = ar.RenderSettings.from_scene("Scene")
    assert (settings.scene, settings.samples, settings.color_depth, settings.camera) == ("Scene", 1, "16", None)
    assert settings.border is not None
    assert settings.border[0] == pytest.approx(0.123456789)
    before = state(scene)
    with applied(scene, ar.RenderSettings.from_toml(settings.to_toml())):
        now = state(scene)
    changed = {name for name in before if now[name] != before[name]}
    assert changed <= {"custom properties", "scene.camera"}
    assert recovery.TOKEN in str(now["custom properties"])


def linked_camera(folder: Path, name: str) -> bpy.types.Object:
    """A camera that is linked from another file, as an object of that name."""
    local = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    file = str(folder / "library.blend")
    bpy.data.libraries.write(file, {local})
    bpy.data.objects.remove(local)
    libraries: Any = bpy.data.libraries
    with libraries.load(file, link=True) as (_, wanted):
        wanted.objects = [name]
    camera: bpy.types.Object = wanted.objects[0]
    return camera


def test_the_active_camera_is_found_again_where_a_local_one_has_its_name(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    scene.timeline_markers.clear()
    local = scene.camera
    assert local is not None
    local.name = "Other"  # else Blender would rename the one that is about to be written
    linked = linked_camera(tmp_path, "Camera")
    local.name = "Camera"
    scene.collection.objects.link(linked)
    assert (linked.name, local.name) == ("Camera", "Camera")
    for active in (linked, local):
        scene.camera = active
        settings = ar.RenderSettings.from_scene()
        assert settings.camera == "Camera"
        resolve(scene, settings)
        with applied(scene, settings):
            assert scene.camera == active
        assert scene.camera == active


@pytest.mark.parametrize("is_in_the_scene", [True, False])
def test_any_object_may_be_the_active_camera(scene: bpy.types.Scene, is_in_the_scene: bool) -> None:
    scene.timeline_markers.clear()
    lamp = bpy.data.objects.new("Spot", bpy.data.lights.new("Spot", "SPOT"))
    with pytest.raises(ar.RenderError, match="camera='Spot' is not in the scene 'Scene'"):
        resolve(scene, ar.RenderSettings(camera="Spot"))
    if is_in_the_scene:
        scene.collection.objects.link(lamp)
        with pytest.raises(ar.RenderError, match="camera='Spot' is of type LIGHT in the scene 'Scene'"):
            resolve(scene, ar.RenderSettings(camera="Spot"))
    scene.camera = lamp
    settings = ar.RenderSettings.from_scene()
    assert settings.camera == "Spot"
    with applied(scene, settings):
        assert scene.camera == lamp
    assert scene.camera == lamp


def test_a_markers_camera_does_not_take_the_place_of_a_linked_one(scene: bpy.types.Scene, tmp_path: Path) -> None:
    other = add_camera(scene, "Other")
    linked = linked_camera(tmp_path, "Linked")
    scene.collection.objects.link(linked)
    scene.timeline_markers.new("cut", frame=1).camera = other
    scene.camera = linked
    with applied(scene, ar.RenderSettings(camera="Linked")):
        assert scene.camera == linked
        assert [marker.camera for marker in scene.timeline_markers if marker.camera] == []
    assert scene.camera == linked
    assert scene.timeline_markers["cut"].camera == other


@pytest.mark.parametrize("name", ["plain_", "{{a}}_##", "100%_"] + ["{a}", "{a", "a}"] * (bpy.app.version < (4, 5)))
def test_the_output_path_of_a_scene_is_the_same_from_its_settings(
    scene: bpy.types.Scene, tmp_path: Path, name: str
) -> None:
    scene.render.filepath = f"{tmp_path}/{name}"
    with applied(scene, ar.RenderSettings.from_scene()):
        assert scene.render.filepath == f"{tmp_path}/{name}"


@pytest.mark.parametrize("border", [(0.5, 0.0, 0.25, 1.0), (0.0, 1.0, 1.0, 1.0)])
def test_a_border_that_blender_cannot_render_is_left_to_the_scene(
    scene: bpy.types.Scene, border: tuple[float, float, float, float]
) -> None:
    scene.render.use_border = True
    for name, value in zip(BORDER, border, strict=True):
        setattr(scene.render, name, value)
    before = state(scene)
    settings = ar.RenderSettings.from_scene()
    assert settings.border is None
    with applied(scene, settings):
        assert tuple(getattr(scene.render, name) for name in BORDER) == border
    assert state(scene) == before


def test_a_file_saved_while_it_renders_opens_with_its_own_settings(scene: bpy.types.Scene, tmp_path: Path) -> None:
    file = str(tmp_path / "saved.blend")
    settings = ar.RenderSettings(**VIDEO, **EVERYTHING["overrides"], camera="Other", resolution_x=99)
    before = state(scene)
    with applied(scene, settings):
        bpy.ops.wm.save_as_mainfile(filepath=file)
    bpy.ops.wm.open_mainfile(filepath=file)
    after = state(bpy.data.scenes[0])
    assert {name: (before.get(name), after.get(name)) for name in before if before[name] != after.get(name)} == {}


@pytest.mark.parametrize("what", ["frames", "still", "movie"])
def test_a_file_saved_within_any_render_opens_with_its_own_settings(
    scene: bpy.types.Scene, tmp_path: Path, what: str
) -> None:
    """A frame list, a still and a movie set more than what was given."""
    file, before = str(tmp_path / "saved.blend"), state(scene)

    def save(*_: object) -> None:
        bpy.ops.wm.save_as_mainfile(filepath=file, copy=True)

    async def render() -> None:
        if what == "still":
            await ar.render_still(frame=7)
        else:
            given: dict[str, Any] = {"frames": "2-3, 7"} if what == "frames" else {**VIDEO, "frame_end": 2}
            await ar.render_animation(ar.RenderSettings(**given))

    bpy.app.handlers.render_post.append(save)
    try:
        ar.run(render())
    finally:
        bpy.app.handlers.render_post.remove(save)
    bpy.ops.wm.open_mainfile(filepath=file)
    after = state(bpy.data.scenes[0])
    changed = {name: (before.get(name), after.get(name)) for name in before if before[name] != after.get(name)}
    assert set(changed) <= {"scene.frame_current", "scene.frame_current_final", "scene.frame_float"}, changed


def test_an_autosave_within_a_render_is_recovered_with_its_own_settings(scene: bpy.types.Scene, tmp_path: Path) -> None:
    """Blender calls no handler for one: `wm_autosave_write` in source/blender/windowmanager/intern/wm_files.cc."""
    file, before = str(tmp_path / "film_1_autosave.blend"), state(scene)
    lists: list[Any] = [bpy.app.handlers.save_pre, bpy.app.handlers.save_post]

    def autosave(*_: object) -> None:
        kept = [list(handlers) for handlers in lists]
        for handlers in lists:
            handlers.clear()
        bpy.ops.wm.save_as_mainfile(filepath=file, copy=True)
        for handlers, functions in zip(lists, kept, strict=True):
            handlers.extend(functions)

    bpy.app.handlers.render_post.append(autosave)
    try:
        ar.run(ar.render_animation(ar.RenderSettings(**EVERYTHING["overrides"], resolution_x=24, frame_end=1)))
    finally:
        bpy.app.handlers.render_post.remove(autosave)
    for _ in range(100):  # a script that goes on until Blender crashes
        with applied(scene, ar.RenderSettings(resolution_x=24)):
            pass
    recovery._entries.clear()  # another Blender recovers it
    bpy.ops.wm.recover_auto_save(filepath=file)
    after = state(bpy.data.scenes[0])
    assert {name: (before.get(name), after.get(name)) for name in before if before[name] != after.get(name)} == {}


def test_a_marker_that_is_moved_or_renamed_meanwhile_has_its_camera_back(scene: bpy.types.Scene) -> None:
    scene.timeline_markers.new("B", frame=7).camera = scene.camera
    with applied(scene, ar.RenderSettings(camera="Other")):
        scene.timeline_markers["A"].frame = 5
        scene.timeline_markers["B"].name = "C"
    assert [marker.name for marker in scene.timeline_markers if marker.camera] == ["A", "C"]


def test_another_file_may_be_loaded_meanwhile(scene: bpy.types.Scene) -> None:
    with applied(scene, ar.RenderSettings(resolution_x=99)):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        new = bpy.data.scenes[0].render.resolution_x
    assert bpy.data.scenes[0].render.resolution_x == new == 1920
