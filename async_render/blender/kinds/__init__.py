"""The kinds of work, one file each: animation, still, viewport, sound, baking, another file. Start in `animation.py`.

A new kind of work gets a file of its own here.
"""
