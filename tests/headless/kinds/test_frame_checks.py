"""Files are looked at on threads in a window, one batch after the other, and told of in the order of their frames."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.blender.kinds import frame_checks, output_log
from async_render.blender.kinds.frame_checks import FrameChecks
from async_render.output import stage as stage_module
from async_render.render.progress import Frame

FRAMES = [Frame(number, (Path(f"{number}.png"),), 1.0) for number in range(6)]
BAD = Path("3.png")


@pytest.fixture
def as_in_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_checks, "bpy", SimpleNamespace(app=SimpleNamespace(background=False)))


class Told:
    def __init__(self) -> None:
        self.threads: set[threading.Thread] = set()
        self.frames: list[tuple[int, dict[Path, str]]] = []
        self.looks = FrameChecks(self.look, self.tell)
        self.gate = threading.Event()

    def look(self, files: Sequence[Path]) -> dict[Path, str]:
        assert self.gate.wait(30)
        self.threads.add(threading.current_thread())
        return {file: "is empty" for file in files if file == BAD}

    def tell(self, frame: Frame, damaged: frame_checks.Damaged) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.frames.append((frame.number, dict(damaged)))


IN_ORDER = [(frame.number, {BAD: "is empty"} if frame.path == BAD else {}) for frame in FRAMES]


def test_frames_are_looked_at_on_a_thread_and_told_of_in_their_order(as_in_a_window: None) -> None:
    told = Told()

    async def main() -> None:
        for frame in FRAMES[:2]:
            told.looks.add(frame)
        await asyncio.sleep(0)
        for frame in FRAMES[2:]:  # while the first are looked at
            told.looks.add(frame)
        assert told.frames == []
        told.gate.set()
        await told.looks.finished()
        assert told.frames == IN_ORDER
        told.looks.add(FRAMES[0])
        await told.looks.finished()

    ar.run(main())
    assert told.frames == [*IN_ORDER, IN_ORDER[0]]
    assert threading.main_thread() not in told.threads


def test_after_a_cancel_nothing_is_told_of(as_in_a_window: None) -> None:
    told = Told()

    async def main() -> None:
        for frame in FRAMES:
            told.looks.add(frame)
        await asyncio.sleep(0)
        told.looks.cancel()
        told.gate.set()
        with pytest.raises(asyncio.CancelledError):
            await told.looks.finished()

    ar.run(main())
    assert told.frames == []


def test_without_a_window_frames_are_told_of_at_once() -> None:
    told = Told()
    told.gate.set()
    for frame in FRAMES:
        told.looks.add(frame)
    assert told.frames == IN_ORDER


def test_a_still_is_looked_at_on_a_thread(
    scene: bpy.types.Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def find_damage(file: Path, *, any_format: bool) -> None:
        threads.append(threading.current_thread())

    monkeypatch.setattr(stage_module, "find_damage", find_damage)
    for path in ("plain", "numbered_####", "plain"):
        ar.run(ar.render_still(ar.RenderSettings(filepath=tmp_path / path))).result()
    assert len(threads) == 3
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("resume", [False, True])
def test_no_file_is_looked_at_on_the_main_thread_of_a_window(
    scene: bpy.types.Scene, as_in_a_window: None, monkeypatch: pytest.MonkeyPatch, resume: bool
) -> None:
    """The whole render, with the looks as in a window: the loop has its turns within a frame of Cycles."""
    threads: set[threading.Thread] = set()
    for module in (output_log, __import__("async_render.output.resume", fromlist=["resume"])):
        original = module.find_damage

        def find_damage(file: Path, look: Any = original, **how: bool) -> str | None:
            threads.add(threading.current_thread())
            damage: str | None = look(file, **how)
            return damage

        monkeypatch.setattr(module, "find_damage", find_damage)
    numbers: list[int] = []

    async def main() -> ar.RenderResult:
        if resume:
            await ar.render_animation(ar.RenderSettings(frames=[2]))
            threads.clear()
        async with ar.render_frames(resume=resume) as frames:
            numbers.extend([frame.number async for frame in frames])
        assert frames.result is not None
        return frames.result

    result = ar.run(main()).result()
    assert result.frames == tuple(numbers) == ((1, 3) if resume else (1, 2, 3))
    assert len(result.files) == len(numbers)
    assert threads
    assert threading.main_thread() not in threads
