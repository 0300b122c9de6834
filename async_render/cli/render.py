"""`async-render render`: a .blend file, rendered by several Blenders."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from pathlib import Path

from ..farm.farm import DaskFarm
from ..pool.pool import BlenderPool
from ..render.errors import OutputError, RenderError
from ..render.path_templates import literal
from ..render.settings import RenderSettings
from .exit_codes import ExitCode
from .programs import blender_for
from .reports import Report


def render(arguments: Namespace, report: Report) -> ExitCode:
    """Render the file, and report each frame."""
    try:
        settings = _settings(arguments)
        pool = _pool(arguments)
    except (LookupError, OSError, TypeError, ValueError, RenderError) as error:
        report.error(str(error))
        return ExitCode.USAGE
    try:
        asyncio.run(_rendered(pool, arguments.file.name, settings, arguments.resume, report))
    except OutputError as error:
        report.error(str(error))
        return ExitCode.INCOMPLETE
    except RenderError as error:
        report.error(str(error))
        return ExitCode.FAILED
    return ExitCode.OK


def _pool(arguments: Namespace) -> BlenderPool | DaskFarm:
    """Return who renders: Blenders of this machine, or those of a cluster, which has programs of its own."""
    if arguments.farm is not None:
        return DaskFarm(arguments.farm, blender=arguments.blender, file=arguments.file, workers=arguments.workers)
    blender = blender_for(arguments.blender) or sys.executable
    return BlenderPool(arguments.workers, blender=blender, file=arguments.file)


async def _rendered(
    pool: BlenderPool | DaskFarm, name: str, settings: RenderSettings, resume: bool, report: Report
) -> None:
    async with pool:
        if isinstance(pool, DaskFarm) and pool.dashboard is not None:
            report.event("dashboard", address=pool.dashboard)
        done = 0  # of those reported: two workers may have written more meanwhile
        async with pool.render_frames(settings, resume=resume) as frames:
            async for frame in frames:
                done += 1
                progress = frames.progress
                report.event(
                    "frame",
                    name=name,
                    number=frame.number,
                    seconds=frame.seconds,
                    file=str(frame.path),
                    done=done,
                    total=len(progress.frames),
                    eta=progress.eta,
                )
    result = frames.result
    assert result is not None
    for warning in result.warnings:
        report.event("warning", message=warning)
    report.event("finished", name=name, frames=len(result.frames), seconds=result.seconds, skipped=len(result.skipped))


def _settings(arguments: Namespace) -> RenderSettings:
    """Return the settings of the file and of the single arguments, which come on top.

    Raises:
        OSError: the file cannot be read.
        ValueError: a value cannot be, or the file is neither JSON nor TOML.
    """
    given = RenderSettings() if arguments.settings is None else _settings_of(arguments.settings)
    single = {
        "frames": arguments.frames,
        "filepath": _output(arguments.folder, arguments.output),
        "scene": arguments.scene,
        "camera": arguments.camera,
    }
    return given.replace(**{name: value for name, value in single.items() if value is not None})


def _output(folder: Path | None, output: str | None) -> str | None:
    """Return the output path, below the folder where one is given. Braces in the folder's name begin no variable."""
    if folder is None:
        return output
    if not output:
        raise ValueError(
            f"--folder {str(folder)!r} is for --output, which is not given; write for example --output '####'"
        )
    return f"{literal(str(folder.absolute()))}/{output}"


def _settings_of(file: Path) -> RenderSettings:
    readers = {".json": RenderSettings.from_json, ".toml": RenderSettings.from_toml}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise ValueError(f"--settings {str(file)!r}: the name of a settings file ends with .json or .toml")
    return reader(file.read_text(encoding="utf-8"))
