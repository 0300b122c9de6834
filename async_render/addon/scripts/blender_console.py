"""`await` in Blender's Python console."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from functools import wraps
from importlib import import_module
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as translate

import async_render as ar

from ...blender.host.host import get_host, host_in_use
from ...blender.host.scripts import watch_script
from ...render.activity import Activity, Kind, activities, current_script
from ...script.console import AwaitingConsole, ContextStreams, Printed, whole_lines

_streams = ContextStreams()


class BlenderConsole:
    """One of Blender's consoles: its region, and the `InteractiveConsole` that Blender keeps for it.

    What its lines print while they await is shown above the prompt, line by line.

    Args:
        console: the `InteractiveConsole`.
        key: what Blender knows it by, the hash of its region.
    """

    def __init__(self, console: Any, key: int) -> None:
        self.key = key
        self._texts: deque[Printed] = deque()
        self._is_held = False
        self._is_flush_due = False
        self._under_way: dict[asyncio.Task[None], Activity] = {}
        self.awaiting = AwaitingConsole(console, self._start, self._write, ar=ar, asyncio=asyncio)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep what comes until the line that was typed stands in the console."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._flush()

    def _start(self, line: Any, context: Context) -> asyncio.Task[None]:
        activity = Activity(kind=Kind.SCRIPT, name=translate("Python Console"))
        context.run(current_script.set, activity)
        loop = get_host().loop
        task = loop.create_task(line, name=activity.name, context=context)
        with _streams.on_top():
            loop.tick()  # what is ready at once is shown at once
        if not task.done():
            watch_script(task, activities.add(activity))
            self._under_way[task] = activity
            task.add_done_callback(self._under_way.pop)
        task.add_done_callback(lambda _: self._write(("OUTPUT", "")))
        return task

    @property
    def is_busy(self) -> bool:
        """Whether lines are under way."""
        return bool(self._under_way)

    def cancel(self) -> None:
        """Stop the lines that are under way."""
        for activity in self._under_way.values():
            activities.cancel(activity)

    def _write(self, printed: Printed) -> None:
        self._texts.append(printed)
        host = host_in_use()
        if not self._is_flush_due and host is not None and not host.loop.is_closed():
            self._is_flush_due = True
            host.loop.call_soon_threadsafe(self._flush, context=Context())  # not in that of the line that prints

    def _flush(self) -> None:
        """Show all whole lines, and with them what is left when no line is under way any more."""
        self._is_flush_due = False
        if self._is_held or not self._texts:
            return
        texts = [self._texts.popleft() for _ in range(len(self._texts))]  # threads may append meanwhile
        lines, rest = whole_lines(texts, keep_rest=bool(self.awaiting.tasks))
        self._texts.extendleft(rest)
        place = _find_console(self.key)
        if place is None:  # another file is there, or the area has gone
            for _, line in lines:
                print(line)
            return
        preferences: Any = bpy.context.preferences
        with bpy.context.temp_override(**place):
            for stream, line in lines[-preferences.system.scrollback :]:  # Blender keeps no more
                bpy.ops.console.scrollback_append(text=line, type=stream)

    def detach(self) -> None:
        """The console is as Blender made it."""
        self._flush()
        self.awaiting.detach()


def _find_console(key: int) -> dict[str, Any] | None:
    """Where a console is: on the screen, or in a workspace that is not shown."""
    manager: Any = bpy.context.window_manager
    shown = [(window, window.screen) for window in manager.windows]
    for window, screen in [*shown, *((manager.windows[0], screen) for screen in bpy.data.screens)]:
        for area in screen.areas:
            for region in area.regions:
                if area.type == "CONSOLE" and hash(region) == key:
                    return {"window": window, "screen": screen, "area": area, "region": region}
    return None


class ASYNC_RENDER_OT_cancel_console(bpy.types.Operator):
    """Stop what was typed into this console and is still under way"""

    bl_idname = "async_render.cancel_console"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There has to be something to stop."""
        console = _console_of(context)
        return console is not None and console.is_busy

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Ctrl C copies, as ever, when something is selected."""
        space: Any = context.space_data
        if event.type == "C" and space.select_start != space.select_end:
            return {"PASS_THROUGH"}
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Any:
        """Cancel its lines."""
        console = _console_of(context)
        assert console is not None
        console.cancel()
        return {"FINISHED"}


def _console_of(context: bpy.types.Context) -> BlenderConsole | None:
    """The console that the mouse is in, when anything was typed there."""
    if context.area is None or context.area.type != "CONSOLE" or context.region is None:
        return None
    found = _known_consoles().get(hash(context.region))
    return None if found is None else getattr(found[0], "async_render", None)


def _module() -> Any:
    """What Blender's console operators call; it has another name since 5.0."""
    return import_module("_console_python" if bpy.app.version >= (5, 0) else "console_python")


