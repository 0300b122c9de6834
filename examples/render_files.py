"""Render all .blend files of a folder, one after another, each to a folder of its own name beside it.

- without a window: `blender -b --python examples/render_files.py -- FOLDER`
- on the bpy module: `python examples/render_files.py -- FOLDER`
- in Blender's window: `blender --python examples/render_files.py -- FOLDER`
"""

import sys
from pathlib import Path

import async_render as ar


async def main(files: list[Path]) -> None:
    for file in files:
        await ar.open_file(file)
        result = await ar.render_animation(ar.RenderSettings(filepath=f"//{file.stem}/####"))
        print(f"{file.name}: {len(result.frames)} frames in {result.seconds:.1f} s")


if "--" not in sys.argv or len(sys.argv) <= sys.argv.index("--") + 1:
    sys.exit("give the folder of the .blend files, as -- FOLDER")
folder = Path(sys.argv[sys.argv.index("--") + 1])
ar.run(main(sorted(folder.glob("*.blend"))))
