"""The add-on's own drawings: the panel with its picture, and the preferences. Start in `panel.py`."""
