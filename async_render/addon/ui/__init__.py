"""What the add-on draws: the panel, the status bar, the preferences, and their operators. Start in `panel.py`."""
