"""Workarounds for bugs of Blender, and for what Blender has no call for; docs/blender-quirks.md lists them.

Each file opens with the versions, the symptom, Blender's source, the tests, and when the file can go. Start in
`versions.py`, where the differences between Blender's versions have their names.
"""
