"""`AsyncOperator` where there is no window: the operator returns when its coroutine is done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

import async_render as ar
from async_render.render.activity import State, activities

from ...support.processes import run_script

pytestmark = pytest.mark.core

seen: dict[str, Any] = {}


class TEST_OT_async(ar.AsyncOperator):
    """Do what the test wants"""

    bl_idname = "test.async_operator"
    bl_label = "Async Operator"
    bl_options = {"UNDO"}  # noqa: RUF012 - as Blender wants it

    number: bpy.props.IntProperty(default=2)
    where: bpy.props.FloatVectorProperty(subtype="XYZ", default=(1, 2, 3))
    flags: bpy.props.BoolVectorProperty(size=2, default=(True, False))
    files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement)

    @property
    def half(self) -> float:
        return float(self.number / 2)

    @classmethod
    def name_of_class(cls) -> str:
        return cls.__name__

    @staticmethod
    def nothing() -> None:
        return None

    async def run(self, context: bpy.types.Context) -> None:
        await asyncio.sleep(0.01)
        await self.step(context.scene.name)

    async def step(self, scene: str) -> None:
        files = [file.name for file in self.files]
        seen.update(number=self.number, where=tuple(self.where), flags=self.flags, files=files, scene=scene)
        seen.update(half=self.half, cls=self.name_of_class(), static=self.nothing(), label=self.bl_label)
        self.report({"INFO"}, "done so far")
        self.progress(0.5)
        seen["progress"] = self.activity.progress
        if self.number < 0:
            raise ValueError("number is negative")


@pytest.fixture(autouse=True)
def operator(scene: bpy.types.Scene) -> Iterator[None]:
    seen.clear()
    activities.forget_ended()
    bpy.utils.register_class(TEST_OT_async)
    yield
    bpy.utils.unregister_class(TEST_OT_async)


def call(**properties: Any) -> set[str]:
    answer: set[str] = bpy.ops.test.async_operator(**properties)
    return answer


def test_it_returns_when_the_coroutine_is_done() -> None:
    assert call() == {"FINISHED"}
    assert seen["scene"] == "Scene"


def test_its_properties_outlive_the_operator() -> None:
    call(number=7, files=[{"name": "a.png"}, {"name": "b.png"}])
    assert seen["number"] == 7
    assert seen["where"] == (1, 2, 3)
    assert seen["flags"] == (True, False)
    assert seen["files"] == ["a.png", "b.png"]


def test_its_methods_are_those_of_the_class() -> None:
    call(number=7)
    assert (seen["half"], seen["cls"], seen["static"], seen["label"]) == (3.5, "TEST_OT_async", None, "Async Operator")


def test_its_reports_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    call()
    assert "Info: done so far" in capsys.readouterr().out


def test_it_is_an_activity_with_progress() -> None:
    call()
    (activity,) = activities
    assert (activity.name, activity.state, seen["progress"]) == ("Async Operator", State.FINISHED, 0.5)


def test_an_error_comes_out_of_the_call_and_is_remembered() -> None:
    with pytest.raises(RuntimeError, match="number is negative"):
        call(number=-1)
    (activity,) = activities
    assert activity.state is State.FAILED
    assert activity.error is not None
    assert activity.error.summary.startswith("ValueError: number is negative")


def test_progress_outside_of_0_to_1_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match=r"fraction=1\.5 is not between 0 and 1"):
        ar.AsyncOperator.progress(None, 1.5)  # type: ignore[arg-type]


def test_a_subclass_without_run_says_what_it_needs() -> None:
    class TEST_OT_empty(ar.AsyncOperator):
        bl_idname = "test.empty"
        bl_label = "Empty"

    bpy.utils.register_class(TEST_OT_empty)
    try:
        with pytest.raises(RuntimeError, match=r"needs an 'async def run\(self, context\)'"):
            bpy.ops.test.empty()
    finally:
        bpy.utils.unregister_class(TEST_OT_empty)


def test_blender_does_not_push_the_undo_step_before_the_work_is_done() -> None:
    assert TEST_OT_async.bl_options == set()
    assert TEST_OT_async._pushes_undo


def test_nothing_of_ours_is_registered_when_the_last_operator_goes() -> None:
    assert hasattr(bpy.types, "ASYNC_RENDER_OT_cancel_operator")
    bpy.utils.unregister_class(TEST_OT_async)
    assert not hasattr(bpy.types, "ASYNC_RENDER_OT_cancel_operator")
    bpy.utils.register_class(TEST_OT_async)


def test_all_severities_are_three(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(self: Any, context: bpy.types.Context) -> None:
        for severity in ("OPERATOR", "PROPERTY", "DEBUG", "WARNING", "ERROR_INVALID_INPUT", "ERROR_OUT_OF_MEMORY"):
            self.report({severity}, severity.lower())

    monkeypatch.setattr(TEST_OT_async, "run", run)
    call()
    assert capsys.readouterr().out.split("\n")[:6] == [
        "Info: operator",
        "Info: property",
        "Info: debug",
        "Warning: warning",
        "Error: error_invalid_input",
        "Error: error_out_of_memory",
    ]


@pytest.mark.parametrize("calls_super", [True, False])
def test_a_register_of_its_own_keeps_the_key_and_the_cancelling(calls_super: bool) -> None:
    called: list[str] = []

    class TEST_OT_own_register(ar.AsyncOperator):
        bl_idname = "test.own_register"
        bl_label = "Own Register"

        @classmethod
        def register(cls) -> None:
            called.append(f"register {cls.__name__}")
            if calls_super:
                super().register()

        @classmethod
        def unregister(cls) -> None:
            called.append(f"unregister {cls.__name__}")
            if calls_super:
                super().unregister()

    bpy.utils.unregister_class(TEST_OT_async)
    try:
        bpy.utils.register_class(TEST_OT_own_register)
        assert hasattr(bpy.types, "ASYNC_RENDER_OT_cancel_operator")
        bpy.utils.unregister_class(TEST_OT_own_register)
        assert not hasattr(bpy.types, "ASYNC_RENDER_OT_cancel_operator")
    finally:
        bpy.utils.register_class(TEST_OT_async)
    assert called == ["register TEST_OT_own_register", "unregister TEST_OT_own_register"]


@pytest.mark.parametrize("code", [None, 0])
def test_exit_ends_it_as_any_other_end(monkeypatch: pytest.MonkeyPatch, code: int | None) -> None:
    async def run(self: Any, context: bpy.types.Context) -> None:
        await asyncio.sleep(0)
        raise SystemExit(code)

    monkeypatch.setattr(TEST_OT_async, "run", run)
    assert call() == {"FINISHED"}
    (activity,) = activities
    assert activity.state is State.FINISHED


def test_exit_with_a_code_ends_a_process_without_a_window_as_in_any_operator() -> None:
    ended = run_script(Path(__file__).with_name("scripts") / "exits.py")
    assert ended.returncode == 3, ended.stderr
    assert "['FAILED']" in ended.stdout.splitlines()
    assert "it went on" not in ended.stdout


def test_called_by_a_coroutine_it_is_a_clear_error_and_nothing_is_left() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="'Async Operator' was called from a running coroutine"):
            call()
        assert len(asyncio.all_tasks()) == 1

    ar.run(main(), name="main")
    assert [(activity.name, activity.state) for activity in activities] == [("main", State.FINISHED)]
    assert not TEST_OT_async.is_running()
