"""Workers of real Blenders without a window, with the extension: their deaths, and that of their parent."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ...support.window.blenders import Blender
from ...support.window.window import environment
from ...support.workers import seconds_until_gone

SCRIPT = Path(__file__).parent / "scripts" / "session_pool.py"


def test_workers_of_a_session_die_and_are_cancelled_and_end_with_their_parent(
    blender: Blender, home: Path, tmp_path: Path
) -> None:
    assert blender.command is not None
    (tmp_path / "logs").mkdir()
    parent = subprocess.Popen(
        [*blender.command, "-b", "--python-exit-code", "3", "--python", SCRIPT, "--", tmp_path],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        said: dict[str, str] = {}
        for line in parent.stdout:
            name, _, text = line.strip().partition(" ")
            said[name] = text
            if name == "workers" and "cancelled" in said:
                parent.kill()
                break
            if name == "workers":
                parent.stdin.write("cancel\n")
                parent.stdin.flush()
    assert said.get("frames") == "[1, 2, 3, 4, 5, 6, 7, 8]", said
    assert said["cancelled"].startswith("True "), said
    assert said["cancelled"].endswith(" []"), said
    seconds_until_gone(map(int, said["workers"].split()))
    assert list((tmp_path / "out").iterdir()) == []
    assert {file.name for file in (tmp_path / "first").iterdir()} == {f"{frame:04}.png" for frame in range(1, 9)}
