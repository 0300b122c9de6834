"""A scene's settings: read, checked, applied for a render, and restored. Start in `apply.py`."""
