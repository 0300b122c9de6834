"""`AsyncOperator`: an operator whose work is a coroutine."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import bpy

from ...render.activity import Activity, Kind, State, activities, current_script
from ...render.errors import RenderCancelled
from ...render.script_progress import checked_fraction, show_progress
from ...script.streams import streams
from ..activity_ui import parts
from ..host.host import get_host
from ..host.shutdown import run_to_the_end
from ..host.tasks import create_task, is_inside_a_loop
from ..quirks import module_exit
from ..window.error_display import show_error
from ..window.messages import report
from .operator_self import copy_of
from .undo_step import UNDO_OPTIONS, add_undo_step, push_undo, remove_undo_step


class AsyncOperator(bpy.types.Operator):
    """An operator that awaits: a button or menu item starts it, the window lives on, and Esc cancels it.

    A subclass is an operator as any other, with `bl_idname`, `bl_label`, properties, `poll`, and an `invoke` with a
    dialog if you like. Instead of `execute` a subclass has a coroutine `run`. While the coroutine runs

    - the panel *Async Render* and the status bar show the operator, with `progress` and a cancel button,
    - Esc raises `CancelledError` in the coroutine; of several operators the one that was started last is cancelled,
    - `self` has all properties, attributes and methods of the operator; `super()`, `isinstance`, `as_keywords` and
      `self.properties` work. `self` is a copy, because Blender frees each operator as soon as the operator has
      returned. `type(self)` has the attributes of the operator's class, and is another class,
    - `self.report` shows a message in the status bar and the Info editor at once,
    - `context` is `bpy.context`: the window, the scene, the active object, and no area. The area and the mouse from
      which the operator was started are known in `invoke`; keep what you need there in attributes of `self`.

    With `"UNDO"` in `bl_options` all changes of the coroutine become one undo step when it ends, even if it was
    cancelled half-way. *Adjust Last Operation* (F9) then shows the operator's name and nothing to adjust, because the
    work would have to be done again. *Repeat Last* starts the operator with the same properties.

    An error that leaves the coroutine is shown with its line. The operator is no modal operator: while one runs,
    Blender does not save automatically (`wm_autosave_timer` in source/blender/windowmanager/intern/wm_files.cc).

    Without a window the operator returns when its coroutine is done, and an error comes out of the call.

    Example:
        >>> class RenderDraft(ar.AsyncOperator):
        ...     bl_idname, bl_label = "render.draft", "Render Draft"
        ...     percentage: bpy.props.IntProperty(name="Percentage", default=25)
        ...
        ...     async def run(self, context):
        ...         parts = ar.segments(context.scene.name)
        ...         for number, segment in enumerate(parts):
        ...             self.progress(number / len(parts))
        ...             path = f"//draft/{segment.filename}_####"
        ...             await ar.render_animation(
        ...                 segment.settings(filepath=path, resolution_percentage=self.percentage))
        ...         self.report({"INFO"}, f"{len(parts)} segments are in //draft")
        >>> bpy.utils.register_class(RenderDraft)
    """

    activity: Activity
    _pushes_undo: ClassVar[bool] = False

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Hide `"UNDO"` from Blender, which would push a step as soon as the operator returns, before any work.

        A `register` or `unregister` of the subclass is called after ours, whether it calls `super()` or not.

        Raises:
            TypeError: `run` is not `async def`.
        """
        super().__init_subclass__(**arguments)
        if inspect.isfunction(run := vars(cls).get("run")) and not inspect.iscoroutinefunction(inspect.unwrap(run)):
            raise TypeError(f"{cls.__name__}.run is no coroutine function; write 'async def run(self, context)'")
        options: set[str] = set(getattr(cls, "bl_options", ()))
        if options & UNDO_OPTIONS:
            cls._pushes_undo = True
            cls.bl_options = options - UNDO_OPTIONS  # type: ignore[assignment]
        for ours in (AsyncOperator.register, AsyncOperator.unregister):
            if (own := vars(cls).get(ours.__name__)) is not None:
                setattr(cls, ours.__name__, _ours_first(ours.__func__, own))  # type: ignore[attr-defined]

    async def run(self, context: bpy.types.Context) -> None:
        """Do the operator's work; each subclass writes its own.

        Args:
            context: `bpy.context`, without an area.

        Raises:
            NotImplementedError: the subclass has no `run`.

        Example:
            >>> class CountObjects(ar.AsyncOperator):
            ...     bl_idname, bl_label = "scene.count_objects", "Count Objects"
            ...
            ...     async def run(self, context):
            ...         await asyncio.sleep(0)
            ...         self.report({"INFO"}, f"{len(context.scene.objects)} objects")
        """
        raise NotImplementedError(f"{type(self).__name__} needs an 'async def run(self, context)'")

    def progress(self, fraction: float, message: str = "") -> None:
        """Show how far the work is; called in `run`.

        Args:
            fraction: how much of the work is done, 0 to 1.
            message: a few words beside the percentage.

        Raises:
            ValueError: the fraction is not between 0 and 1.
            TypeError: the fraction is no number.

        Example:
            >>> class RenderCameras(ar.AsyncOperator):
            ...     bl_idname, bl_label = "render.cameras", "Render Cameras"
            ...
            ...     async def run(self, context):
            ...         cameras = [item.name for item in context.scene.objects if item.type == "CAMERA"]
            ...         for number, name in enumerate(cameras):
            ...             self.progress(number / len(cameras), name)
            ...             await ar.render_still(camera=name, filepath=f"//{name}")
        """
        fraction = checked_fraction(fraction)
        show_progress(self.activity, fraction, message)

    def execute(self, context: bpy.types.Context) -> Any:
        """Start `run`. Blender calls this method.

        Args:
            context: `bpy.context`.

        Returns:
            `{"FINISHED"}`: in a window `run` goes on, without a window it is done.

        Raises:
            RuntimeError: without a window the operator was called from a running coroutine.

        Example:
            >>> class GoToStart(ar.AsyncOperator):
            ...     bl_idname, bl_label = "scene.go_to_start", "Go to Start"
            ...
            ...     async def run(self, context):
            ...         context.scene.frame_set(context.scene.frame_start)
            >>> bpy.utils.register_class(GoToStart)
            >>> bpy.ops.scene.go_to_start()  # Blender calls `execute`
            {'FINISHED'}
        """
        operator = type(self)
        if bpy.app.background and is_inside_a_loop():
            raise RuntimeError(
                f"{self.bl_label!r} was called from a running coroutine. Without a window an operator returns when its "
                "work is done, so nothing could go on meanwhile: write what it does as a function, and await that"
            )
        activity = activities.add(Activity(kind=Kind.SCRIPT, name=bpy.app.translations.pgettext_iface(self.bl_label)))
        task = create_task(_live(operator, copy_of(self, activity)), name=self.bl_label)
        activity.cancel = task.cancel
        _running[task] = operator, activity
        task.add_done_callback(partial(_forget, activity))
        if bpy.app.background:
            try:
                run_to_the_end(get_host(), task)
                task.result()
            except SystemExit as end:
                if module_exit.IS_NEEDED:
                    module_exit.end_process(end)
                raise
        return {"FINISHED"}

    @classmethod
    def is_running(cls) -> bool:
        """Return whether the operator runs now; for a `poll` that does not let it be started twice.

        Example:
            >>> class BakePhysics(ar.AsyncOperator):
            ...     bl_idname, bl_label = "scene.bake_physics", "Bake Physics"
            ...
            ...     @classmethod
            ...     def poll(cls, context):
            ...         return not cls.is_running()
            ...
            ...     async def run(self, context):
            ...         await ar.bake_physics()
        """
        return any(operator is cls for operator, _ in _running.values())

    @classmethod
    def cancel_running(cls) -> None:
        """Cancel all calls of this operator that run, as Esc does.

        Example:
            >>> class Wait(ar.AsyncOperator):
            ...     bl_idname, bl_label = "wm.wait_a_second", "Wait a Second"
            ...
            ...     async def run(self, context):
            ...         await asyncio.sleep(1)
            >>> Wait.cancel_running()
        """
        for operator, activity in _running.values():
            if operator is cls:
                activities.cancel(activity)

    @classmethod
    def register(cls) -> None:
        """Bind the Esc key with the first class, and let Blender show activities. Blender calls this method.

        Example:
            >>> class GoToEnd(ar.AsyncOperator):
            ...     bl_idname, bl_label = "scene.go_to_end", "Go to End"
            ...
            ...     async def run(self, context):
            ...         context.scene.frame_set(context.scene.frame_end)
            >>> bpy.utils.register_class(GoToEnd)  # Blender calls `register`
            >>> GoToEnd.is_registered
            True
        """
        if not _registered:
            _bind_escape()
        _registered.add(cls)
        parts.add_user(cls)
        if cls._pushes_undo:
            add_undo_step(cls)

    @classmethod
    def unregister(cls) -> None:
        """Cancel all calls that run. Blender calls this method when the class is unregistered.

        Example:
            >>> class GoToMiddle(ar.AsyncOperator):
            ...     bl_idname, bl_label = "scene.go_to_middle", "Go to Middle"
            ...
            ...     async def run(self, context):
            ...         context.scene.frame_set((context.scene.frame_start + context.scene.frame_end) // 2)
            >>> bpy.utils.register_class(GoToMiddle)
            >>> bpy.utils.unregister_class(GoToMiddle)  # Blender calls `unregister`
            >>> GoToMiddle.is_registered
            False
        """
        cls.cancel_running()
        remove_undo_step(cls)
        if cls in _registered:
            parts.remove_user(cls)
            _registered.remove(cls)
            if not _registered:
                _unbind_escape()


