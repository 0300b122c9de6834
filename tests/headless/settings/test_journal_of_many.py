"""Several Blenders that render, save and are killed at the same time share one journal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from async_render.blender.settings import journal

pytestmark = pytest.mark.core

BLENDERS = 6

RENDER = """
import sys
import bpy
import async_render as ar

number, file = int(sys.argv[1]), sys.argv[2]
scene = bpy.context.scene
scene.camera = bpy.data.objects["Camera"]
scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
scene.render.resolution_x, scene.render.resolution_y = 100 + number, 16
scene.render.filepath = f"//own_{number}_"
bpy.ops.wm.save_as_mainfile(filepath=file)

def save(*_):
    bpy.ops.wm.save_as_mainfile(filepath=file)
    print("saved", flush=True)

async def main():
    for _ in range(20):  # an entry of the journal each
        await ar.render_still(ar.RenderSettings(filepath=f"//still_{number}", resolution_x=32), frame=1)
    print("go", flush=True)
    bpy.app.handlers.render_post.append(save)
    await ar.render_animation(ar.RenderSettings(filepath=f"//job_{number}_####", resolution_x=32, frame_end=100_000))

ar.run(main())
"""

LOOK = """
import json, sys
import bpy
import async_render as ar
from async_render.blender.settings import recovery

recovery.register()
found = []
for file in sys.argv[1:]:
    bpy.ops.wm.open_mainfile(filepath=file)
    render = bpy.context.scene.render
    found.append([render.resolution_x, render.filepath, bpy.context.scene.frame_end])
print("found", json.dumps(found))
"""


def test_blenders_that_are_killed_while_they_render_and_save_lose_no_entry(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    environment = {**os.environ, "BLENDER_USER_CONFIG": str(config)}
    files = [str(tmp_path / f"{number}.blend") for number in range(BLENDERS)]
    blenders = [
        subprocess.Popen(
            [sys.executable, "-c", RENDER, str(number), file], env=environment, stdout=subprocess.PIPE, text=True
        )
        for number, file in enumerate(files)
    ]
    try:
        for blender in blenders:
            assert blender.stdout is not None
            lines = iter(blender.stdout)
            assert any(line == "go\n" for line in lines)
            assert any(line == "saved\n" for line in lines)
    finally:
        for blender in blenders:
            blender.kill()
    for blender in blenders:
        blender.communicate(timeout=60)

    folder = config / "async_render" / "journal"
    entries = list(folder.glob("*.json"))
    assert len(entries) == BLENDERS * 21
    assert len([entry for entry in entries if entry.name.startswith("saved-")]) == BLENDERS
    for entry in entries:
        assert journal.from_text(entry.read_text()).values, entry
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, *files], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    found = next(line for line in looked.stdout.splitlines() if line.startswith("found "))
    assert json.loads(found.removeprefix("found ")) == [
        [100 + number, f"//own_{number}_", 250] for number in range(BLENDERS)
    ]
