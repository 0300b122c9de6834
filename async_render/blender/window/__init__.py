"""What Blender's user sees: windows, events, reports and messages. Start in `windows.py`."""
