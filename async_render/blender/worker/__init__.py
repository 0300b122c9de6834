"""A worker of a pool, in its own Blender: it reads requests, and does one after another. Start in `main.py`."""
