"""What of a scene's render needs OpenGL: EEVEE, Workbench, Grease Pencil, a compositor on the GPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from ...render.settings import RenderSettings
from ..quirks.background_gpu import ENGINES
from ..settings.fields import engine_of
from ..settings.picture_sources import compositor_of, strips_of

_GREASE_PENCIL = {"GPENCIL", "GREASEPENCIL"}
"""The type of these objects, up to 4.2 and from 4.3 on. OpenGL draws them whatever the engine is:
`DRW_render_gpencil` in source/blender/draw/intern/draw_manager_c.cc."""


@dataclass(frozen=True)
class OpenGLNeed:
    """One thing that cannot be rendered without OpenGL.

    Attributes:
        what: the thing, as a message names it.
        remedy: how the scene renders without it, as the end of "or …".
    """

    what: str
    remedy: str


def opengl_need(scene: bpy.types.Scene, settings: RenderSettings | None = None) -> OpenGLNeed | None:
    """Return what of a render needs OpenGL; None: nothing does.

    Args:
        scene: the scene that is rendered.
        settings: settings that the scene does not have yet.
    """
    return next(_needs(scene, settings or RenderSettings(), set()), None)


def _needs(scene: bpy.types.Scene, settings: RenderSettings, seen: set[bpy.types.Scene]) -> Iterator[OpenGLNeed]:
    """Yield the needs of a scene, and of the scenes that its strips or its compositor render."""
    if scene in seen:
        return
    seen.add(scene)
    strips = strips_of(scene) if _is_on(scene, settings, "use_sequencer") else []
    if strips:
        inner = [strip.scene for strip in strips if strip.type == "SCENE" and not strip.mute]
    else:
        yield from _own_needs(scene, settings)
        nodes = list(_nodes(compositor_of(scene), set())) if _is_on(scene, settings, "use_compositing") else []
        if nodes and _compositor_device(scene, settings) == "GPU":
            device = "overrides={'render.compositor_device': 'CPU'}"
            yield OpenGLNeed(f"the compositor of the scene {scene.name!r} on the GPU", f"render with {device}")
        inner = [node.scene for node in nodes if node.bl_idname == "CompositorNodeRLayers"]
    for other in filter(None, inner):
        yield from _needs(other, RenderSettings(), seen)


def _own_needs(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[OpenGLNeed]:
    engine = engine_of(scene, settings)
    if engine in ENGINES:
        yield OpenGLNeed(f"engine={engine!r}", "render with engine='CYCLES'")
    for item in scene.objects:
        if item.type in _GREASE_PENCIL and not item.hide_render:
            yield OpenGLNeed(f"the Grease Pencil object {item.name!r}", "hide it in renders")


def _is_on(scene: bpy.types.Scene, settings: RenderSettings, name: str) -> bool:
    chosen = getattr(settings, name)
    return bool(getattr(scene.render, name) if chosen is None else chosen)


def _compositor_device(scene: bpy.types.Scene, settings: RenderSettings) -> object:
    return (settings.overrides or {}).get("render.compositor_device", scene.render.compositor_device)


def _nodes(tree: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield the nodes of a tree, and of the groups in it."""
    if tree is None or tree in seen:
        return
    seen.add(tree)
    for node in tree.nodes:
        if not node.mute:
            yield node
            yield from _nodes(getattr(node, "node_tree", None), seen)
