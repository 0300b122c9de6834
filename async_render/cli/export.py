"""`async-render export`: a .blend file as a job of Open Job Description."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..farm.openjd import TEMPLATE, JobOutput, check_new_folder, chunks, template, write_job
from ..farm.shipping.assets import gather
from ..farm.shipping.names import check_names
from ..render.errors import RenderError, quoted
from ..render.frame_list import FrameList
from ..render.frames import check_frames, frame_list
from ..render.path_templates import file_name
from ..work.session import Program
from .exit_codes import ExitCode
from .programs import blender_for
from .reports import Fact, Report
from .run_script import run_script

PROGRAM = Path(__file__).with_name("export_program.py")


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """What Blender knows of the file.

    Attributes:
        start: the first frame of the scene.
        end: its last frame.
        step: how far apart its frames are.
        is_movie: whether the scene's file format is one for movies.
        missing: a message for each file that is needed and missing.
        has_files: whether the file needs other files that are not packed.
    """

    start: int
    end: int
    step: int
    is_movie: bool
    missing: list[str]
    has_files: bool


def export(arguments: Namespace, report: Report) -> ExitCode:
    """Write the job's folder, and report its template."""
    file, folder = arguments.file, arguments.openjd.absolute()
    try:
        if not file.is_file():
            raise ValueError(f"there is no file {file}; name a .blend file")
        check_new_folder(folder)
        output = JobOutput.of(arguments.output, file.name)
        if arguments.frames is not None:
            check_frames(arguments.frames)
        if arguments.chunk is not None:
            chunks(FrameList([range(1)]), arguments.chunk)
        facts, code = _scene_facts(arguments, report)
        if facts is None:
            return code
        frames = _frames(arguments.frames, facts)
        tasks = chunks(frames, arguments.chunk)
        if facts.is_movie and len(tasks) > 1:
            raise ValueError(
                f"{file} renders a movie, which is one file, and tasks would write it {len(tasks)} times: choose a "
                f"format of pictures, or write --chunk {len(frames)}"
            )
        _refuse_missing(file, facts.missing)
        name, lay_out = _gathered(arguments) if facts.has_files else _alone(file)
        write_job(folder, template(name, tasks, output, arguments.blender), lay_out)
    except (OSError, ValueError, LookupError, RenderError) as error:
        report.error(str(error))
        return ExitCode.USAGE
    report.event("exported", template=str(arguments.openjd / TEMPLATE), frames=len(frames), tasks=len(tasks))
    return ExitCode.OK


def _alone(file: Path) -> tuple[str, Callable[[Path], object]]:
    """Return the name of a file that needs no other one, and what copies it."""
    name = f"{file_name(file.stem)}.blend"
    return name, lambda folder: shutil.copyfile(file, folder / name)


def _gathered(arguments: Namespace) -> tuple[str, Callable[[Path], object]]:
    """Return the name of the file among those that it needs, and what copies them.

    Raises:
        RenderError: a file is missing, or has a name that cannot travel, or they cannot be listed.
    """
    blender = blender_for(arguments.blender)
    program = Program("python", Path(sys.executable)) if blender is None else Program("blender", Path(blender))
    assets = asyncio.run(gather(arguments.file, program))
    _refuse_missing(arguments.file, [str(missing) for missing in assets.manifest.missing])
    check_names([entry.name for entry in assets.manifest.entries])
    return assets.manifest.main, assets.lay_out


def _refuse_missing(file: Path, missing: list[str]) -> None:
    if missing:
        raise ValueError(f"{file} cannot be rendered elsewhere: {'; '.join(missing)}")


def _frames(text: str | None, facts: SceneFacts) -> FrameList:
    if text is None and facts.end < facts.start:
        raise ValueError(f"the scene's range {facts.start}-{facts.end} has no frame; write --frames")
    own = FrameList([range(facts.start, facts.end + 1, max(facts.step, 1))])
    frames = own if text is None else frame_list(text, facts.start, facts.end)
    if frames[0] < 0:
        raise ValueError(
            f"--frames {quoted(str(text))}: {frames[0]} is before frame 0, where Blender's animations begin; "
            "name frames from 0 on"
        )
    return frames


def _scene_facts(arguments: Namespace, report: Report) -> tuple[SceneFacts | None, ExitCode]:
    """Return what Blender knows of the file, and how its run has ended."""
    answer = _Answer(report)
    program = Namespace(script=PROGRAM, file=arguments.file, rest=[answer.mark], blender=arguments.blender)
    code = run_script(program, answer)
    if code or answer.text is None:
        return None, ExitCode(code) if code else ExitCode.FAILED
    found = json.loads(answer.text)
    start, end, step = found["frames"]
    return SceneFacts(start, end, step, found["is_movie"], found["missing"], found["has_files"]), ExitCode.OK


class _Answer(Report):
    """A report that keeps the answer of `export_program.py`, and passes errors on.

    Attributes:
        mark: the beginning of the answer's line, which no other line has: add-ons print, too.
        text: the answer; None: there is none yet.
    """

    def __init__(self, report: Report) -> None:
        self.mark = secrets.token_hex(8)
        self.text: str | None = None
        self._report = report

    def event(self, kind: str, **facts: Fact) -> None:
        if kind == "printed" and (line := str(facts["text"])).startswith(self.mark):
            self.text = line.removeprefix(self.mark)

    def error(self, text: str) -> None:
        self._report.error(text)
