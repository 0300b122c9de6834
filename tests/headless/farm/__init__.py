"""Files that travel, with the `bpy` module."""
