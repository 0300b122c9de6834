"""How the add-on runs scripts: texts of the text editor, Blender's console, templates. Start in `run_script.py`."""
