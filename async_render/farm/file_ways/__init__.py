"""Which way files go to a Blender: one that sees them opens them where they are, and to any other one they are shipped.

Begin with `farm_child.py`.
"""
