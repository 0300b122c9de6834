"""Make a project in a folder, with everything that a .blend file may need. A child process runs it: FOLDER.

projekt für 木/shots/shot.blend     linked: //../lib/set.blend, which links //deep/deep.blend
projekt für 木/shots/beside.png, shots/tex tür/below.png, tex/udim.*.png, seq/0001.png …, font, sound
outside/absolute.png, outside/lib.blend, which has absolute paths
"""

from __future__ import annotations

import shutil
import sys
import wave
from pathlib import Path
from typing import Any

import bpy

ROOT = Path(sys.argv[1])
PROJECT = ROOT / "projekt für 木"
SHOTS, TEX, LIB, OUTSIDE = PROJECT / "shots", PROJECT / "tex", PROJECT / "lib", ROOT / "outside"


def picture(path: Path, *color: float) -> Path:
    """Write a picture of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = bpy.data.images.new("new", 4, 4)
    image.pixels = [*color, 1.0] * 16
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path


def material(name: str, image: Any) -> Any:
    """A material that shines as its image, whatever the light."""
    made = bpy.data.materials.new(name)
    if made.node_tree is None:  # Blender 4
        made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    texture, emission = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
    texture.image = image
    if image.source == "SEQUENCE":
        texture.image_user.frame_duration, texture.image_user.use_auto_refresh = 2, True
    links.new(texture.outputs[0], emission.inputs[0])
    links.new(emission.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs[0])
    return made


def plane(name: str, place: int, image: Any, width: float = 1.0) -> Any:
    """A square in the row that the camera sees. A UV map of `width` 2 has two tiles."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new()
    for loop, uv in enumerate([(0, 0), (width, 0), (width, 1), (0, 1)]):
        layer.data[loop].uv = uv
    mesh.materials.append(material(name, image))
    made = bpy.data.objects.new(name, mesh)
    made.location.x = place
    return made


def load(path: Path, text: str | None = None) -> Any:
    """Load an image, and give it the path as a file would have it."""
    image = bpy.data.images.load(str(path))
    image.filepath = text or str(path)
    return image


def save(path: Path) -> None:
    """Save the file with its paths as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), relative_remap=False, compress=path.name == "deep.blend")


def begin(path: Path) -> None:
    """Begin an empty file that has its place already, so that `//` means its folder."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    save(path)


def link(path: Path, text: str, name: str) -> Any:
    """Link an object."""
    libraries: Any = bpy.data.libraries
    with libraries.load(str(path), link=True) as (_, wanted):
        wanted.objects = [name]
    next(item for item in bpy.data.libraries if Path(bpy.path.abspath(item.filepath)) == path).filepath = text
    return wanted.objects[0]


def library(path: Path, name: str, place: int, image: Path, text: str) -> None:
    """Make a library of one object."""
    begin(path)
    bpy.context.scene.collection.objects.link(plane(name, place, load(image, text)))
    save(path)


deep = picture(LIB / "deep" / "木.png", 0, 1, 0)
library(LIB / "deep" / "deep.blend", "deep", 0, deep, "//木.png")
library(
    OUTSIDE / "lib.blend", "absolute library", 1, picture(OUTSIDE / "of lib.png", 0, 0, 1), str(OUTSIDE / "of lib.png")
)

begin(LIB / "set.blend")
holder = bpy.data.objects.new("set", None)
bpy.context.scene.collection.objects.link(holder)
holder.instance_type = "COLLECTION"
holder.instance_collection = bpy.data.collections.new("deep things")
holder.instance_collection.objects.link(link(LIB / "deep" / "deep.blend", "//deep/deep.blend", "deep"))
save(LIB / "set.blend")

begin(SHOTS / "shot.blend")
scene: Any = bpy.context.scene
objects = scene.collection.objects
objects.link(link(LIB / "set.blend", "//../lib/set.blend", "set"))
objects.link(link(OUTSIDE / "lib.blend", str(OUTSIDE / "lib.blend"), "absolute library"))
objects.link(plane("below", 2, load(picture(SHOTS / "tex tür" / "below.png", 1, 0, 0), "//tex tür/below.png")))
objects.link(plane("beside", 3, load(picture(SHOTS / "beside.png", 1, 1, 0), "//beside.png")))
objects.link(plane("absolute", 4, load(picture(OUTSIDE / "absolute.png", 1, 0, 1))))

picture(TEX / "udim.1002.png", 0, 1, 1)
udim = load(picture(TEX / "udim.1001.png", 1, 1, 1))
udim.source, udim.filepath = "TILED", "//../tex/udim.<UDIM>.png"
udim.tiles.new(1002)
objects.link(plane("udim", 5, udim, 2.0))

picture(PROJECT / "seq" / "s_0002.png", 0.2, 0.4, 0.6)
sequence = load(picture(PROJECT / "seq" / "s_0001.png", 0.6, 0.4, 0.2), "//../seq/s_0001.png")
sequence.source = "SEQUENCE"
objects.link(plane("sequence", 6, sequence))

font = PROJECT / "Schrift.woff2"
shutil.copyfile(next(Path(bpy.utils.system_resource("DATAFILES", path="fonts")).glob("Inter.woff2")), font)
curve: Any = bpy.data.curves.new("text", "FONT")
curve.body, curve.font, curve.size = "Ag", bpy.data.fonts.load(str(font)), 0.8
curve.font.filepath = "//../Schrift.woff2"
curve.materials.append(bpy.data.materials["beside"])
text = bpy.data.objects.new("text", curve)
text.location.x = 7
objects.link(text)

sound = PROJECT / "ton.wav"
with wave.open(str(sound), "wb") as written:
    written.setnchannels(1)
    written.setsampwidth(2)
    written.setframerate(8000)
    written.writeframes(bytes(1000))
if bpy.app.build_options.audaspace:  # the bpy module 4.2 has no sound
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_sound("ton", str(sound), 1, 1).sound.filepath = "//../ton.wav"
else:
    bpy.data.sounds.load(str(sound)).use_fake_user = True

gone = load(picture(PROJECT / "tex" / "gone.png", 0, 0, 0), "//../tex/gone.png")
gone.name, gone.use_fake_user = "gone", True
Path(TEX / "gone.png").unlink()

camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
camera.data.type, camera.data.ortho_scale = "ORTHO", 8.0
camera.location = (4, 0.5, 5)
objects.link(camera)
scene.camera = camera
scene.frame_set(2)
scene.frame_end = 2
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 160, 20, 100
scene.view_settings.view_transform = "Raw"
scene.render.use_sequencer = False
save(SHOTS / "shot.blend")
