"""The Blenders on which tests run what depends on Blender's internals.

Each file that does states the versions on which its own tests have run, as `VERSIONS`, and does without elsewhere: in
a Blender that is newer, or not released, the internals may be others. tests/headless/quirks/test_tested_versions.py
compares these lists with what CI has.
"""

from __future__ import annotations

import bpy

Version = tuple[int, int]

WHEELS: frozenset[Version] = frozenset({(4, 2), (4, 5), (5, 0), (5, 1), (5, 2)})
"""The `bpy` modules of .ci/test-wheels."""

WINDOWS: frozenset[Version] = frozenset({(4, 3), (5, 2)})
"""The Blenders of .ci/provide-blenders: their windows, and `blender -b`."""

ALL = WHEELS | WINDOWS


def is_tested(versions: frozenset[Version]) -> bool:
    """Whether this Blender is a release of one of these versions."""
    return bpy.app.version[:2] in versions and bpy.app.version_cycle == "release"
