"""`await` in Blender's Python console.

Nothing of Blender's console module (`_console_python`, up to 4.x `console_python`) is replaced. Blender keeps an
`InteractiveConsole` for each region, and this object is prepared when its region is drawn, before anybody can type. A
hook of Blender's own, `execute.hooks`, is called when the typed line stands in the console. `sys.stdout` and
`sys.stderr` are replaced only while a line runs.

An operator of ours on the Return key would not do: Paste calls `CONSOLE_OT_execute` for each line (`console_paste_exec`
in source/blender/editors/space_console/console_ops.cc, 4.2 to 5.2).
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import Context
from importlib import import_module
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as translate

import async_render as ar

from ...blender.host.host import get_host, host_in_use
from ...blender.host.scripts import watch_script
from ...blender.host.tasks import stall_watch
from ...blender.quirks.versions import CONSOLE_MODULE
from ...render.activity import Activity, Kind, activities, current_script
from ...script.console import AwaitingConsole, whole_lines
from ...script.forgotten import forgotten_awaits
from ...script.streams import Printed, streams


class BlenderConsole:
    """One of Blender's consoles: its region, and the `InteractiveConsole` that Blender keeps for the region.

    The console shows above the prompt, line by line, what its lines print while they await.

    Args:
        console: the `InteractiveConsole`.
        key: the hash of its region, by which Blender finds the console.
    """

    def __init__(self, console: Any, key: int) -> None:
        self.key = key
        self._texts: deque[Printed] = deque()
        self._is_flush_due = False
        self._begun: list[tuple[asyncio.Task[None], Activity]] = []
        self._under_way: dict[asyncio.Task[None], Activity] = {}
        self.awaiting = AwaitingConsole(console, self._start, self._write, ar=ar, asyncio=asyncio)

    def _start(self, line: Any, context: Context) -> asyncio.Task[None]:
        """Make the task of a line that awaits, with its activity."""
        activity = Activity(kind=Kind.SCRIPT, name=translate("Python Console"))
        context.run(current_script.set, activity)
        loop = get_host().loop
        task = loop.create_task(line, name=activity.name, context=context)
        forgotten_awaits.watch(task)
        stall_watch().watch(task)
        self._begun.append((task, activity))
        _busy.add(self)
        # In case that Blender calls no hook, as when the line has changed the window's layout.
        loop.call_soon(_go_on_with_lines, context=Context())
        return task

    def go_on(self) -> None:
        """List the lines that have begun and not ended, and show what they have printed."""
        begun, self._begun = self._begun, []
        for task, activity in begun:
            if not task.done():
                watch_script(task, activities.add(activity))
                self._under_way[task] = activity
                task.add_done_callback(self._under_way.pop)
        self._flush()

    @property
    def is_busy(self) -> bool:
        """Whether lines are running."""
        return bool(self._under_way)

    def cancel(self) -> None:
        """Cancel the lines that are running."""
        for activity in self._under_way.values():
            activities.cancel(activity)

    def _write(self, printed: Printed) -> None:
        self._texts.append(printed)
        host = host_in_use()
        if not self._is_flush_due and host is not None and not host.loop.is_closed():
            self._is_flush_due = True
            host.loop.call_soon_threadsafe(self._flush, context=Context())  # not in the context of the line that prints

    def _flush(self) -> None:
        """Show all complete lines of output; when no line runs any more, show the rest, too."""
        self._is_flush_due = False
        if not self.awaiting.tasks:
            _busy.discard(self)
            if not _busy:
                streams.remove(_USER)
        if not self._texts:
            return
        texts = [self._texts.popleft() for _ in range(len(self._texts))]  # threads may append meanwhile
        lines, rest = whole_lines(texts, keep_rest=bool(self.awaiting.tasks))
        self._texts.extendleft(rest)
        place = _find_console(self.key)
        if place is None:  # another file was loaded, or the area was closed
            for _, line in lines:
                print(line)
            return
        preferences: Any = bpy.context.preferences
        with bpy.context.temp_override(**place):
            for stream, line in lines[-preferences.system.scrollback :]:  # Blender keeps no more
                bpy.ops.console.scrollback_append(text=line, type=stream)

    def detach(self) -> None:
        """Restore the console as Blender made it."""
        self._flush()
        self.awaiting.detach()


_busy: set[BlenderConsole] = set()
"""The consoles with a line that runs. A console may be gone: another file was loaded."""


_USER = "consoles"
"""The user of `streams` while a line of any console runs."""


def _go_on_with_lines() -> None:
    """Run the lines that have just been typed as far as they are ready.

    Blender calls this hook when a typed line stands in the console, and Python's streams are no longer redirected.
    """
    if not _busy:
        return
    streams.install(_USER)
    get_host().loop.tick()
    for console in list(_busy):
        console.go_on()


def _find_console(key: int) -> dict[str, Any] | None:
    """Return the context of a console, on the screen or in a workspace that is not shown; None: it is gone."""
    manager: Any = bpy.context.window_manager
    shown = [(window, window.screen) for window in manager.windows]
    for window, screen in [*shown, *((manager.windows[0], screen) for screen in bpy.data.screens)]:
        for area in screen.areas:
            for region in area.regions:
                if area.type == "CONSOLE" and hash(region) == key:
                    return {"window": window, "screen": screen, "area": area, "region": region}
    return None


class ASYNC_RENDER_OT_cancel_console(bpy.types.Operator):
    """Cancel the lines of this console that are still running"""

    bl_idname = "async_render.cancel_console"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Return whether lines are running."""
        console = _console_of(context)
        return console is not None and console.is_busy

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Let Ctrl C copy, as always, when text is selected."""
        space: Any = context.space_data
        if event.type == "C" and space.select_start != space.select_end:
            return {"PASS_THROUGH"}
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Any:
        """Cancel the lines."""
        console = _console_of(context)
        assert console is not None
        console.cancel()
        return {"FINISHED"}


def _console_of(context: bpy.types.Context) -> BlenderConsole | None:
    """Return the console that the mouse is in; None: nothing was typed there."""
    if context.area is None or context.area.type != "CONSOLE" or context.region is None:
        return None
    found = _known_consoles().get(hash(context.region))
    return None if found is None else getattr(found[0], "async_render", None)


def _module() -> Any:
    """Return the module that Blender's console operators call."""
    return import_module(CONSOLE_MODULE)


