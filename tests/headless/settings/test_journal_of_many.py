"""Several Blenders that render, save and are killed at the same time share one journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from async_render.blender.settings import journal

from ...support.processes import run_script, start_script

pytestmark = pytest.mark.core

BLENDERS = 4

SCRIPTS = Path(__file__).with_name("scripts")


def test_blenders_that_are_killed_while_they_render_and_save_lose_no_entry(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    files = [str(tmp_path / f"{number}.blend") for number in range(BLENDERS)]
    blenders = [
        start_script(SCRIPTS / "render_and_save.py", str(number), file, BLENDER_USER_CONFIG=str(config))
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
    looked = run_script(SCRIPTS / "own_settings.py", *files, BLENDER_USER_CONFIG=str(config))
    assert looked.returncode == 0, looked.stderr
    found = next(line for line in looked.stdout.splitlines() if line.startswith("found "))
    assert json.loads(found.removeprefix("found ")) == [
        [100 + number, f"//own_{number}_", 250] for number in range(BLENDERS)
    ]
