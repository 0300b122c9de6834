"""Render what is between the timeline markers, segment after segment, each to its own files.

Four ways to run it:
- in Blender's text editor: *Text > Run Render Script*, or Blender's own *Run Script*
- without a window: `blender -b scene.blend --python examples/render_segments.py`
- on the bpy module: `python examples/render_segments.py`

A file without markers gets a small animated scene first, so that there is something to see.
"""

from math import radians

import bpy

import async_render as ar


async def main() -> None:
    if not bpy.context.scene.timeline_markers:
        bpy.context.window.scene = build_scene()
    for segment in ar.segments():
        print(f"{segment.name}: frames {segment.frame_start} to {segment.frame_end}")
        result = await ar.render_animation(segment.settings(filepath=f"//out/{segment.filename}_####"))
        print(
            f"{segment.name}: {len(result.frames)} frames in {result.seconds:.1f} s, the last one is {result.files[-1]}"
        )


def build_scene() -> bpy.types.Scene:
    """A cube that turns for twelve frames, in three parts with a light of another colour each."""
    scene = bpy.data.scenes.new("Render Segments")
    scene.frame_start, scene.frame_end = 1, 12
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 8
    scene.cycles.use_denoising = False  # not every build of Blender has a denoiser
    scene.render.resolution_x, scene.render.resolution_y = 320, 180

    mesh = bpy.data.meshes.new("Cube")
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata(corners, [], sides)
    cube = add(scene, "Cube", mesh)
    lamp = bpy.data.lights.new("Sun", "SUN")
    lamp.energy = 4.0
    add(scene, "Sun", lamp).rotation_euler = (radians(40), radians(15), 0)
    camera = add(scene, "Camera", bpy.data.cameras.new("Camera"))
    camera.location, camera.rotation_euler = (0, -7, 3.4), (radians(66), 0, 0)
    scene.camera = camera

    parts = {"Red": (1, (1, 0.1, 0.05)), "Green": (5, (0.1, 1, 0.1)), "Blue": (9, (0.1, 0.2, 1))}
    for name, (frame, colour) in parts.items():
        scene.timeline_markers.new(name, frame=frame)
        for key in (frame, frame + 3):
            lamp.color = colour
            lamp.keyframe_insert("color", frame=key)
            cube.rotation_euler.z = radians(15 * key)
            cube.keyframe_insert("rotation_euler", frame=key)
    return scene


def add(scene: bpy.types.Scene, name: str, data: bpy.types.ID) -> bpy.types.Object:
    """An object in the scene."""
    item = bpy.data.objects.new(name, data)
    scene.collection.objects.link(item)
    return item


ar.run(main())
