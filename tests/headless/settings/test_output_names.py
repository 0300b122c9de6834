"""The names of files, beside those that Blender's own operators give them in the same scene."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar

from ...support.cameras import add_camera

FRAME = 7

PLAIN = (
    *("poster", "poster.png", "poster.PNG", "poster.jpg", "poster.JPEG", "poster.exr", "poster.tif", "poster.avif"),
    *("poster.v2", "poster.", "poster..", "poster.mkv", "poster.png0007", "a.b.png", "a.png.jpg", ".hidden", ".png"),
    *("Job #7/poster", "Job ##/poster.jpg", "a/../poster", "./poster", "a//poster", "p.png/poster", "C:/poster"),
    *(
        "sub\\poster",
        "sub\\Job #7\\poster.png",
        "sub/other\\poster",
        "x y",
        "tail ",
        "ü 漢/ß",
        "100%",
        "n" * 240,
        "0007",
    ),
)
"""Paths of files whose names have no number: Blender's *Render Image* with `write_still` is the reference."""

HIDDEN = (".tif", "..tif", ".a.tif", ".tif.", "...", "..a", "a..tif", ".hidden.PNG")
"""Names with dots in front, where Blender sees no extension."""

OF_VIEWS = ("shot.v2", "shot.v2_", ".hidden", "a.png", "a.tif", "v1.5/a", "a.b.c", "x.", "..x.y", ".png", "a.v2.png")
"""Names whose last dot Blender may take for the begin of an extension, and put a view's suffix there."""

NUMBERED = ("pic_##", "pic_##.png", "a#_b##", "#", "####", "a.####.b", "pic.##.jpg", "##_poster", "sub\\####", "D #/##")
"""The frame's number is put in where an animation has it; `write_still` would leave the `#`."""

FOLDERS = ("sub/", "sub\\", "a#/", "")
"""Blender makes `.png` of them up to 5.1, and `Untitled.png` from 5.2 on: there the number is the name."""

BRACES = {"{{a}}": "{a}", "{{{{a": "{{a"} if bpy.app.version >= (4, 5) else {"{a}": "{a}", "{a": "{a", "{{a": "{{a"}


