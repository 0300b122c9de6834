"""Blender processes on this machine that render for this one.

Begin with `pool.py`; `local_backend.py` is what it does its work with. `crew/` is who renders which frame,
`worker_process/` is one worker as its parent sees it, with the protocol between them. Nothing here imports `bpy`: the
parent may be a plain Python.
"""
