"""Names that Blender gives to handlers, jobs and bakes, for type checkers: 4.2 to 5.2. Tests compare them."""

from typing import Literal

HandlerName = Literal[
    "animation_playback_post",
    "animation_playback_pre",
    "annotation_post",
    "annotation_pre",
    "blend_import_post",
    "blend_import_pre",
    "composite_cancel",
    "composite_post",
    "composite_pre",
    "depsgraph_update_post",
    "depsgraph_update_pre",
    "exit_pre",
    "frame_change_post",
    "frame_change_pre",
    "load_factory_preferences_post",
    "load_factory_startup_post",
    "load_post",
    "load_post_fail",
    "load_pre",
    "object_bake_cancel",
    "object_bake_complete",
    "object_bake_pre",
    "redo_post",
    "redo_pre",
    "render_cancel",
    "render_complete",
    "render_init",
    "render_post",
    "render_pre",
    "render_stats",
    "render_write",
    "save_post",
    "save_post_fail",
    "save_pre",
    "translation_update_post",
    "undo_post",
    "undo_pre",
    "version_update",
    "xr_session_start_pre",
]
"""The lists of `bpy.app.handlers`. `exit_pre` came with 5.1, and others are newer than 4.2."""

JobName = Literal["RENDER", "RENDER_PREVIEW", "OBJECT_BAKE", "COMPOSITE", "SHADER_COMPILATION"]
"""The types of jobs that `bpy.app.is_job_running` knows: `rna_enum_wm_job_type_items` in
source/blender/makesrna/intern/rna_wm.cc, the same in 4.3 and 5.2."""

BakeType = Literal[
    "COMBINED",
    "AO",
    "SHADOW",
    "POSITION",
    "NORMAL",
    "UV",
    "ROUGHNESS",
    "EMIT",
    "ENVIRONMENT",
    "DIFFUSE",
    "GLOSSY",
    "TRANSMISSION",
]
"""The types of `bpy.ops.object.bake`."""
