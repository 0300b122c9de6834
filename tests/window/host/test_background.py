"""The same Blenders without a window: `blender -b`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from async_render.output.integrity import find_damage

from ...support.interrupt import SCRIPT, interrupt
from ...support.pictures import assert_segments_rendered
from ...support.window.blenders import Blender
from ...support.window.scenes import EXAMPLE, make_segments_file
from ...support.window.window import Window, environment, run_blender


def test_a_file_with_markers_is_rendered_by_the_example(window: Window, blender: Blender, home: Path) -> None:
    file = make_segments_file(window)
    ended = run_blender(blender.command, home, "-b", file, "--python-exit-code", "1", "--python", EXAMPLE)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert_segments_rendered(file.parent / "out")


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
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio, bpy\n"
        "import async_render as ar\n"
        "async def main():\n"
        "    bpy.context.scene.render.engine = 'CYCLES'\n"
        "    bpy.context.scene.cycles.use_denoising = bpy.context.scene.cycles.use_adaptive_sampling = False\n"
        f"    settings = ar.RenderSettings(samples=1_000_000, filepath={str(tmp_path / 'a_')!r})\n"
        "    for _ in range(3):\n"
        "        async with ar.render_frames(settings) as frames:\n"
        "            while not (frames.progress and frames.progress.sample):\n"
        "                await asyncio.sleep(0.05)\n"
        "        print('cancelled', frames.result)\n"
        "    print('samples', bpy.context.scene.cycles.samples)\n"
        "    print('left', [item.name for item in bpy.data.scenes if 'Async' in item.name])\n"
        "    small = settings.replace(samples=1, frame_end=1, resolution_percentage=5)\n"
        "    print('then', (await ar.render_animation(small)).frames)\n"
        "ar.run(main())\n"
    )
    ended = run_blender(blender.command, home, "-b", "--python-exit-code", "3", "--python", script)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("cancelled None") == 3, ended.stdout
    assert "0002.png" not in ended.stdout
    assert "samples 4096" in ended.stdout
    assert "left []" in ended.stdout
    assert "then (1,)" in ended.stdout


def test_a_script_that_has_cancelled_its_last_render_ends_well(blender: Blender, home: Path, tmp_path: Path) -> None:
    """`blender -b` exits with 1 where the flag that ends renders is still set."""
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio, bpy\n"
        "import async_render as ar\n"
        "async def main():\n"
        "    bpy.context.scene.render.engine = 'CYCLES'\n"
        "    bpy.context.scene.cycles.use_denoising = False\n"
        f"    settings = ar.RenderSettings(samples=1, resolution_percentage=2, filepath={str(tmp_path / 'a_')!r})\n"
        "    async with ar.render_frames(settings) as frames:\n"
        "        await anext(frames)\n"
        "    print('cancelled', frames.result)\n"
        "ar.run(main())\n"
    )
    ended = run_blender(blender.command, home, "-b", "--python", script)
    assert "cancelled None" in ended.stdout
    assert ended.returncode == 0, ended.stdout + ended.stderr


RESUMED = """
import bpy, sys
import async_render as ar
bpy.context.scene.render.engine = "CYCLES"
bpy.context.scene.cycles.use_denoising = False
settings = ar.RenderSettings(frame_end=12, filepath=FILEPATH, samples=64, resolution_percentage=10)
async def main():
    async with ar.render_frames(settings, resume=True) as frames:
        async for frame in frames:
            print("written", frame.number, flush=True)
    print("skipped", frames.result.skipped)
ar.run(main())
"""


def test_a_render_goes_on_where_a_killed_blender_left_it(blender: Blender, home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(RESUMED.replace("FILEPATH", repr(str(tmp_path / "frame_"))))
    assert blender.command is not None
    command = [*blender.command, "-b", "--python-exit-code", "3", "--python", str(script)]
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, text=True)
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
    ended = run_blender(blender.command, home, *command[len(blender.command) :])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rendered = {int(line.split()[1]) for line in ended.stdout.splitlines() if line.startswith("written ")}
    assert rendered == set(range(1, 13)) - whole
    assert f"skipped {tuple(sorted(whole))}" in ended.stdout
    assert all(find_damage(tmp_path / f"frame_{frame:04}.png") is None for frame in range(1, 13))


def test_after_a_script_ctrl_c_is_blenders_again(blender: Blender, home: Path, tmp_path: Path) -> None:
    """As before it: for what follows on the command line, `-a` perhaps, it breaks off the render."""
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio, ctypes, signal\n"
        "libc = ctypes.CDLL(None)\n"
        "libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p\n"
        "def handler():\n"
        "    address = libc.signal(signal.SIGINT, 1)\n"
        "    libc.signal(signal.SIGINT, address)\n"
        "    return address\n"
        "before = handler()\n"
        "import async_render as ar\n"
        "for _ in range(2):\n"
        "    ar.run(asyncio.sleep(0))\n"
        "    print('handler', before != 0, handler() == before)\n"
        "from async_render.blender.quirks import versions\n"
        "print('tested', versions.is_tested(versions.WINDOWS))\n"
    )
    ended = run_blender(blender.command, home, "-b", "--python-exit-code", "3", "--python", script)
    assert ended.stdout.count("handler True True") == 2, ended.stdout + ended.stderr
    assert "tested True" in ended.stdout or blender.name == "own"  # its internals are as ours were looked at


def test_a_write_to_a_closed_pipe_is_an_error_while_there_is_a_loop(
    blender: Blender, profile: Path, tmp_path: Path
) -> None:
    """In 4.3 the signal ends the process otherwise; 5.2 ignores it itself."""
    script = tmp_path / "script.py"
    script.write_text(
        "import os, async_render as ar\n"
        "async def main():\n"
        "    reading, writing = os.pipe()\n"
        "    os.close(reading)\n"
        "    try:\n"
        "        os.write(writing, b'text')\n"
        "    except BrokenPipeError as error:\n"
        "        print('an error:', type(error).__name__)\n"
        "ar.run(main())\n"
    )
    ended = run_blender(blender.command, profile, "-b", "--python-exit-code", "3", "--python", script)
    assert "an error: BrokenPipeError" in ended.stdout, ended.stdout + ended.stderr
