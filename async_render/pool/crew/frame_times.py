"""The seconds that frames took in earlier calls of a pool: the longest frames of the next call go out first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from ...render.settings import RenderSettings

MOST = 8
"""Number of scenes whose times are kept."""


class FrameTimes:
    """The seconds of frames by file and scene. Only their order counts, so other settings may differ."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, ...], dict[int, float]] = OrderedDict()

    def of(self, file: str, settings: RenderSettings) -> Mapping[int, float]:
        """Return what is known of a scene.

        Args:
            file: what the user calls the file; the same for all snapshots of a session.
            settings: the settings, which name scene, camera and view layers.
        """
        return self._times.get(_key(file, settings), {})

    def add(self, file: str, settings: RenderSettings, seconds: Mapping[int, float]) -> None:
        """Keep the seconds of frames that were rendered."""
        key = _key(file, settings)
        self._times.setdefault(key, {}).update(seconds)
        self._times.move_to_end(key)
        while len(self._times) > MOST:
            self._times.popitem(last=False)


def _key(file: str, settings: RenderSettings) -> tuple[str, ...]:
    return (file, settings.scene or "", settings.camera or "", *(settings.view_layers or ()))
