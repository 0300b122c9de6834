"""Render all .blend files of a folder, one after another, each to a folder of its own name beside it.

- in Blender's text editor: *Text > Run Render Script*, or Blender's own *Run Script*; save the open file before
- without a window: `blender -b --python examples/render_files.py -- FOLDER`
- on the bpy module: `python examples/render_files.py -- FOLDER`
- in Blender's window: `blender --python examples/render_files.py -- FOLDER`
"""

import sys
from pathlib import Path

import bpy

import async_render as ar

FOLDER = "//"  # that of the open file; one that is given after `--` goes before


async def main(files: list[Path]) -> None:
    for file in files:
        await ar.open_file(file)
        result = await ar.render_animation(ar.RenderSettings(filepath=f"//{file.stem}/####"))
        print(f"{file.name}: {len(result.frames)} frames in {result.seconds:.1f} s")


given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
folder = given[0] if given else bpy.path.abspath(FOLDER)
if not folder:
    sys.exit("save the file first, set FOLDER, or give the folder of the .blend files as -- FOLDER")
ar.run(main(sorted(Path(folder).glob("*.blend"))))
