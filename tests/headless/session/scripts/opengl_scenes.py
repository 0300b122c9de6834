"""Renders the scenes whose names are the arguments, one after the other, and prints what needs OpenGL in each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import bpy

from async_render.blender.quirks.versions import COMPOSITOR_IS_NODE_GROUP, EEVEE_ENGINE, SEQUENCER_HAS_STRIPS
from async_render.blender.session.opengl_needs import opengl_need
from async_render.blender.settings.picture_sources import compositor_of

GREASE_PENCIL_IS_V3 = (4, 3) <= bpy.app.version < (5, 0)
STRIPS_HAVE_LENGTH = bpy.app.version >= (5, 0)


def add_grease_pencil(scene: bpy.types.Scene) -> bpy.types.Object:
    data: Any = bpy.data
    line = bpy.data.objects.new(
        "Line", (data.grease_pencils_v3 if GREASE_PENCIL_IS_V3 else data.grease_pencils).new("Line")
    )
    scene.collection.objects.link(line)
    return line


def add_compositor(scene: Any, device: str, layers_of: Any = None) -> None:
    scene.render.compositor_device = device
    if COMPOSITOR_IS_NODE_GROUP:
        tree: Any = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
        scene.compositing_node_group = tree
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        layers, blur = tree.nodes.new("CompositorNodeRLayers"), tree.nodes.new("CompositorNodeBlur")
        tree.links.new(layers.outputs[0], blur.inputs[0])
        tree.links.new(blur.outputs[0], tree.nodes.new("NodeGroupOutput").inputs[0])
    else:
        scene.use_nodes = True
        layers = scene.node_tree.nodes["Render Layers"]
    layers.scene = layers_of or scene


def strips(scene: Any) -> Any:
    editor = scene.sequence_editor_create()
    return editor.strips if SEQUENCER_HAS_STRIPS else editor.sequences


def add_color_strip(scene: bpy.types.Scene) -> None:
    strips(scene).new_effect("color", "COLOR", 1, 1, **({"length": 5} if STRIPS_HAVE_LENGTH else {"frame_end": 5}))


def copy_of(scene: bpy.types.Scene, engine: str) -> Any:
    other: Any = scene.copy()
    other.render.engine = engine
    return other


def cycles(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"


def eevee(scene: bpy.types.Scene) -> None:
    scene.render.engine = EEVEE_ENGINE


def color_strip_in_eevee(scene: bpy.types.Scene) -> None:
    eevee(scene)
    add_color_strip(scene)


def compositor_on_cpu(scene: bpy.types.Scene) -> None:
    add_compositor(scene, "CPU")


def compositor_on_gpu(scene: bpy.types.Scene) -> None:
    add_compositor(scene, "GPU")


def compositor_off(scene: bpy.types.Scene) -> None:
    add_compositor(scene, "GPU")
    scene.render.use_compositing = False


def muted_layers_of_eevee(scene: bpy.types.Scene) -> None:
    add_compositor(scene, "CPU")
    tree = compositor_of(scene)
    muted = tree.nodes.new("CompositorNodeRLayers")
    muted.scene, muted.mute = copy_of(scene, EEVEE_ENGINE), True


def layers_of_eevee(scene: bpy.types.Scene) -> None:
    add_compositor(scene, "CPU", copy_of(scene, EEVEE_ENGINE))


def strip_before_compositor(scene: bpy.types.Scene) -> None:
    add_compositor(scene, "GPU")
    add_color_strip(scene)


def strip_of_cycles(scene: bpy.types.Scene) -> None:
    strips(scene).new_scene("scene", copy_of(scene, "CYCLES"), 1, 1)


def strip_of_eevee(scene: bpy.types.Scene) -> None:
    strips(scene).new_scene("scene", copy_of(scene, EEVEE_ENGINE), 1, 1)


def grease_pencil(scene: bpy.types.Scene) -> None:
    add_grease_pencil(scene)


def hidden_grease_pencil(scene: bpy.types.Scene) -> None:
    add_grease_pencil(scene).hide_render = True


def render(case: Callable[[bpy.types.Scene], None]) -> None:
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    assert scene is not None
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 8
    case(scene)
    need = opengl_need(scene)
    print(f"{case.__name__}: {need.what if need else 'nothing'}", flush=True)
    bpy.ops.render.render()
    print(f"{case.__name__}: rendered", flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        render(globals()[name])
