"""`encode`: pictures as one movie, with the sound of the scene and the colours of the pictures."""

from __future__ import annotations

import asyncio
import math
import struct
import warnings
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.kinds import movie_scene
from async_render.blender.quirks.versions import FORMATS_HAVE_MEDIA_TYPE, SEQUENCER_HAS_STRIPS

from ...support.pictures import open_picture

pytestmark = pytest.mark.core

MOVIE: dict[str, Any] = {"file_format": "FFMPEG", "container": "MKV", "video_codec": "FFV1", "audio_codec": "NONE"}
"""A movie without any loss."""


@pytest.fixture
def coloured(scene: bpy.types.Scene) -> bpy.types.Scene:
    """Each picture has all kinds of colours, some of them brighter than white, and noise."""
    assert scene.world is not None
    if scene.world.node_tree is None:  # before 5.0
        scene.world.use_nodes = True
    tree: Any = scene.world.node_tree
    texture, mapping = tree.nodes.new("ShaderNodeTexVoronoi"), tree.nodes.new("ShaderNodeTexCoord")
    tree.links.new(mapping.outputs["Window"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], tree.nodes["Background"].inputs["Color"])
    tree.nodes["Background"].inputs["Strength"].default_value = 2.0
    texture.inputs["Scale"].default_value = 30.0
    of_cycles: Any = scene.world
    of_cycles.cycles.sampling_method = "NONE"  # else Cycles renders a map of the world first, for many seconds
    return scene


@pytest.fixture(autouse=True)
def nothing_is_left(scene: bpy.types.Scene) -> Iterator[None]:
    """No scene and no image is left."""
    yield
    assert [item.name for item in bpy.data.scenes] == ["Scene"]
    assert {item.name for item in bpy.data.images} <= {"Render Result"}


def render(**fields: Any) -> ar.RenderResult:
    return ar.run(ar.render_animation(**fields)).result()


def encode(frames: Any, settings: ar.RenderSettings | None = None, **fields: Any) -> ar.RenderResult:
    return ar.run(ar.encode(frames, settings, **fields)).result()


