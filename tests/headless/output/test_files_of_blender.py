"""Files that Blender itself wrote: whole ones are accepted, and cut off they are not."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import bpy
import pytest
from PIL import Image

from async_render.output.integrity import find_damage

from ...support.mutations import assert_judged, mutations

EXR_CODECS = ("NONE", "PXR24", "ZIP", "PIZ", "RLE", "ZIPS", "B44", "B44A", "DWAA", "DWAB")

PICTURES: list[dict[str, Any]] = [
    *({"file_format": "PNG", "color_depth": depth} for depth in ("8", "16")),
    *({"file_format": "JPEG", "quality": quality} for quality in (10, 100)),
    *({"file_format": "WEBP", "quality": quality} for quality in (10, 100)),  # 100: lossless
    *({"file_format": "TIFF", "tiff_codec": codec} for codec in ("NONE", "DEFLATE", "LZW", "PACKBITS")),
    *({"file_format": "JPEG2000", "jpeg2k_codec": codec} for codec in ("JP2", "J2K")),
    *({"file_format": "DPX", "color_depth": depth} for depth in ("8", "10", "12", "16")),
    *({"file_format": name} for name in ("BMP", "IRIS", "TARGA", "TARGA_RAW", "CINEON", "HDR")),
    *({"file_format": "OPEN_EXR", "color_depth": "16", "exr_codec": codec} for codec in EXR_CODECS),
    {"file_format": "OPEN_EXR", "color_depth": "32", "exr_codec": "DWAA"},
]

MOVIES = [
    *[("MPEG4", codec) for codec in ("H264", "MPEG4", "PNG")],
    *[("MKV", codec) for codec in ("H264", "FFV1", "HUFFYUV", "WEBM")],
    *[("AVI", codec) for codec in ("MPEG4", "FFV1", "PNG")],
    *[("QUICKTIME", codec) for codec in ("QTRLE", "H264")],
    *[("WEBM", "WEBM"), ("OGG", "THEORA"), ("FLASH", "FLASH"), ("MPEG1", "MPEG1"), ("MPEG2", "MPEG2")],
]

WITHOUT_END = {".mpg", ".dvd", ".dv"}
"""A cut between two packets of these cannot be seen."""


def assert_cuts_are_seen(file: Path) -> None:
    whole = file.read_bytes()
    for length in {1, 20, 200, len(whole) // 3, len(whole) // 2, len(whole) - 100, len(whole) - 5, len(whole) - 1}:
        if 0 < length < len(whole):
            os.truncate(file, length)
            assert find_damage(file), f"{file.name}: {length} of {len(whole)} bytes"
        file.write_bytes(whole)


@pytest.fixture
def rendered(scene: bpy.types.Scene) -> bpy.types.Scene:
    """The scene with a Voronoi pattern around it, and its picture in the Render Result."""
    scene.world.cycles.sampling_method = "NONE"  # to find where the pattern is bright takes a second
    tree = scene.world.node_tree
    if tree is None:  # before 5.0
        scene.world.use_nodes = True
        tree = scene.world.node_tree
    pattern = tree.nodes.new("ShaderNodeTexVoronoi")
    tree.links.new(pattern.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    scene.render.resolution_x, scene.render.resolution_y = 96, 54
    bpy.ops.render.render()
    return scene


def set_media_type(scene: bpy.types.Scene, media_type: str, file_format: str) -> None:
    """From 5.0 on a format can be chosen only within its type."""
    if bpy.app.version >= (5, 0):
        scene.render.image_settings.media_type = media_type
    scene.render.image_settings.file_format = file_format


def save(scene: bpy.types.Scene, file: Path, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        setattr(scene.render.image_settings, name, value)
    bpy.data.images["Render Result"].save_render(str(file), scene=scene)


@pytest.mark.parametrize("transparent", [False, True], ids=["pattern", "black"])
def test_pictures_of_every_format(rendered: bpy.types.Scene, tmp_path: Path, transparent: bool) -> None:
    if transparent:
        rendered.render.film_transparent = True
        bpy.ops.render.render()
    for settings in PICTURES:
        rendered.render.image_settings.file_format = settings["file_format"]
        ending = {"J2K": ".j2c"}.get(settings.get("jpeg2k_codec", ""), rendered.render.file_extension)
        file = tmp_path / f"{'_'.join(map(str, settings.values()))}{ending}"
        save(rendered, file, settings)
        assert find_damage(file) is None, file.name
        assert_cuts_are_seen(file)


def test_multilayer_pictures_with_passes_in_every_codec(rendered: bpy.types.Scene, tmp_path: Path) -> None:
    layer = rendered.view_layers[0]
    layer.use_pass_z = layer.use_pass_normal = layer.use_pass_cryptomatte_object = True
    bpy.ops.render.render()
    set_media_type(rendered, "MULTI_LAYER_IMAGE", "OPEN_EXR_MULTILAYER")
    for codec in EXR_CODECS:
        file = tmp_path / f"{codec}.exr"
        save(rendered, file, {"file_format": "OPEN_EXR_MULTILAYER", "color_depth": "16", "exr_codec": codec})
        assert find_damage(file) is None, codec
        assert_cuts_are_seen(file)


def test_stereo_pictures_in_one_file(rendered: bpy.types.Scene, tmp_path: Path) -> None:
    rendered.render.use_multiview = True
    set_media_type(rendered, "MULTI_LAYER_IMAGE", "OPEN_EXR_MULTILAYER")
    rendered.render.image_settings.views_format = "MULTIVIEW"
    rendered.render.filepath = f"{tmp_path}/stereo.exr"
    bpy.ops.render.render(write_still=True)
    file = tmp_path / "stereo.exr"
    content = file.read_bytes()
    assert b"left" in content
    assert b"right" in content
    assert find_damage(file) is None
    assert_cuts_are_seen(file)


@pytest.mark.parametrize(("container", "codec"), MOVIES)
def test_movies(scene: bpy.types.Scene, tmp_path: Path, container: str, codec: str) -> None:
    assert_a_movie_is_judged(scene, tmp_path, container, codec, "NONE")


SOUNDS = [
    *[("OGG", "THEORA", audio) for audio in ("VORBIS", "OPUS", "FLAC")],
    *[("MKV", "FFV1", "FLAC"), ("MPEG4", "MPEG4", "AAC"), ("WEBM", "WEBM", "OPUS"), ("AVI", "MPEG4", "MP3")],
]


@pytest.mark.parametrize("frames", [1, 6])
@pytest.mark.parametrize(("container", "codec", "audio"), SOUNDS)
def test_movies_with_sound(
    scene: bpy.types.Scene, tmp_path: Path, container: str, codec: str, audio: str, frames: int
) -> None:
    """A Blender without audaspace, as the wheel of 4.2, writes the headers of the sound, and no sound."""
    assert_a_movie_is_judged(scene, tmp_path, container, codec, audio, frames)


def assert_a_movie_is_judged(
    scene: bpy.types.Scene, tmp_path: Path, container: str, codec: str, audio: str, frames: int = 6
) -> None:
    """Whole it is accepted, and cut off it is not."""
    Image.effect_noise((96, 54), 60).convert("RGB").save(tmp_path / "strip.png")
    scene.render.resolution_x, scene.render.resolution_y = 96, 54
    editor = scene.sequence_editor_create()
    strips = editor.strips if bpy.app.version >= (4, 4) else editor.sequences
    strip = strips.new_image("strip", str(tmp_path / "strip.png"), 1, 1)
    scene.frame_end = frames
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its new name is not in 5.0
        strip.frame_final_duration = frames
    set_media_type(scene, "VIDEO", "FFMPEG")
    scene.render.ffmpeg.format = container
    scene.render.ffmpeg.codec = codec
    scene.render.ffmpeg.audio_codec = audio
    scene.render.fps = 25
    scene.render.filepath = f"{tmp_path}/movie_"
    bpy.ops.render.render(animation=True)
    (file,) = tmp_path.glob("movie_*")
    assert find_damage(file) is None
    if file.suffix not in WITHOUT_END:
        assert_cuts_are_seen(file)


@pytest.mark.slow
@pytest.mark.parametrize("settings", PICTURES, ids=lambda settings: "-".join(map(str, settings.values())))
def test_changed_pictures_of_every_format_are_judged_in_linear_time_and_never_raise(
    rendered: bpy.types.Scene, tmp_path: Path, settings: dict[str, Any]
) -> None:
    rendered.render.image_settings.file_format = settings["file_format"]
    ending = {"J2K": ".j2c"}.get(settings.get("jpeg2k_codec", ""), rendered.render.file_extension)
    save(rendered, tmp_path / f"whole{ending}", settings)
    whole = (tmp_path / f"whole{ending}").read_bytes()
    for data in mutations(whole, ending, 600):
        assert_judged(f"changed{ending}", data)


@pytest.mark.slow
def test_changed_multilayer_pictures_are_judged_in_linear_time_and_never_raise(
    rendered: bpy.types.Scene, tmp_path: Path
) -> None:
    rendered.view_layers[0].use_pass_z = rendered.view_layers[0].use_pass_cryptomatte_object = True
    bpy.ops.render.render()
    set_media_type(rendered, "MULTI_LAYER_IMAGE", "OPEN_EXR_MULTILAYER")
    for codec in EXR_CODECS:
        file = tmp_path / f"{codec}.exr"
        save(rendered, file, {"file_format": "OPEN_EXR_MULTILAYER", "color_depth": "16", "exr_codec": codec})
        for data in mutations(file.read_bytes(), codec, 100):
            assert_judged(file.name, data)
