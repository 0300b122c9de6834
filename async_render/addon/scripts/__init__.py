"""Scripts that the add-on runs: texts of the text editor, lines of the console, templates. Start in `run_script.py`."""