def frames_of(movie: Path) -> list[bytes]:
    """The pixels of each frame, as the movie has them."""
    scene: Any = bpy.data.scenes.new("Reading")
    scene.render.resolution_x, scene.render.resolution_y, scene.render.dither_intensity = 32, 18, 0.0
    scene.view_settings.view_transform = "Standard"
    editor = scene.sequence_editor_create()
    strip = (editor.strips if SEQUENCER_HAS_STRIPS else editor.sequences).new_movie("movie", str(movie), 1, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 5.2 has another name, and older ones have not
        scene.frame_end = strip.frame_final_duration
    folder = movie.with_suffix("")
    fields = {"file_format": "PNG", "color_mode": "RGB", "color_depth": "8"}
    try:
        result = render(scene="Reading", filepath=folder / "####", **fields)
    finally:
        bpy.data.scenes.remove(scene)
    return [open_picture(file).tobytes() for file in result.files]


@pytest.mark.parametrize("view", ["Standard", "AgX", "Filmic"])
def test_no_pixel_differs_from_a_render_into_the_movie(coloured: bpy.types.Scene, tmp_path: Path, view: str) -> None:
    look: Any = coloured.view_settings
    look.view_transform, look.exposure, look.gamma = view, 0.3, 1.2
    coloured.render.dither_intensity = 2.0
    direct = render(filepath=tmp_path / "direct", **MOVIE)
    pictures = render(filepath=tmp_path / "pictures" / "####", file_format="PNG", color_mode="RGB", color_depth="8")
    encoded = encode(pictures.files, filepath=tmp_path / "encoded", **MOVIE)
    assert encoded.frames == direct.frames == (1, 2, 3)
    assert encoded.files == (tmp_path / "encoded0001-0003.mkv",)
    wanted = frames_of(direct.files[0])
    assert len({*wanted[0]}) > 50, "the picture has many colours"
    assert frames_of(encoded.files[0]) == wanted


def test_a_stamp_stands_in_the_pictures_once(scene: bpy.types.Scene, tmp_path: Path) -> None:
    scene.render.use_stamp = True
    scene.render.stamp_font_size = 8
    pictures = render(filepath=tmp_path / "####", color_mode="RGB", color_depth="8").files
    encoded = encode(pictures, filepath=tmp_path / "film", **MOVIE)
    assert frames_of(encoded.files[0]) == [open_picture(file).tobytes() for file in pictures]


@pytest.mark.parametrize("display", ["Display P3", "Rec.1886"])
def test_pictures_for_another_display_keep_their_colours(
    coloured: bpy.types.Scene, tmp_path: Path, display: str
) -> None:
    coloured.display_settings.display_device = display
    coloured.view_settings.view_transform = "Standard"
    direct = render(filepath=tmp_path / "direct", **MOVIE)
    pictures = render(filepath=tmp_path / "pictures" / "####", file_format="PNG", color_mode="RGB", color_depth="8")
    encoded = encode(pictures.files, filepath=tmp_path / "encoded", **MOVIE)
    assert frames_of(encoded.files[0]) == frames_of(direct.files[0])


def test_linear_pictures_get_the_view_transform(coloured: bpy.types.Scene, tmp_path: Path) -> None:
    coloured.render.dither_intensity = 0.0
    look: Any = coloured.view_settings
    look.view_transform = "AgX"
    fields = {"file_format": "OPEN_EXR", "color_mode": "RGB", "color_depth": "32"}
    direct = render(filepath=tmp_path / "direct", frames="1", **MOVIE)
    pictures = render(filepath=tmp_path / "pictures" / "####", frames="1", **fields)
    encoded = encode(pictures.files, filepath=tmp_path / "encoded", **MOVIE)
    pairs = zip(frames_of(encoded.files[0])[0], frames_of(direct.files[0])[0], strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 1


def add_tone(scene: bpy.types.Scene, file: Path) -> None:
    """A second of a tone, in the sequencer from frame 1 on."""
    with wave.open(str(file), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(48000)
        tone = (int(20000 * math.sin(index / 20)) for index in range(48000))
        opened.writeframes(b"".join(struct.pack("<h", value) for value in tone))
    editor: Any = scene.sequence_editor_create()
    (editor.strips if SEQUENCER_HAS_STRIPS else editor.sequences).new_sound("tone", str(file), 1, 1)


@pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")
def test_the_sound_of_the_scene_is_in_the_movie(scene: bpy.types.Scene, tmp_path: Path) -> None:
    pictures = render(filepath=tmp_path / "####", frame_end=24)
    add_tone(scene, tmp_path / "tone.wav")
    with_sound = {**MOVIE, "audio_codec": "PCM"}
    direct = render(filepath=tmp_path / "direct", frame_end=24, **with_sound)
    loud = encode(pictures.files, filepath=tmp_path / "loud", **with_sound).files[0]
    quiet = encode(pictures.files, filepath=tmp_path / "quiet", **MOVIE).files[0]
    assert b"A_PCM" in loud.read_bytes()
    assert b"A_PCM" not in quiet.read_bytes()
    tones = [sound_of(file) for file in (loud, direct.files[0])]
    assert tones[0] == tones[1]
    assert max(tones[0]) > 0.1
    assert frames_of(loud)[:24] == frames_of(quiet), "the strip of the sound is below the pictures"


def sound_of(movie: Path) -> list[float]:
    """The samples of a movie's sound."""
    import aud

    open_sound: Any = aud.Sound
    return [round(float(sample), 3) for row in open_sound(str(movie)).data() for sample in row]


def test_the_frames_of_the_settings_are_in_the_name(scene: bpy.types.Scene, tmp_path: Path) -> None:
    pictures = render(filepath=tmp_path / "p_####", frames="10-14x2")
    settings = ar.RenderSettings(filepath=tmp_path / "{scene}_##_x", frames="10-14x2", **MOVIE)
    stepped = encode(pictures.files, settings)
    assert (stepped.frames, stepped.files[0].name) == ((10, 12, 14), "Scene_10-14_x.mkv")
    assert len(frames_of(stepped.files[0])) == 3
    later = encode(pictures.files[:2], ar.RenderSettings(filepath=tmp_path / "later", frame_start=40, **MOVIE))
    assert (later.frames, later.files[0].name) == ((40, 41), "later0040-0041.mkv")
    with pytest.raises(ar.RenderError, match="3 pictures for the 4 frames of the settings"):
        encode(pictures.files, settings.replace(frames="1-4"))


def test_pictures_of_many_folders_and_strips_come_in_order(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movie_scene, "MOST_ELEMENTS", 2)
    files: list[Path] = []
    world: Any = scene.world
    for index, folder in enumerate("aabcccc"):
        world.color = (index / 10, 0.1, 0.2)
        files += render(filepath=tmp_path / folder / f"{9 - index}_####", frames="1", color_mode="RGB").files
    movie = encode(files, filepath=tmp_path / "film", **MOVIE).files[0]
    assert frames_of(movie) == [open_picture(file).tobytes() for file in files]


@pytest.mark.parametrize(
    ("frames", "error", "message"),
    [
        ([], ValueError, "has no picture"),
        ("a.png", TypeError, "is not a list of files"),
        ([b"a.png"], TypeError, r"frames\[0\]=b'a.png' is no path"),
        (["gone.png"], ar.RenderError, r"frames\[0\]: .*gone.png is missing; render it again"),
    ],
)
def test_what_is_no_list_of_pictures_is_refused(
    scene: bpy.types.Scene, tmp_path: Path, frames: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        encode(frames, filepath=tmp_path / "film", **MOVIE)


def test_pictures_of_another_size_and_damaged_ones_are_named(scene: bpy.types.Scene, tmp_path: Path) -> None:
    files = list(render(filepath=tmp_path / "####").files)
    larger = render(filepath=tmp_path / "large_####", frames="1", resolution_x=64).files
    with pytest.raises(ar.RenderError, match=r"frames\[3\]: .*large_0001.png has 64 × 18 pixels, .* 32 × 18"):
        encode([*files, *larger], filepath=tmp_path / "film", **MOVIE)
    files[1].write_bytes(files[1].read_bytes()[:-20])
    with pytest.raises(ar.RenderError, match=r"frames\[1\]: .*0002.png is cut off"):
        encode(files, filepath=tmp_path / "film", **MOVIE)
    assert not list(tmp_path.glob("film*"))


def test_a_format_that_is_no_movie_is_refused(scene: bpy.types.Scene, tmp_path: Path) -> None:
    files = render(filepath=tmp_path / "####").files
    with pytest.raises(ar.RenderError, match="file_format='PNG' is no movie; write file_format='FFMPEG'"):
        encode(files, filepath=tmp_path / "film")


def test_a_cancelled_movie_leaves_the_one_that_was_there(scene: bpy.types.Scene, tmp_path: Path) -> None:
    files = render(filepath=tmp_path / "####").files
    movie = tmp_path / "film0001-3000.mkv"
    movie.write_bytes(b"the one before")
    frames: list[int] = []

    async def main() -> None:
        task = asyncio.ensure_future(ar.encode(files * 1000, filepath=tmp_path / "film", **MOVIE))

        def cancel(*_: object) -> None:
            frames.append(1)
            if len(frames) == 5:
                task.cancel()

        bpy.app.handlers.render_write.append(cancel)
        try:
            with pytest.raises(asyncio.CancelledError):
                await task
        finally:
            bpy.app.handlers.render_write.remove(cancel)

    ar.run(main())
    assert movie.read_bytes() == b"the one before"


def test_an_undo_and_a_file_that_was_saved_meanwhile_bring_no_scene_back(
    scene: bpy.types.Scene, tmp_path: Path
) -> None:
    saved = str(tmp_path / "meanwhile.blend")

    def note(*_: object) -> None:
        bpy.app.handlers.render_write.remove(note)
        bpy.ops.ed.undo_push(message="during")
        bpy.ops.wm.save_as_mainfile(filepath=saved, copy=True)

    def names() -> list[str]:
        return [item.name for item in bpy.data.scenes]

    async def main() -> None:
        pictures = await ar.render_animation(filepath=tmp_path / "####")
        bpy.ops.ed.undo_push(message="before")
        bpy.app.handlers.render_write.append(note)
        await ar.encode(pictures.files, filepath=tmp_path / "film", **MOVIE)
        bpy.data.scenes["Scene"].frame_end = 77
        bpy.ops.ed.undo_push(message="after")
        bpy.ops.ed.undo()
        assert (names(), bpy.data.scenes["Scene"].frame_end) == (["Scene"], 3)
        bpy.ops.ed.redo()
        assert (names(), bpy.data.scenes["Scene"].frame_end) == (["Scene"], 77)
        await ar.open_file(saved)
        assert names() == ["Scene"]

    ar.run(main())


def test_the_scene_is_as_before(scene: bpy.types.Scene, tmp_path: Path) -> None:
    files = render(filepath=tmp_path / "####").files
    image: Any = scene.render.image_settings
    before = image.file_format, scene.render.filepath, scene.frame_end, scene.sequence_editor, bpy.context.scene
    encode(files, filepath=tmp_path / "film", **MOVIE)
    assert (
        image.file_format,
        scene.render.filepath,
        scene.frame_end,
        scene.sequence_editor,
        bpy.context.scene,
    ) == before
    assert not FORMATS_HAVE_MEDIA_TYPE or image.media_type == "IMAGE"
