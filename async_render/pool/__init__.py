"""Blender processes on this machine that render for this one: the protocol, the processes, and who renders which frame.

Nothing here imports `bpy`: the parent may be a plain Python. A newcomer starts in `protocol.py`.
"""
