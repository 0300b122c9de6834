"""`fake_renders`: during a test, other functions replace the functions that need Blender."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from pathlib import Path
from time import perf_counter
from typing import Any

import async_render

from ..render import settings as settings_module
from ..render.activity import Activity
from ..render.call_settings import settings_with
from ..render.errors import RenderError
from ..render.progress import Frame, JobEvent, Progress
from ..render.result import OperatorResult, RenderResult
from ..render.script_progress import checked_fraction
from ..render.segments import Segment
from ..render.settings import set_scene_reader
from ..render.written_frames import Frames, FramesBlock
from .calls import Call, FakeRenders
from .default_results import FakeScene


@contextmanager
def fake_renders(
    *, frame_start: int = 1, frame_end: int = 3, segments: Sequence[Segment] = (), folder: Path | None = None
) -> Iterator[FakeRenders]:
    """Let renders be recorded and answered inside the `with` block, in a Python with or without Blender.

    The functions of `async_render` that need Blender are replaced: in the package, and in all modules that have
    imported them by name. `ar.handler_stream` and `ar.AsyncOperator` are not among them.

    Args:
        frame_start: the first frame of the scene.
        frame_end: the last frame of the scene.
        segments: what `ar.segments()` returns.
        folder: what `//` means. The files of the results are written there, each with one black pixel. None: the
            working directory, and no file is written.

    Example:
        >>> with fake_renders() as renders:
        ...     asyncio.run(deliver())
        >>> renders.calls[0].settings.filepath
        '//front/####'
    """
    renders = FakeRenders(FakeScene(frame_start, frame_end, folder), segments)
    names = {"encode", "render_animation", "render_still", "render_viewport", "render_frames", *_AWAITED, *_PLAIN}
    originals = {name: getattr(async_render, name) for name in sorted(names)}
    places = _places_of(originals.values())
    with ExitStack() as stack:
        for name, original in originals.items():
            fake = wraps(original)(_fake(renders, name, inspect.signature(original)))
            _replace(stack, [(async_render, name), *places[id(original)]], fake)
        stack.callback(set_scene_reader, settings_module._read_scene)
        set_scene_reader(renders.scene.settings)
        yield renders


def _places_of(functions: Iterable[Any]) -> dict[int, list[tuple[Any, str]]]:
    """Return where other modules have functions that they have imported, by the function's `id`.

    All members of all modules are read once: Blender has 100,000.
    """
    places: dict[int, list[tuple[Any, str]]] = {id(function): [] for function in functions}
    for module in list(sys.modules.values()):
        if not getattr(module, "__name__", "").startswith("async_render"):
            for key, value in _members(module):
                if id(value) in places:
                    places[id(value)].append((module, key))
    return places


def _replace(stack: ExitStack, places: Iterable[tuple[Any, str]], fake: Any) -> None:
    """Replace a function until the stack is left, wherever it is."""
    for module, key in places:
        if key in vars(module):
            stack.callback(setattr, module, key, vars(module)[key])
        else:
            stack.callback(delattr, module, key)
        setattr(module, key, fake)


def _members(module: Any) -> Iterable[tuple[str, Any]]:
    return list(getattr(module, "__dict__", {}).items())


def _fake(renders: FakeRenders, name: str, signature: inspect.Signature) -> Callable[..., Any]:
    """Return the function that replaces a function of `ar`."""
    if name in _PLAIN:
        return partial(_PLAIN[name], renders)

    def recorded(arguments: dict[str, Any]) -> Call:
        call = Call(name, arguments=arguments, is_render="settings" in arguments)
        if call.is_render:
            given, fields = arguments.pop("settings"), arguments.pop("fields", {})
            call.settings = settings_with(given, fields, of_still=name == "render_still")
        renders.record(call)
        return call

    if name == "render_frames":

        def block(*positional: Any, **keywords: Any) -> FramesBlock:
            arguments = _bound(signature, positional, keywords)
            return FramesBlock(lambda frames: _write_frames(renders, recorded(arguments), frames))

        return block

    async def fake(*positional: Any, **keywords: Any) -> Any:
        call = recorded(_bound(signature, positional, keywords))
        async with renders.turn(call):
            return await renders.answer_to(call, lambda: _default(renders.scene, call))

    return fake


def _bound(signature: inspect.Signature, positional: Sequence[Any], keywords: dict[str, Any]) -> dict[str, Any]:
    bound = signature.bind(*positional, **keywords)
    bound.apply_defaults()
    return dict(bound.arguments)


def _default(scene: FakeScene, call: Call) -> Any:
    if not call.is_render:
        return _AWAITED[call.name](scene, call.arguments)
    if call.name == "render_still":
        return scene.still(call.settings, **call.arguments)
    if call.name == "encode" and call.settings.frames is None:
        start = call.settings.frame_start or scene.frame_start
        return scene.animation(call.settings.replace(frames=range(start, start + len(list(call.arguments["frames"])))))
    return scene.animation(call.settings)


async def _write_frames(renders: FakeRenders, call: Call, frames: Frames) -> RenderResult:
    """Give the frames of the answer to the caller, one after the other; of an error, the frames that it has."""
    async with renders.turn(call):
        try:
            result: RenderResult = await renders.answer_to(call, lambda: _default(renders.scene, call))
        except RenderError as error:
            await _give_out(frames, error.frames, error.files)
            raise
        await _give_out(frames, result.frames, result.files)
        return result


async def _give_out(frames: Frames, numbers: Sequence[int], files: Sequence[Path]) -> None:
    per_frame = len(files) // len(numbers) if numbers and len(files) >= len(numbers) else 0
    of_frame = {
        number: files[place * per_frame : (place + 1) * per_frame] if per_frame else files
        for place, number in enumerate(numbers)
    }
    progress = Progress(numbers, of_frame)
    frames.show(progress)
    for _ in numbers:
        progress.record(JobEvent("render_pre", perf_counter()))
        await asyncio.sleep(0)
        written: Frame | None = progress.record(JobEvent("render_write", perf_counter()))
        assert written is not None
        frames.add(written)


def _operator(_scene: FakeScene, arguments: dict[str, Any]) -> OperatorResult:
    function = arguments["function"]
    name = function.idname() if hasattr(function, "idname") else str(function)
    return OperatorResult(name, "FINISHED", 0.0)


_AWAITED: dict[str, Callable[[FakeScene, dict[str, Any]], Any]] = {
    "bake": lambda _scene, _arguments: OperatorResult("OBJECT_OT_bake", "FINISHED", 0.0),
    "bake_physics": lambda _scene, _arguments: OperatorResult("PTCACHE_OT_bake_all", "FINISHED", 0.0),
    "handler": lambda _scene, _arguments: None,
    "job_done": lambda _scene, _arguments: None,
    "mixdown": lambda scene, arguments: scene.absolute(arguments["filepath"]),
    "open_file": lambda _scene, _arguments: None,
    "operator": _operator,
}
"""The coroutine functions without settings, with the result that each has by default."""


def _run(_renders: FakeRenders, main: Coroutine[Any, Any, Any], *, name: str | None = None) -> asyncio.Task[Any]:
    async def root() -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(main, name=name)
        await asyncio.wait([task])
        return task

    task = asyncio.run(root())
    task.result()
    return task


def _create_task(
    _renders: FakeRenders, coro: Coroutine[Any, Any, Any], *, name: str | None = None
) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(coro, name=name)


def _call(_renders: FakeRenders, function: Callable[..., Any], *positional: Any, **keywords: Any) -> Any:
    return function(*positional, **keywords)


def _queue(renders: FakeRenders) -> tuple[Activity, ...]:
    return tuple(call.activity for call in renders.calls if call.is_render and not call.state.is_over)


_PLAIN: dict[str, Callable[..., Any]] = {
    "call_in_main_thread": _call,
    "create_task": _create_task,
    "in_context": lambda _renders, coro, **_members: coro,
    "get_loop": lambda _renders: asyncio.get_running_loop(),
    "progress": lambda _renders, fraction, message="": checked_fraction(fraction),  # noqa: ARG005 - as ar.progress
    "queue": _queue,
    "run": _run,
    "segments": lambda renders, scene=None: renders.segments,  # noqa: ARG005 - as ar.segments takes it
}
"""The plain functions that need Blender."""