def _known_consoles() -> dict[int, Any]:
    """Blender's consoles, by the hash of their regions; it makes one when a line is first entered."""
    consoles: dict[int, Any] = getattr(_module().get_console, "consoles", {})
    return consoles


def _awaiting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Blender's `execute` or `autocomplete`, for a console that may await.

    Blender's operators look these up in the module each time, and call them with the context
    (`bl_operators/console.py`, the same from 4.2 to 5.2). The wrapper has the attributes of the original, so that
    `execute.hooks` stays the one list.
    """

    @wraps(function)
    def wrapper(context: bpy.types.Context, *args: Any, **named: Any) -> Any:
        if not _wrappers:  # disabled, and somebody else has wrapped this one
            return function(context, *args, **named)
        key = hash(context.region)
        console = _module().get_console(key)[0]
        if not hasattr(console, "async_render"):
            _streams.install()
            console.async_render = BlenderConsole(console, key)
        with console.async_render.held():
            return function(context, *args, **named)

    return wrapper


_wrappers: dict[str, Any] = {}
_keymap_items: list[tuple[Any, Any]] = []


def draw_cancel(menu: Any, _context: bpy.types.Context) -> None:
    """Add the entry to a menu, below its last one."""
    menu.layout.separator()
    menu.layout.operator(ASYNC_RENDER_OT_cancel_console.bl_idname, icon="CANCEL")


_MENUS = ("CONSOLE_MT_console", "CONSOLE_MT_context_menu")


def register() -> None:
    """From now on consoles may await."""
    bpy.utils.register_class(ASYNC_RENDER_OT_cancel_console)
    for name in _MENUS:
        getattr(bpy.types, name).append(draw_cancel)
    if not bpy.app.background:  # elsewhere there is no console
        module = _module()
        for name in ("execute", "autocomplete"):
            _wrappers[name] = _awaiting(getattr(module, name))
            setattr(module, name, _wrappers[name])
    manager: Any = bpy.context.window_manager
    if (keyconfig := manager.keyconfigs.addon) is not None:  # None without a window
        keymap = keyconfig.keymaps.new(name="Console", space_type="CONSOLE")
        item = keymap.keymap_items.new(ASYNC_RENDER_OT_cancel_console.bl_idname, "C", "PRESS", ctrl=True)
        _keymap_items.append((keymap, item))


def unregister() -> None:
    """Consoles are as Blender made them."""
    for keymap, item in _keymap_items:
        keymap.keymap_items.remove(item)
    _keymap_items.clear()
    module = _module()
    for name, wrapper in _wrappers.items():
        if getattr(module, name) is wrapper:
            setattr(module, name, wrapper.__wrapped__)
    _wrappers.clear()
    for console, *_ in _known_consoles().values():
        if hasattr(console, "async_render"):
            console.async_render.detach()
            del console.async_render
    _streams.remove()
    for name in _MENUS:
        getattr(bpy.types, name).remove(draw_cancel)
    bpy.utils.unregister_class(ASYNC_RENDER_OT_cancel_console)
