"""Plain data: the settings of a render, its progress and its result, and the rules for them. No Blender, no disk.

Start in `settings.py`.
"""
