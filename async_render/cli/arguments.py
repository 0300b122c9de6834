"""The arguments of `async-render`, read by argparse."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

from .. import __version__

EXIT_CODES = """exit codes:
  0    all is done, and all files are complete
  1    a script or a render has failed
  2    the arguments cannot work; nothing was done
  3    files are damaged or missing
  130  Ctrl-C, or SIGTERM"""
"""The end of each help. `exit_codes.py` has the numbers."""

FRAMES = 'as "1-100, ^40-60" or "1-100x2"; else the range of the scene'
"""The help of `--frames`."""

RAW = argparse.RawDescriptionHelpFormatter
"""The formatter that keeps the lines of `EXIT_CODES`."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What commands are added to. argparse has no public name for it."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the arguments by name. `command` says which command they are for, `rest` are those after `--`."""
    given = sys.argv[1:] if arguments is None else arguments
    # argparse would take the first of the script's own arguments for the file.
    end = given.index("--") if "--" in given else len(given)
    parser = _parser()
    parsed = parser.parse_args(given[:end])
    parsed.rest = given[end + 1 :]
    if parsed.rest and parsed.command != "run":
        parser.error(f"only a script takes arguments after --, and {parsed.command} has none")
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "async-render", description="Render with Blender from the command line.", epilog=EXIT_CODES, formatter_class=RAW
    )
    parser.add_argument("--version", action="version", version=f"async-render {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_run, _add_render, _add_export, _add_check):
        add(commands)
    return parser


def _add_run(commands: Commands) -> None:
    own = "arguments after -- are the script's own, in sys.argv\n\n"
    run = commands.add_parser(
        "run", help="run a script that may await renders", epilog=own + EXIT_CODES, formatter_class=RAW
    )
    run.add_argument("script", type=Path, help="the script, with top-level await or with ar.run(main())")
    run.add_argument("file", type=Path, nargs="?", help="the .blend file that is opened first")
    _add_blender(run)
    _add_json(run)


def _add_render(commands: Commands) -> None:
    render = commands.add_parser(
        "render", help="render a .blend file by several workers", epilog=EXIT_CODES, formatter_class=RAW
    )
    render.add_argument("file", type=Path, help="the .blend file")
    render.add_argument("--frames", help=FRAMES)
    render.add_argument("--output", help="the output path, as in Blender: //out/shot_####; else the scene's own")
    render.add_argument("--folder", type=Path, help="a folder for --output, whose braces are plain characters")
    render.add_argument("--workers", type=int, help="Blenders that render at a time; else half as many as cores")
    render.add_argument("--farm", metavar="ADDRESS", help="a Dask scheduler, whose workers render: tcp://host:8786")
    render.add_argument("--scene", help="the scene; else the one that the file opens with")
    render.add_argument("--camera", help="the camera; else the scene's own")
    render.add_argument("--settings", type=Path, help="a .json or .toml file of RenderSettings")
    render.add_argument("--resume", action="store_true", help="render only frames that are missing or damaged")
    _add_blender(render)
    kind = render.add_mutually_exclusive_group()
    _add_json(kind)
    kind.add_argument("--openjd", action="store_true", help="report as a session of Open Job Description reads it")


def _add_export(commands: Commands) -> None:
    export = commands.add_parser(
        "export",
        help="write a render as a job of Open Job Description",
        description="Blender opens the file once, for its frames and for what it needs.",
        epilog=EXIT_CODES,
        formatter_class=RAW,
    )
    export.add_argument("file", type=Path, help="the .blend file")
    export.add_argument("--openjd", type=Path, required=True, metavar="FOLDER", help="the job's folder, a new one")
    export.add_argument("--frames", help=FRAMES)
    export.add_argument("--chunk", type=int, help="frames of a task, one Blender each; else 10, or more of many frames")
    export.add_argument("--output", help="as //out/shot_####, in the job's folder; else //output/NAME_####")
    export.add_argument(
        "--blender", help="the path of a Blender, here and where it renders; else the one on PATH, or bpy"
    )
    _add_json(export)


def _add_check(commands: Commands) -> None:
    check = commands.add_parser(
        "check", help="find damaged and missing frames in a folder", epilog=EXIT_CODES, formatter_class=RAW
    )
    check.add_argument("folder", type=Path, help="the folder; folders below are checked, too")
    check.add_argument("--frames", help='frames that each sequence must have, as "1-100x10"; else first to last')
    _add_json(check)


def _add_blender(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--blender", help="the path of a Blender; else the one on PATH, or the module bpy")


def _add_json(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--json", action="store_true", help="report in JSON, one object a line, on standard output")