def _known_consoles() -> dict[int, Any]:
    """Return Blender's consoles, by the hash of their regions. Blender makes one when the first line is entered."""
    consoles: dict[int, Any] = getattr(_module().get_console, "consoles", {})
    return consoles


def _prepare(key: int) -> None:
    """Let the lines of a console await. Blender makes the console if there is none yet."""
    console = _module().get_console(key)[0]
    if not hasattr(console, "async_render"):
        console.async_render = BlenderConsole(console, key)


def _prepare_drawn() -> None:
    """Prepare the console whose region is drawn: after a file was loaded it is a new one."""
    _prepare(hash(bpy.context.region))


_HOOK: tuple[Any, tuple[()]] = (_go_on_with_lines, ())
_draw_handlers: list[Any] = []
_keymap_items: list[tuple[Any, Any]] = []


def draw_cancel(menu: Any, _context: bpy.types.Context) -> None:
    """Add the entry to a menu, below its last one."""
    menu.layout.separator()
    menu.layout.operator(ASYNC_RENDER_OT_cancel_console.bl_idname, icon="CANCEL")


_MENUS = ("CONSOLE_MT_console", "CONSOLE_MT_context_menu")


def register() -> None:
    """Let the lines of consoles await, from now on."""
    bpy.utils.register_class(ASYNC_RENDER_OT_cancel_console)
    for name in _MENUS:
        getattr(bpy.types, name).append(draw_cancel)
    if not bpy.app.background:  # without a window there is no console
        space: Any = bpy.types.SpaceConsole
        _draw_handlers.append(space.draw_handler_add(_prepare_drawn, (), "WINDOW", "POST_PIXEL"))
        _module().execute.hooks.append(_HOOK)
        for key in list(_known_consoles()):  # a line may be typed before the console is drawn again
            _prepare(key)
    manager: Any = bpy.context.window_manager
    if (keyconfig := manager.keyconfigs.addon) is not None:  # None without a window
        keymap = keyconfig.keymaps.new(name="Console", space_type="CONSOLE")
        item = keymap.keymap_items.new(ASYNC_RENDER_OT_cancel_console.bl_idname, "C", "PRESS", ctrl=True)
        _keymap_items.append((keymap, item))


def unregister() -> None:
    """Restore all consoles as Blender made them."""
    for keymap, item in _keymap_items:
        keymap.keymap_items.remove(item)
    _keymap_items.clear()
    space: Any = bpy.types.SpaceConsole
    while _draw_handlers:
        space.draw_handler_remove(_draw_handlers.pop(), "WINDOW")
    hooks = getattr(_module().execute, "hooks", [])  # another add-on's `execute` may have none
    if _HOOK in hooks:
        hooks.remove(_HOOK)
    for console, *_ in _known_consoles().values():
        if hasattr(console, "async_render"):
            console.async_render.detach()
            del console.async_render
    _busy.clear()
    streams.remove(_USER)
    for name in _MENUS:
        getattr(bpy.types, name).remove(draw_cancel)
    bpy.utils.unregister_class(ASYNC_RENDER_OT_cancel_console)