def files_in(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def small(scene: bpy.types.Scene) -> bpy.types.Scene:
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.cycles.use_denoising = False
    return scene


def rendered_by_blender(scene: bpy.types.Scene, folder: Path, path: str, *, animation: bool) -> list[str]:
    folder.mkdir()
    scene.render.filepath = f"{folder}/{path}"
    bpy.ops.render.render(animation=animation, write_still=not animation)
    return files_in(folder)


def names_of_still(scene: bpy.types.Scene, folder: Path, path: str, *, by_settings: bool) -> list[str]:
    """The names that the result tells, when they are those on the disk."""
    folder.mkdir()
    scene.render.filepath = "//elsewhere" if by_settings else f"{folder}/{path}"
    settings = ar.RenderSettings(filepath=f"{folder}/{path}" if by_settings else None)
    result = ar.run(ar.render_still(settings, frame=FRAME)).result()
    assert scene.render.filepath == ("//elsewhere" if by_settings else f"{folder}/{path}")
    told = sorted(os.path.relpath(file, folder) for file in result.files)
    assert told == files_in(folder)
    return told


@pytest.mark.parametrize("use_file_extension", [True, False])
def test_a_still_has_the_name_that_blender_gives_it(
    small: bpy.types.Scene, tmp_path: Path, use_file_extension: bool
) -> None:
    small.render.use_file_extension = use_file_extension
    for number, path in enumerate((*PLAIN, *HIDDEN, *BRACES)):
        own = rendered_by_blender(small, tmp_path / f"own{number}", path, animation=False)
        assert len(own) == 1
        assert names_of_still(small, tmp_path / f"scene{number}", path, by_settings=False) == own, path
        if path in PLAIN:
            assert names_of_still(small, tmp_path / f"set{number}", path, by_settings=True) == own, path
    assert small.render.use_file_extension == use_file_extension


@pytest.mark.parametrize("use_file_extension", [True, False])
def test_a_still_with_a_number_has_the_name_of_an_animations_frame(
    small: bpy.types.Scene, tmp_path: Path, use_file_extension: bool
) -> None:
    small.render.use_file_extension = use_file_extension
    small.frame_start = small.frame_end = FRAME
    for number, path in enumerate((*NUMBERED, *FOLDERS)):
        own = rendered_by_blender(small, tmp_path / f"own{number}", path, animation=True)
        assert len(own) == 1
        assert names_of_still(small, tmp_path / f"scene{number}", path, by_settings=False) == own, path
        assert names_of_still(small, tmp_path / f"set{number}", path, by_settings=True) == own, path


@pytest.mark.parametrize("use_file_extension", [True, False])
@pytest.mark.parametrize("kind", ["animation", "still", "between two frames"])
def test_the_pictures_of_views_have_the_names_that_blender_gives_them(
    small: bpy.types.Scene, tmp_path: Path, kind: str, use_file_extension: bool
) -> None:
    """`shot.v2_0007_L.png`: Blender puts the suffix in front of the extension that it has added."""
    small.render.use_multiview = True
    small.render.image_settings.views_format = "INDIVIDUAL"
    small.render.image_settings.file_format = "TIFF"
    small.render.use_file_extension = use_file_extension
    small.frame_start = small.frame_end = FRAME
    numbers = ("shot.v2_####", "##.b", "v1.####/a.##") if kind == "animation" else ()
    for number, path in enumerate((*OF_VIEWS, *numbers)):
        small.frame_set(FRAME, subframe=0.5 if kind == "between two frames" else 0)
        own = rendered_by_blender(small, tmp_path / f"own{number}", path, animation=kind == "animation")
        assert len(own) == 2
        small.render.filepath = f"{tmp_path}/ours{number}/{path}"
        result = ar.run(ar.render_animation() if kind == "animation" else ar.render_still()).result()
        assert files_in(tmp_path / f"ours{number}") == own, path
        assert sorted(os.path.relpath(file, tmp_path / f"ours{number}") for file in result.files) == own, path


@pytest.mark.parametrize("frame", [-1, -5, -999, -1000, -12345, 0, 100_000])
def test_a_still_has_no_number_at_any_frame(small: bpy.types.Scene, tmp_path: Path, frame: int) -> None:
    small.frame_set(frame)
    own = rendered_by_blender(small, tmp_path / "own", "poster", animation=False)
    assert own == ["poster.png"]
    result = ar.run(ar.render_still(filepath=tmp_path / "ours" / "poster", frame=frame)).result()
    assert result.files == (tmp_path / "ours" / "poster.png",)
    result = ar.run(ar.render_still(filepath=tmp_path / "numbered" / "poster_####", frame=frame)).result()
    assert files_in(tmp_path / "numbered") == [f"poster_{'-' * (frame < 0)}{abs(frame):04d}.png"]


MOVIES = (
    *("shot", "shot_", "shot.mkv", "shot.MKV", "shot.mp4", "shot.png", "shot.v2", "cut\\shot_", "Job #7/shot"),
    *("pic_##", "pic_##.mkv", "a#_b##", "#", ".mkv", "shot.0001-0002.mkv", "sub\\", "sub/", "ü 漢/ß", "C:/shot"),
)


@pytest.mark.parametrize("use_file_extension", [True, False])
@pytest.mark.parametrize("use_autosplit", [False, True])
def test_a_movie_has_the_name_that_blender_gives_it(
    small: bpy.types.Scene, tmp_path: Path, use_file_extension: bool, use_autosplit: bool
) -> None:
    if bpy.app.version >= (5, 0):
        small.render.image_settings.media_type = "VIDEO"
    small.render.image_settings.file_format = "FFMPEG"
    small.render.ffmpeg.format, small.render.ffmpeg.codec = "MKV", "MPEG4"
    small.render.ffmpeg.use_autosplit = use_autosplit
    small.render.use_file_extension = use_file_extension
    small.frame_start, small.frame_end = 3, 4
    for number, path in enumerate(MOVIES):
        if not use_file_extension and path.endswith(("/", "\\")):
            continue  # Blender opens the folder itself
        own = rendered_by_blender(small, tmp_path / f"own{number}", path, animation=True)
        assert len(own) == 1
        folder = tmp_path / f"ours{number}"
        small.render.filepath = f"{folder}/{path}"
        result = ar.run(ar.render_animation()).result()
        assert files_in(folder) == own, path
        assert [str(file.relative_to(folder)) for file in result.files] == own, path


@pytest.mark.parametrize("views_format", ["STEREO_3D", "INDIVIDUAL"])
@pytest.mark.parametrize("off", ["", "left", "right"])
def test_a_movie_of_views_has_the_name_that_blender_gives_it(
    small: bpy.types.Scene, tmp_path: Path, views_format: str, off: str
) -> None:
    """Up to 5.0 the movie of *Stereo 3D* has the suffix of the first view: `shot_L.mkv`."""
    if bpy.app.version >= (5, 0):
        small.render.image_settings.media_type = "VIDEO"
    small.render.image_settings.file_format = "FFMPEG"
    small.render.ffmpeg.format, small.render.ffmpeg.codec = "MKV", "MPEG4"
    small.render.use_multiview = True
    small.render.image_settings.views_format = views_format
    if off:
        small.render.views[off].use = False
    small.frame_start = small.frame_end = 3
    for path in ("shot", "shot.mkv"):
        own = rendered_by_blender(small, tmp_path / f"own_{path}", path, animation=True)
        small.render.filepath = f"{tmp_path}/ours_{path}/{path}"
        result = ar.run(ar.render_animation()).result()
        assert files_in(tmp_path / f"ours_{path}") == sorted(file.name for file in result.files) == own


@pytest.mark.parametrize("path", ["poster", "poster_##"])
def test_the_preview_of_an_exr_file_has_the_name_that_blender_gives_it(
    small: bpy.types.Scene, tmp_path: Path, path: str
) -> None:
    image: Any = small.render.image_settings
    image.file_format = "OPEN_EXR"
    image.use_preview = True
    small.frame_set(FRAME)
    own = rendered_by_blender(small, tmp_path / "own", path, animation=False)
    for stands_at in (FRAME, 1):
        small.frame_set(stands_at)
        ar.run(ar.render_still(filepath=tmp_path / f"ours{stands_at}" / path, frame=FRAME)).result()
        assert files_in(tmp_path / f"ours{stands_at}") == [name.replace("##", "07") for name in own]
    assert {Path(name).suffix for name in own} == {".exr", ".jpg"}


def movie_settings(folder: Path, frames: str | range) -> ar.RenderSettings:
    movie = ar.RenderSettings(file_format="FFMPEG", container="MKV", video_codec="MPEG4", audio_codec="NONE")
    return movie.replace(filepath=folder / "shot", frames=frames)


@pytest.mark.parametrize("frames", ["3-4", range(3, 5), "3, 4", "..4, ^1, ^2"])
def test_a_movie_of_some_frames_is_named_after_them(
    small: bpy.types.Scene, tmp_path: Path, frames: str | range
) -> None:
    """And every frame tells the movie's file: not the name that the whole scene would have."""
    small.frame_start, small.frame_end = 1, 250
    told: set[tuple[Path, ...]] = set()

    async def main() -> tuple[Path, ...]:
        async with ar.render_frames(movie_settings(tmp_path, frames)) as rendering:
            told.update([frame.files async for frame in rendering])
        return rendering.result.files

    assert ar.run(main()).result() == (tmp_path / "shot0003-0004.mkv",)
    assert told == {(tmp_path / "shot0003-0004.mkv",)}
    assert files_in(tmp_path) == ["shot0003-0004.mkv"]
    assert (small.frame_start, small.frame_end) == (1, 250)


def test_a_folder_in_the_way_of_a_movie_is_found_by_the_name_that_the_movie_will_have(
    small: bpy.types.Scene, tmp_path: Path
) -> None:
    small.frame_start, small.frame_end = 1, 250
    (tmp_path / "shot0001-0250.mkv").mkdir()
    assert len(ar.run(ar.render_animation(movie_settings(tmp_path, "3"))).result().files) == 1
    (tmp_path / "shot0004-0004.mkv").mkdir()
    with pytest.raises(ar.RenderError, match=r"there is a folder where the file .*shot0004-0004\.mkv will be"):
        ar.run(ar.render_animation(movie_settings(tmp_path, "4"))).result()
    assert (small.frame_start, small.frame_end) == (1, 250)


@pytest.mark.skipif(bpy.app.version < (4, 5), reason="this Blender has no variables in paths")
@pytest.mark.parametrize("path", ["{nope}_####", "{nope", "nope}", "still_{project}", "{fps:wrong}"])
def test_a_variable_that_blender_does_not_know_is_named(small: bpy.types.Scene, tmp_path: Path, path: str) -> None:
    small.render.filepath = f"{tmp_path}/{path}"
    for render in (ar.render_animation, ar.render_still):
        with pytest.raises(ar.RenderError, match=r"filepath='.*" + path.replace("{", r"\{")):
            ar.run(render()).result()
    assert small.render.filepath == f"{tmp_path}/{path}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(bpy.app.version < (4, 5), reason="this Blender has no variables in paths")
def test_blenders_own_variables_are_put_in(small: bpy.types.Scene, tmp_path: Path) -> None:
    names = ["{scene_name}", "{camera_name}_x"] if bpy.app.version >= (5, 0) else []  # 4.5 does not know them
    for number, path in enumerate([*names, "{resolution_x:###}x.jpg", "{fps}"]):
        own = rendered_by_blender(small, tmp_path / f"own{number}", path, animation=False)
        assert names_of_still(small, tmp_path / f"scene{number}", path, by_settings=False) == own, path
        assert names_of_still(small, tmp_path / f"set{number}", path, by_settings=True) == own, path


@pytest.mark.skipif(bpy.app.version < (5, 0), reason="this Blender does not know {camera_name}")
@pytest.mark.parametrize("stands_at", [1, 4])
def test_the_name_of_the_camera_is_that_of_the_frame(small: bpy.types.Scene, tmp_path: Path, stands_at: int) -> None:
    """Markers switch the camera within an animation, and Blender composes each picture's name when it writes it."""
    add_camera(small, "Other")
    for name, frame in (("Camera", 1), ("Other", 3)):
        small.timeline_markers.new(name, frame=frame).camera = bpy.data.objects[name]
    small.frame_set(stands_at)
    for frame, name in ((2, "Camera"), (3, "Other"), (3.5, "Other")):
        files = ar.run(ar.render_still(filepath=tmp_path / f"{frame}" / "{camera_name}", frame=frame)).result().files
        assert files_in(tmp_path / f"{frame}") == [file.name for file in files] == [f"{name}.png"]
    result = ar.run(ar.render_animation(filepath=tmp_path / "{camera_name}_#", frame_start=3, frame_end=4)).result()
    assert [file.name for file in result.files] == ["Other_3.png", "Other_4.png"]
    with pytest.raises(ar.RenderError, match=r"several cameras \('Camera', 'Other' …\), .* each segment by itself"):
        ar.run(ar.render_animation(filepath=tmp_path / "{camera_name}_#", frame_end=4)).result()
    assert not (tmp_path / "Camera_2.png").exists()
    assert (small.frame_current, small.camera.name) == (stands_at, "Camera" if stands_at == 1 else "Other")


@pytest.mark.skipif(bpy.app.version < (4, 5), reason="this Blender has no variables in paths")
@pytest.mark.parametrize("path", ["{blend_name}", "{blend_name}.tif", "a_{blend_name}_"])
@pytest.mark.parametrize("use_file_extension", [True, False])
def test_a_hash_in_the_value_of_a_variable_is_no_number_of_a_still(
    small: bpy.types.Scene, tmp_path: Path, path: str, use_file_extension: bool
) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "Job #7.blend"))
    scene = bpy.data.scenes[0]
    scene.render.use_file_extension = use_file_extension
    own = rendered_by_blender(scene, tmp_path / "own", path, animation=False)
    assert "Job #7" in own[0]
    assert names_of_still(scene, tmp_path / "ours", path, by_settings=True) == own
    assert files_in(tmp_path / "ours") == own


