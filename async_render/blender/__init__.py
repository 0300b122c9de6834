"""All knowledge of how Blender behaves. Functions run on Blender's main thread, unless their docstrings say else."""
