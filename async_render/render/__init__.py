"""What shall be rendered and what came of it: plain data and its rules, without Blender."""
