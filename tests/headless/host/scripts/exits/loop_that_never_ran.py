"""An add-on that stays enabled, and a loop that never ran."""

from __future__ import annotations

import async_render as ar
from async_render import addon

addon.register()
stream = ar.handler_stream("frame_change_post")
task = ar.create_task(stream.aclose())
ar.get_loop()
