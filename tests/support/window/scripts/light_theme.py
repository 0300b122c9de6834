"""Chooses Blender's light theme."""

from __future__ import annotations

from pathlib import Path

import bpy

folders = bpy.utils.preset_paths("interface_theme")
files = (file for folder in folders for file in Path(folder).iterdir())
light_theme = next(str(file) for file in files if file.name.lower().endswith("light.xml"))
bpy.ops.script.execute_preset(filepath=light_theme, menu_idname="USERPREF_MT_interface_theme_presets")
