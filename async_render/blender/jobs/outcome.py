"""The outcome of a job."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...render.errors import CancelReason


@dataclass
class JobOutcome:
    """The outcome of a job: how the job ended, as its handlers and Blender's reports say."""

    handlers: set[str] = field(default_factory=set)
    """The names of the handlers that were called."""
    messages: list[str] = field(default_factory=list)
    """The errors that Blender reported, as far as they can be read."""
    has_reports: bool = False
    """Whether the operator reported anything, readable or not."""
    has_successor: bool = False
    """Whether another render ended the job: the user has started one."""
    seconds: float = 0.0
    """Seconds from the start of the job until the job was gone."""

    @property
    def is_complete(self) -> bool:
        """Whether Blender says that all frames are rendered."""
        return "render_complete" in self.handlers

    @property
    def is_cancelled(self) -> bool:
        """Whether Blender says that the job was stopped."""
        return "render_cancel" in self.handlers

    @property
    def reason(self) -> CancelReason:
        """The reason why a job was stopped that has no error."""
        if "load_pre" in self.handlers:
            return "FILE_LOAD"
        if self.handlers & {"undo_pre", "redo_pre"}:
            return "UNDO"
        if self.has_successor:
            return "OTHER_RENDER"
        return "UNKNOWN" if self.has_reports else "ESC"
