"""The differences between the versions of Blender, each by its name; and the versions that tests run on.

No other file compares `bpy.app.version`: a newcomer finds here what Blender 5.0 has changed.

A file that depends on Blender's internals names the versions that its own tests have run on, as `VERSIONS`. In any
other Blender, newer or not released, the file does nothing: the internals may be different there.
tests/headless/quirks/test_tested_versions.py compares these sets with the Blenders that CI has.
"""

from __future__ import annotations

from typing import TypeAlias

import bpy

Version: TypeAlias = tuple[int, int]

THIS: Version = bpy.app.version[:2]
"""The version of this Blender."""

WITH_PATCH: tuple[int, int, int] = bpy.app.version
"""The version of this Blender with its third number, for messages."""

# What differs.

SEQUENCER_HAS_STRIPS = THIS >= (4, 4)
"""The strips are `SequenceEditor.strips`; before 4.4 they are `SequenceEditor.sequences`."""

PATHS_HAVE_VARIABLES = THIS >= (4, 5)
"""An output path is a template: `{blend_name}` is a variable, and a brace is written twice. Before 4.5 a brace has no
special meaning. source/blender/blenkernel/intern/path_templates.cc."""

SINGLE_VIEW_HAS_SUFFIX = THIS >= (4, 5)
"""The file of a scene's only view has the view's suffix in its name. Before 4.5 only two views or more have it."""

STEREO_MOVIE_HAS_SUFFIX = THIS < (5, 1)
"""A movie of all views, as of *Stereo 3D*, has the suffix of the first view in its name (tried in 4.2 to 5.2)."""

EEVEE_ENGINE = "BLENDER_EEVEE" if THIS >= (5, 0) else "BLENDER_EEVEE_NEXT"
"""The identifier of EEVEE; 4.2 to 4.5 have the longer name."""

ACTIONS_HAVE_LAYERS = THIS >= (5, 0)
"""The curves of an action are in its layers only. `Action.fcurves` has all curves up to 4.3, and the curves of the
first slot in 4.4 and 4.5."""

FORMATS_HAVE_MEDIA_TYPE = THIS >= (5, 0)
"""`ImageFormatSettings.media_type` must be set before `file_format`. Before 5.0 there is no such property."""

COMPOSITOR_IS_NODE_GROUP = THIS >= (5, 0)
"""The compositor's nodes are `Scene.compositing_node_group`; before 5.0 they are `Scene.node_tree`."""

FILE_OUTPUTS_TELL_STILLS = COMPOSITOR_IS_NODE_GROUP
"""A *File Output* node puts a number into each name of an animation. With *Render Image* only names with a `#` have one
(tried in 5.0, 5.1 and 5.2). Before 5.0 each name has a number."""

RENDER_TAKES_RANGE = THIS >= (5, 0)
"""`render.render` takes the range of an animation as `frame_start` and `frame_end`. Before 5.0 it takes the scene's."""

CONSOLE_MODULE = "_console_python" if THIS >= (5, 0) else "console_python"
"""The name of the Python module that Blender's console operators call."""

MIXDOWN_IS_JOB = THIS >= (5, 2)
"""`sound.mixdown` is a job, and writes the file after the operator has returned."""

HEADLESS_WRITES_ONE_SOUND = MIXDOWN_IS_JOB
"""Without a window no main loop ends the job of `sound.mixdown`, so Blender writes only one sound for each file that is
opened."""

# What tests run on.

WHEELS: frozenset[Version] = frozenset({(4, 2), (4, 5), (5, 0), (5, 1), (5, 2)})
"""The `bpy` modules of .ci/test-wheels."""

WINDOWS: frozenset[Version] = frozenset({(4, 3), (5, 2)})
"""The Blenders of .ci/provide-blenders: their windows, and `blender -b`."""

ALL = WHEELS | WINDOWS


def is_tested(versions: frozenset[Version]) -> bool:
    """Return whether this Blender is a release of one of these versions."""
    return bpy.app.version[:2] in versions and bpy.app.version_cycle == "release"