def test_a_folder_of_the_file_may_have_backslashes(small: bpy.types.Scene, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    scene = bpy.data.scenes[0]
    scene.render.filepath = "//cut\\still"
    assert ar.run(ar.render_still()).result().files == (tmp_path / "cut" / "still.png",)
    ar.run(ar.open_file("//cut\\..\\film.blend")).result()
    assert Path(bpy.data.filepath).samefile(tmp_path / "film.blend")
    ar.run(ar.open_file(tmp_path / "cut" / ".." / "film.blend")).result()


def test_a_sound_may_have_backslashes(small: bpy.types.Scene, tmp_path: Path) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    if not bpy.app.build_options.audaspace:
        with pytest.raises(ar.RenderError, match=r"/cut/sound\.wav': this Blender was built without sound"):
            ar.run(ar.mixdown("//cut\\sound.wav"))
        return
    assert ar.run(ar.mixdown("//cut\\sound.wav")).result() == tmp_path / "cut" / "sound.wav"


@pytest.mark.parametrize("use_file_extension", [True, False])
def test_a_still_between_two_frames_has_the_name_that_blender_gives_it(
    small: bpy.types.Scene, tmp_path: Path, use_file_extension: bool
) -> None:
    """*Render Image* writes it at the path that the scene has meanwhile, which has its extension already."""
    small.render.use_file_extension = use_file_extension
    small.frame_set(FRAME, subframe=0.5)
    for number, path in enumerate((*PLAIN, *HIDDEN, *BRACES)):
        own = rendered_by_blender(small, tmp_path / f"own{number}", path, animation=False)
        small.render.filepath = f"{tmp_path}/ours{number}/{path}"
        result = ar.run(ar.render_still()).result()
        assert files_in(tmp_path / f"ours{number}") == own, path
        assert [os.path.relpath(file, tmp_path / f"ours{number}") for file in result.files] == own, path


def add_file_output(scene: bpy.types.Scene, folder: Path) -> None:
    """Let the compositor write each picture twice more: as `side_07.png`, and as `side.png` or `side0007.png`."""
    scene.render.compositor_device = "CPU"  # the GPU is the default of 5.2, and ends the process without OpenGL
    if bpy.app.version >= (5, 0):
        tree: Any = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
        scene.compositing_node_group = tree
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        layers, node = tree.nodes.new("CompositorNodeRLayers"), tree.nodes.new("CompositorNodeOutputFile")
        tree.links.new(layers.outputs[0], tree.nodes.new("NodeGroupOutput").inputs[0])
        layers.scene, node.directory, node.file_name = scene, str(folder), ""
        node.file_output_items.new("RGBA", "side")
        node.file_output_items.new("RGBA", "side_##")
        node.format.media_type, node.format.file_format = "IMAGE", "PNG"
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        layers, node = tree.nodes["Render Layers"], tree.nodes.new("CompositorNodeOutputFile")
        node.base_path, node.file_slots[0].path = str(folder), "side"
        node.file_slots.new("side_##")
    for socket in node.inputs[:2]:
        tree.links.new(layers.outputs[0], socket)


@pytest.mark.parametrize("use_file_extension", [True, False])
@pytest.mark.parametrize("path", ["poster", "poster_##"])
@pytest.mark.parametrize("frame", [FRAME, FRAME + 0.5])
def test_the_files_of_a_compositor_have_their_names_beside_a_still(
    small: bpy.types.Scene, tmp_path: Path, use_file_extension: bool, path: str, frame: float
) -> None:
    """4.2 to 5.1 obey the scene's *File Extensions* there, 5.2 does not. From 5.0 on *Render Image* adds no number."""
    small.render.use_file_extension = use_file_extension
    add_file_output(small, tmp_path / "side")
    small.frame_set(FRAME, subframe=frame - FRAME)
    rendered_by_blender(small, tmp_path / "own", path, animation=False)
    own = files_in(tmp_path / "side")
    assert len(own) == 2
    for stands_at, write in ((FRAME, True), (FRAME, False), (1, True)):
        small.frame_set(stands_at)
        shutil.rmtree(tmp_path / "side")
        result = ar.run(ar.render_still(filepath=tmp_path / "ours" / path, frame=frame, write=write)).result()
        assert files_in(tmp_path / "side") == own
        assert len(result.files) == write
        assert (small.frame_current, small.frame_subframe) == (stands_at, 0)


@pytest.mark.skipif(bpy.app.version < (5, 0), reason="this Blender adds a number to each name")
@pytest.mark.parametrize(
    ("case", "own"),
    [
        ("a still", "side.png"),
        ("an animation", "side0007.png"),
        ("in a group", None),
        ("muted", None),
        ("not composited", None),
        ("behind strips", None),
    ],
)
def test_only_where_a_compositor_writes_files_a_still_is_rendered_as_an_image(
    small: bpy.types.Scene, tmp_path: Path, case: str, own: str | None
) -> None:
    add_file_output(small, tmp_path / "side")
    if case == "in a group":
        outer: Any = bpy.data.node_groups.new("Outer", "CompositorNodeTree")
        node = outer.nodes.new("CompositorNodeGroup")
        node.node_tree = small.compositing_node_group
        outer.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        outer.links.new(node.outputs[0], outer.nodes.new("NodeGroupOutput").inputs[0])
        small.compositing_node_group = outer
    if case == "muted":
        for node in small.compositing_node_group.nodes:
            node.mute = node.bl_idname == "CompositorNodeOutputFile"
    if case == "behind strips":
        effect: Any = {"type": "COLOR", "channel": 1, "frame_start": 1, "length": 9}
        small.sequence_editor_create().strips.new_effect(name="Red", **effect)
    small.render.use_compositing = case != "not composited"
    stood_at: list[int] = []

    def note(scene: bpy.types.Scene, *_: Any) -> None:
        stood_at.append(bpy.data.scenes[scene.name].frame_current)

    bpy.app.handlers.render_init.append(note)
    try:
        if case == "an animation":
            ar.run(ar.render_animation(filepath=tmp_path / "a_", frames=(FRAME,)))
        else:
            ar.run(ar.render_still(filepath=tmp_path / "poster", frame=FRAME))
    finally:
        bpy.app.handlers.render_init.remove(note)
    side = files_in(tmp_path / "side")
    assert (own in side) if own else not side
    assert stood_at == [FRAME if case == "a still" else 1]
    assert small.frame_current == 1
