"""Blender's jobs, one at a time: queue, start, events, cancel, outcome. Start in `render_job.py`."""
