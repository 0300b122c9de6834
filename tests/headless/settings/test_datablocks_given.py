"""A datablock in the place of its name: scenes, cameras, view layers, and the values of overrides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.settings.scenes import find_camera
from async_render.render.names import KnownName

from ...support.cameras import add_camera


def test_segments_of_a_scene_are_those_of_its_name(scene: bpy.types.Scene) -> None:
    scene.timeline_markers.new("Intro", frame=1)
    assert ar.segments(scene) == ar.segments("Scene") == ar.segments()
    assert ar.RenderSettings.from_scene(scene) == ar.RenderSettings.from_scene("Scene")


def test_settings_keep_the_names_of_datablocks_and_find_them_after_a_rename(scene: bpy.types.Scene) -> None:
    top = add_camera(scene, "Top")
    settings = ar.RenderSettings(
        scene=scene, camera=top, view_layers=list(scene.view_layers), overrides={"camera": top}
    )
    assert settings == ar.RenderSettings(
        scene="Scene", camera="Top", view_layers=["ViewLayer"], overrides={"camera": "Top"}
    )
    assert settings.camera is not None
    top.name = "renamed"
    other = add_camera(scene, "Top")
    assert find_camera(scene, settings.camera) == top
    assert find_camera(scene, "Top") == other


def test_of_two_cameras_of_one_name_the_one_that_was_given_is_found(scene: bpy.types.Scene, tmp_path: Path) -> None:
    file = tmp_path / "lib.blend"
    linked_name = "Camera"
    bpy.data.libraries.write(str(file), {bpy.data.objects[linked_name]})
    libraries: Any = bpy.data.libraries
    with libraries.load(str(file), link=True) as (_, wanted):
        wanted.objects = [linked_name]
    linked = next(item for item in bpy.data.objects if item.library)
    kept = ar.RenderSettings(camera=linked).camera
    assert isinstance(kept, KnownName)
    assert kept == "Camera"
    assert find_camera(scene, kept) == linked
    another_file = KnownName("Camera", 10**9, kept.library)
    assert find_camera(scene, another_file) == linked
    assert find_camera(scene, KnownName("Camera", 10**9)) == scene.camera


def test_a_datablock_of_another_type_is_refused(scene: bpy.types.Scene) -> None:
    assert scene.camera is not None
    with pytest.raises(TypeError, match="of the type Camera, not Object; give the object that has it"):
        ar.RenderSettings(camera=scene.camera.data)
    with pytest.raises(TypeError, match="of the type Object, not Scene"):
        ar.segments(scene.camera)


def test_a_removed_datablock_is_refused(scene: bpy.types.Scene) -> None:
    top = add_camera(scene, "Top")
    bpy.data.objects.remove(top)
    with pytest.raises(ValueError, match="camera is of the type Object and was removed"):
        ar.RenderSettings(camera=top)