def _ours_first(ours: Callable[[Any], None], own: Any) -> Any:
    """Return a class method that calls ours, and then the subclass's own."""

    def both(cls: type[AsyncOperator]) -> None:
        ours(cls)
        own.__get__(None, cls)()

    return classmethod(both)


_running: dict[asyncio.Task[Any], tuple[type[AsyncOperator], Activity]] = {}
"""The tasks that run, in the order of their start."""

_registered: set[type[AsyncOperator]] = set()


async def _live(operator: type[AsyncOperator], run: Any) -> None:
    """Run an operator's coroutine, and show its life in the panel, from its start to its end."""
    current_script.set(run.activity)
    activities.start(run.activity)
    if not bpy.app.background:
        streams.install(run.activity)
    state, error = State.CANCELLED, None
    try:
        await operator.run(run, bpy.context)
        state = State.FINISHED
    except RenderCancelled as cancelled:  # by Esc; no pop-up has to say so
        report("WARNING", str(cancelled))
    except (Exception, SystemExit) as failure:
        if isinstance(failure, SystemExit) and not failure.code:  # `exit()` is an end as any other
            state = State.FINISHED
        else:
            state, error = State.FAILED, failure
            if bpy.app.background:
                raise
            show_error(failure)
    finally:
        streams.remove(run.activity)
        activities.end(run.activity, state, error)
        if operator._pushes_undo:
            push_undo(operator, run.properties.as_arguments())


