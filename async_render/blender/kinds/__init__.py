"""The kinds of work, one file each: animation, still, viewport, sound, baking, another file.

Start in `animation.py`, and go on in `rendering.py`, which lists the steps of a render. A new kind of work gets a file
of its own here.
"""
