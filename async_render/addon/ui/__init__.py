"""The add-on's drawings: the panel, the status bar, the preferences, and their operators. Start in `panel.py`."""