def _forget(activity: Activity, task: asyncio.Task[Any]) -> None:
    del _running[task]
    if not activity.state.is_over:  # it was cancelled before its first step
        activities.end(activity, State.CANCELLED)


class ASYNC_RENDER_OT_cancel_operator(bpy.types.Operator):
    """Cancel the operator that was started last"""

    bl_idname = "async_render.cancel_operator"
    bl_label = "Cancel Running Operator"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - as Blender wants it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Return whether an operator runs; otherwise Esc does what it always does."""
        return _newest() is not None

    def execute(self, context: bpy.types.Context) -> Any:
        """Cancel the operator."""
        newest = _newest()
        if newest is None:
            return {"CANCELLED"}
        activities.cancel(newest)
        return {"FINISHED"}


def _newest() -> Activity | None:
    """Return the operator that was started last and is not ending already; Esc held down must not end its cleanup."""
    return next((activity for _, activity in reversed(_running.values()) if not activity.is_cancelling), None)


_keymap_items: list[tuple[Any, Any]] = []


def _bind_escape() -> None:
    """Bind Esc in the *Window* keymap, which Blender asks last: editors may want Esc for themselves."""
    bpy.utils.register_class(ASYNC_RENDER_OT_cancel_operator)
    keyconfig = bpy.context.window_manager.keyconfigs.addon  # type: ignore[union-attr]
    if keyconfig is not None:  # without a window there is none
        keymap = keyconfig.keymaps.new("Window")
        item = keymap.keymap_items.new(ASYNC_RENDER_OT_cancel_operator.bl_idname, "ESC", "PRESS")
        _keymap_items.append((keymap, item))


def _unbind_escape() -> None:
    for keymap, item in _keymap_items:
        keymap.keymap_items.remove(item)
    _keymap_items.clear()
    bpy.utils.unregister_class(ASYNC_RENDER_OT_cancel_operator)
