"""Which Blenders there are to test in."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("Xvfb", "xdotool", "import")


@dataclass(frozen=True)
class Blender:
    """A Blender with a window.

    Attributes:
        name: what a test's name says: Debian's suite, or `own`.
        command: how to start it; None where it is not there.
    """

    name: str
    command: tuple[str, ...] | None

    @property
    def is_required(self) -> bool:
        """Whether the tests have to fail without it: `ASYNC_RENDER_REQUIRE_WINDOWS=trixie,sid`."""
        return self.name in os.environ.get("ASYNC_RENDER_REQUIRE_WINDOWS", "").split(",")

    @property
    def missing(self) -> str | None:
        """What is missing, and how to get it; None when all is there."""
        tools = [tool for tool in TOOLS if shutil.which(tool) is None]
        if self.command is not None and not tools:
            return None
        what = "a Blender" if self.command is None else ", ".join(tools)
        return (
            f"window tests need {what}: as root type `.ci/provide-blenders` and then the tests, "
            "or set BLENDER=/path/to/blender with xvfb, xdotool, imagemagick"
        )


def find_blenders() -> list[Blender]:
    """Debian's Blenders, there or not, and the user's own when there is one."""
    cache = os.environ.get("ASYNC_RENDER_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "async_render"
    )
    found = []
    for suite in ("trixie", "sid"):
        ready = Path(cache, "blenders", suite, ".ready").exists() and os.geteuid() == 0
        found.append(Blender(suite, (str(ROOT / ".ci" / "blender"), suite) if ready else None))
    own = os.environ.get("BLENDER") or shutil.which("blender")
    return [*found, Blender("own", (own,))] if own else found
