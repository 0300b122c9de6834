"""The session as it is now, for other processes: its snapshot, its program, and what a snapshot lacks.

Start in `source.py`. The worker's side of a snapshot is here, too: unsaved pixels and output paths, after it has opened
the file.
"""
