"""The windows that Blender's user sees, with their events, reports and messages. Start in `windows.py`."""
