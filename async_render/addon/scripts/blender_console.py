"""`await` in Blender's Python console.

Nothing of Blender's console module (`_console_python`, up to 4.x `console_python`) is replaced. Blender keeps an
`InteractiveConsole` for each region, and that object is prepared when its region is drawn, before anybody can type.
A hook of Blender's own, `execute.hooks`, tells when the typed line stands in the console. `sys.stdout` and `sys.stderr`
are replaced only while a line is under way.

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
from ...blender.quirks.versions import CONSOLE_MODULE
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
        self._is_flush_due = False
        self._begun: list[tuple[asyncio.Task[None], Activity]] = []
        self._under_way: dict[asyncio.Task[None], Activity] = {}
        self.awaiting = AwaitingConsole(console, self._start, self._write, ar=ar, asyncio=asyncio)

    def _start(self, line: Any, context: Context) -> asyncio.Task[None]:
        activity = Activity(kind=Kind.SCRIPT, name=translate("Python Console"))
        context.run(current_script.set, activity)
        loop = get_host().loop
        task = loop.create_task(line, name=activity.name, context=context)
        self._begun.append((task, activity))
        _busy.add(self)
        # At the latest then: Blender calls no hook when the line has changed the window's layout.
        loop.call_soon(_go_on_with_lines, context=Context())
        return task

    def go_on(self) -> None:
        """List the lines that have begun and are not done yet, and show what has come from them."""
        begun, self._begun = self._begun, []
        for task, activity in begun:
            if not task.done():
                watch_script(task, activities.add(activity))
                self._under_way[task] = activity
                task.add_done_callback(self._under_way.pop)
        self._flush()

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
        if not self.awaiting.tasks:
            _busy.discard(self)
            if not _busy:
                _streams.remove()
        if not self._texts:
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


_busy: set[BlenderConsole] = set()
"""The consoles with a line under way, also those that are gone because another file is there."""


def _go_on_with_lines() -> None:
    """Run what is ready at once in the lines that have just been typed.

    Blender calls this when a typed line stands in the console, and Python's streams are no longer redirected.
    """
    if not _busy:
        return
    _streams.install()
    get_host().loop.tick()
    for console in list(_busy):
        console.go_on()


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
    return import_module(CONSOLE_MODULE)


def _known_consoles() -> dict[int, Any]:
    """Blender's consoles, by the hash of their regions; it makes one when a line is first entered."""
    consoles: dict[int, Any] = getattr(_module().get_console, "consoles", {})
    return consoles


def _prepare(key: int) -> None:
    """Let a console await; Blender makes one when it is first asked for."""
    console = _module().get_console(key)[0]
    if not hasattr(console, "async_render"):
        console.async_render = BlenderConsole(console, key)


def _prepare_drawn() -> None:
    """Prepare the console whose region is drawn; it is another one after a file was loaded."""
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
    """From now on consoles may await."""
    bpy.utils.register_class(ASYNC_RENDER_OT_cancel_console)
    for name in _MENUS:
        getattr(bpy.types, name).append(draw_cancel)
    if not bpy.app.background:  # elsewhere there is no console
        space: Any = bpy.types.SpaceConsole
        _draw_handlers.append(space.draw_handler_add(_prepare_drawn, (), "WINDOW", "POST_PIXEL"))
        _module().execute.hooks.append(_HOOK)
        for key in list(_known_consoles()):  # those that stand there already are perhaps not drawn before they are used
            _prepare(key)
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
    _streams.remove()
    for name in _MENUS:
        getattr(bpy.types, name).remove(draw_cancel)
    bpy.utils.unregister_class(ASYNC_RENDER_OT_cancel_console)
