"""The same Blenders without a window: `blender -b`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from async_render.output.integrity import find_damage

from ...support.interrupt import SCRIPT, interrupt
from ...support.pictures import assert_segments_rendered
from ...support.window.blenders import Blender
from ...support.window.scenes import EXAMPLE, SMALL, make_segments_file
from ...support.window.window import Window, environment, run_blender

SCRIPTS = Path(__file__).with_name("scripts")


def run(blender: Blender, home: Path, script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a Blender without a window; the exit code is 3 where it fails."""
    options = ("--python-exit-code", "3", "--python", SCRIPTS / script, "--", *arguments)
    return run_blender(blender.command, home, "-b", *options)


def test_a_file_with_markers_is_rendered_by_the_example(window: Window, blender: Blender, home: Path) -> None:
    file = make_segments_file(window)
    ended = run_blender(blender.command, home, "-b", file, "--python-exit-code", "1", "--python", EXAMPLE)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert_segments_rendered(file.parent / "out", SMALL)


def test_a_script_that_fails_makes_blender_fail(blender: Blender, home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import async_render as ar\nar.run(ar.render_animation(ar.RenderSettings(camera='Nope')))  # mine\n"
    )
    ended = run_blender(blender.command, home, "-b", "--python-exit-code", "3", "--python", script)
    assert ended.returncode == 3
    assert f'File "{script}", line 2' in ended.stderr + ended.stdout
    assert "RenderError: camera='Nope' is not in the scene 'Scene'" in ended.stderr + ended.stdout


def test_ctrl_c_cancels_the_script_and_blender_ends_with_the_usual_traceback(
    blender: Blender, home: Path, tmp_path: Path
) -> None:
    assert blender.command is not None
    process = subprocess.Popen(
        [*blender.command, "-b", "--python-exit-code", "3", "--python", SCRIPT],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = interrupt(process)
    assert "cleaned up" in output
    assert "Traceback (most recent call last)" in output
    last_line = len(SCRIPT.read_text().splitlines())
    assert f'File "{SCRIPT}", line {last_line}' in output
    assert "KeyboardInterrupt" in output
    assert process.returncode == 3, output


def test_a_cancelled_render_ends_in_the_middle_of_a_frame(blender: Blender, home: Path, tmp_path: Path) -> None:
    """Each frame would take minutes."""
    ended = run(blender, home, "cancel_in_frames.py", tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("cancelled None") == 3, ended.stdout
    assert "0002.png" not in ended.stdout
    assert "samples 4096" in ended.stdout
    assert "left []" in ended.stdout
    assert "then (1,)" in ended.stdout


def test_a_script_that_has_cancelled_its_last_render_ends_well(blender: Blender, home: Path, tmp_path: Path) -> None:
    """`blender -b` exits with 1 where the flag that ends renders is still set."""
    script = ("--python", SCRIPTS / "cancel_after_a_frame.py", "--", tmp_path)
    ended = run_blender(blender.command, home, "-b", *script)
    assert "cancelled None" in ended.stdout
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("how", "code", "pictures"),
    [
        ("caught, and others fail", 0, ["a_0001", "b_0002", "b_0003"]),
        ("as a cause", 0, ["a_0001", "b_0002", "b_0003"]),
        ("exit", 4, ["a_0001"]),
    ],
)
def test_a_cancelled_render_changes_nothing_for_what_follows_its_script(
    blender: Blender, home: Path, tmp_path: Path, how: str, code: int, pictures: list[str]
) -> None:
    """Without `--python-exit-code` Blender ends with 0 after an error, too; `-a` renders after the script."""
    script = ("--python", SCRIPTS / "catch_the_cancel.py", "-a", "--", tmp_path, how)
    ended = run_blender(blender.command, home, "-b", *script)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert ("ended well" in ended.stdout) == (how == "caught, and others fail")
    assert sorted(file.stem for file in tmp_path.iterdir()) == pictures


def test_a_render_goes_on_where_a_killed_blender_left_it(blender: Blender, home: Path, tmp_path: Path) -> None:
    assert blender.command is not None
    script = ["--python", str(SCRIPTS / "resume.py"), "--", str(tmp_path)]
    command = ["-b", "--python-exit-code", "3", *script]
    process = subprocess.Popen(
        [*blender.command, *command, "64"], env=environment(home), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("written 4"):
            break
    process.kill()
    process.communicate(timeout=30)
    (tmp_path / "frame_0002.png").write_bytes((tmp_path / "frame_0002.png").read_bytes()[:500])
    files = {int(file.stem[-4:]): file for file in tmp_path.glob("frame_*.png")}
    whole = {frame for frame, file in files.items() if find_damage(file) is None}
    assert whole >= {1, 3, 4}
    assert 12 not in whole
    ended = run_blender(blender.command, home, *command, "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rendered = {int(line.split()[1]) for line in ended.stdout.splitlines() if line.startswith("written ")}
    assert rendered == set(range(1, 13)) - whole
    assert f"skipped {tuple(sorted(whole))}" in ended.stdout
    assert all(find_damage(tmp_path / f"frame_{frame:04}.png") is None for frame in range(1, 13))


def test_after_a_script_ctrl_c_is_blenders_again(blender: Blender, home: Path, tmp_path: Path) -> None:
    """As before it: for what follows on the command line, `-a` perhaps, it breaks off the render."""
    ended = run(blender, home, "handler_of_sigint.py")
    assert ended.stdout.count("handler True True") == 2, ended.stdout + ended.stderr
    assert "tested True" in ended.stdout or blender.name == "own"  # its internals are as ours were looked at


def test_a_write_to_a_closed_pipe_is_an_error_while_there_is_a_loop(blender: Blender, home: Path) -> None:
    """In 4.3 the signal ends the process otherwise; 5.2 ignores it itself."""
    ended = run(blender, home, "write_to_closed_pipe.py")
    assert "an error: BrokenPipeError" in ended.stdout, ended.stdout + ended.stderr
