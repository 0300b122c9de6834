"""Where a scene's pictures come from besides its camera: the sequencer's strips and the compositor's nodes."""

from __future__ import annotations

from typing import Any

import bpy

from ..quirks.versions import COMPOSITOR_IS_NODE_GROUP, SEQUENCER_HAS_STRIPS


def strips_of(scene: bpy.types.Scene) -> list[Any]:
    """Return all strips of a scene, those inside meta strips, too."""
    sequencer: Any = scene.sequence_editor
    if sequencer is None:
        return []
    return list(sequencer.strips_all if SEQUENCER_HAS_STRIPS else sequencer.sequences_all)


def compositor_of(scene: bpy.types.Scene) -> Any:
    """Return the tree of a scene's compositor; None: there is none."""
    of_version: Any = scene
    if COMPOSITOR_IS_NODE_GROUP:
        return of_version.compositing_node_group
    return of_version.node_tree if of_version.use_nodes else None


def writes_side_files(scene: bpy.types.Scene) -> bool:
    """Return whether *File Output* nodes write files beside the picture of a scene, which has the render's settings.

    Blender writes none for such a node in a node group (tried in 5.0 and 5.2). Where strips make the picture, the
    scene's own compositor has no part in it. The nodes of a strip's scene take every frame for a still.
    """
    tree, render = compositor_of(scene), scene.render
    if tree is None or not render.use_compositing or (render.use_sequencer and strips_of(scene)):
        return False
    return any(node.bl_idname == "CompositorNodeOutputFile" and not node.mute for node in tree.nodes)
