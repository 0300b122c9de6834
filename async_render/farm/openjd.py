"""A render as a job of Open Job Description: the folder with its template and its files.

The specification is `jobtemplate-2023-09`, of which JSON is one form. The template uses none of its extensions, so that
each scheduler takes the template. Whatever a user has named is the value of a parameter: the specification replaces
`{{…}}` in commands and arguments, and never in the values that it puts there. No shell reads a command.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ..render.errors import quoted
from ..render.frame_list import FrameList
from ..render.frames import frames_text
from ..render.path_templates import file_name

MOST_TASKS = 1024
"""Number of chunks. The specification allows as many values in the list of a task's parameter."""

LONGEST_VALUE = 1024
"""Characters of a parameter's value, by the specification."""

CHUNK = 10
"""Frames of a task where nobody has chosen: each task starts a Blender, which takes as long as a few light frames."""

PATIENCE = 30
"""Seconds from SIGTERM to SIGKILL. Workers of a pool end within ten seconds, and remove their half frames."""

ASSETS = "assets"
"""The folder of the .blend file and of what the file needs, in the job's folder."""

TEMPLATE = "template.json"
"""The template's name. AWS Deadline Cloud expects this name in a job's folder."""


@dataclass(frozen=True, slots=True)
class JobOutput:
    """Where a job's pictures go.

    Attributes:
        folder: a folder in the job's folder, with `/` between its parts.
        name: the names of the pictures in it, as `RenderSettings.filepath` has them.
    """

    folder: str
    name: str

    @classmethod
    def of(cls, text: str | None, blend: str) -> JobOutput:
        """Return the output of an argument.

        Args:
            text: as `//out/shot_####`, where `//` is the job's folder; None: `//output/` and the .blend file's name.
            blend: the name of the .blend file.

        Raises:
            ValueError: the path has no folder, or leads out of the job's folder.
        """
        if text is None:
            return cls("output", f"{file_name(PurePosixPath(blend).stem)}_####")
        plain = text.removeprefix("//").replace("\\", "/")
        path = PurePosixPath(plain)
        problem = None
        if path.is_absolute() or PureWindowsPath(plain).drive or ".." in path.parts:
            problem = (
                "leads out of the job's folder; a folder outside is named when the job is sent: -p OutputFolder=PATH"
            )
        elif len(path.parts) < 2 or plain.endswith("/"):
            problem = "names no folder and pictures in it"
        elif not text.isprintable():
            problem = "has characters that cannot be printed"
        if problem is not None:
            raise ValueError(f"--output {quoted(text)} {problem}; write for example //out/shot_####")
        return cls(path.parent.as_posix(), path.name)


def chunks(frames: FrameList, size: int | None) -> list[str]:
    """Return the frames of each task, as `--frames` takes them.

    Args:
        frames: the frames of the job.
        size: the frames of a task; None: `CHUNK`, or more where there would be too many tasks.

    Raises:
        ValueError: the size is no size, or gives more tasks or longer texts than the specification allows.

    Example:
        >>> chunks(FrameList([range(1, 6), range(10, 41, 10)]), 4)
        ['1-4', '5, 10, 20, 30', '40']
    """
    least = -(-len(frames) // MOST_TASKS)
    if size is None:
        size = max(CHUNK, least)
    if size < 1:
        raise ValueError(f"--chunk {size}: a task has at least one frame; write for example --chunk {CHUNK}")
    if size < least:
        raise ValueError(
            f"--chunk {size} makes more than {MOST_TASKS} tasks of {len(frames)} frames; write --chunk {least} or more"
        )
    texts = [frames_text(FrameList.of(frames[begin : begin + size])) for begin in range(0, len(frames), size)]
    longest = max(map(len, texts))
    if longest > LONGEST_VALUE:
        raise ValueError(
            f"--chunk {size}: the frames of a task take {longest} characters, and {LONGEST_VALUE} are allowed; "
            "write a smaller --chunk"
        )
    return texts


def template(blend: str, frames: list[str], output: JobOutput, blender: str | None) -> dict[str, Any]:
    """Return the template of a job.

    Args:
        blend: the .blend file, below the folder `ASSETS`, with `/` between its parts.
        frames: the frames of each task.
        output: where the pictures go.
        blender: the Blender of the machines that render; None: the one on their PATH, or their module `bpy`.

    Raises:
        ValueError: a value is longer than the specification allows.
    """
    parameters: list[dict[str, Any]] = [
        _text("JobName", Path(blend).stem, "The job's name"),
        _path("Assets", "DIRECTORY", "IN", ASSETS, "The folder of the .blend file and of what it needs"),
        _path("BlendFile", "FILE", "IN", f"{ASSETS}/{blend}", "The .blend file"),
        _path("OutputFolder", "DIRECTORY", "OUT", output.folder, "The folder of the pictures"),
        _text("OutputName", output.name, "The names of the pictures: #### is the frame"),
        _text("AsyncRender", "async-render", "The command async-render of the machine that renders"),
        _text("Blender", blender or "", "Its Blender; empty: the one on PATH, or the module bpy"),
    ]
    for parameter in parameters:
        if len(parameter["default"]) > LONGEST_VALUE:
            raise ValueError(
                f"{parameter['name']} has {len(parameter['default'])} characters, and Open Job Description allows "
                f"{LONGEST_VALUE}; choose a shorter name"
            )
    run = {
        "command": "{{Param.AsyncRender}}",
        "args": [
            "render",
            "{{Param.BlendFile}}",
            "--frames={{Task.Param.Frames}}",
            "--folder={{Param.OutputFolder}}",
            "--output={{Param.OutputName}}",
            "--blender={{Param.Blender}}",
            "--workers=1",
            "--openjd",
        ],
        "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": PATIENCE},
    }
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "name": "{{Param.JobName}}",
        "parameterDefinitions": parameters,
        "steps": [
            {
                "name": "Render",
                "parameterSpace": {
                    "taskParameterDefinitions": [{"name": "Frames", "type": "STRING", "range": frames}],
                },
                "script": {"actions": {"onRun": run}},
            }
        ],
    }


def check_new_folder(folder: Path) -> None:
    """Raise ValueError where a job's folder cannot be made without a change to what is there."""
    if folder.is_dir():
        if any(folder.iterdir()):
            raise ValueError(f"--openjd {quoted(str(folder))}: the folder is not empty; name a new one")
    elif os.path.lexists(folder):
        raise ValueError(f"--openjd {quoted(str(folder))} is a file; name a new folder")


def write_job(folder: Path, made: dict[str, Any], gather: Callable[[Path], object]) -> None:
    """Write a job's folder. The folder is there when it is complete, and not before.

    Args:
        folder: the folder, which is empty or not there.
        made: the template.
        gather: writes the .blend file, and what it needs, into the folder that it gets.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: meanwhile the folder is not empty.
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".async_render_job_", dir=folder.parent))
    try:
        (unfinished / ASSETS).mkdir()
        gather(unfinished / ASSETS)
        text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        (unfinished / TEMPLATE).write_text(text, encoding="utf-8")
        check_new_folder(folder)
        if folder.is_dir():
            folder.rmdir()  # Windows renames to no folder that is there
        unfinished.chmod(0o777 & ~_umask())  # mkdtemp lets only the user in
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _text(name: str, default: str, description: str) -> dict[str, Any]:
    return {"name": name, "type": "STRING", "default": default, "description": description}


def _path(name: str, kind: str, flow: str, default: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "PATH",
        "objectType": kind,
        "dataFlow": flow,
        "default": default,
        "description": description,
    }
