"""Blender's jobs, one at a time: queue, start, events, cancel, outcome.

Start in `render_job.py`, which opens with a render's life, or in `cancel.py`, which says how each kind of work stops.
"""
