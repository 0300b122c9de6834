"""Work that leaves this process: plain data that JSON carries, and the seams of those who do the work.

Nothing here knows Blender or processes. A newcomer starts in `backend.py`, and then reads `wire.py`.
"""
