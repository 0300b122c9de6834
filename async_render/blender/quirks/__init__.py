"""Workarounds for what Blender has no call for, and for its bugs.

Each file opens with the versions, the symptom, Blender's source, and when the file can go. Start in `versions.py`.
"""
