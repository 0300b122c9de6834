"""Blender as the host of the loop: the timer that ticks the loop, tasks, scripts, threads. Start in `host.py`: its
table of states says what keeps the timer registered."""
