"""The pace of the host: when its timer calls the loop again, and how long a tick may wait for others."""

from __future__ import annotations

from math import inf
from time import perf_counter

from ...loop import PATIENCE

NEVER = -1.0
"""Seconds that a tick may wait while Blender renders: not even for the next message of a conversation."""

REST = 0.02
"""Seconds, at most, from one tick to the next while Blender renders and the loop has nothing to do. A render that
keeps all cores busy is slowed down by each tick."""

HEARTBEAT = 0.5
"""Seconds from one turn to the next while the host rests. Other threads cannot wake Blender's main loop, and may be
started at any time: the first event of a new thread may wait this long. Such a turn costs 1 µs, and up to 40 µs on
two busy cores with cold caches: less than 0.01 % of a core."""

MAIN_LOOP_SLEEP = 0.005
"""Seconds that Blender's main loop sleeps in a turn in which its window got no event: `wm_window_events_process` in
source/blender/windowmanager/intern/wm_window.cc."""


class Pace:
    """The time of the next turn, decided after each turn; see the states of `BlenderHost`.

    Attributes:
        is_resting: whether nothing is pending, so that the timer is only a heartbeat.
        is_lent: whether somebody has the loop for other threads. A thread that C has started, such as the render thread
            on which Blender calls render handlers, is listed nowhere. So the host never rests any more.
        may_receive: whether other threads may hand something over.
        render_end_expected: when the render may end, as `perf_counter` says. From then on no turn is left out.
    """

    def __init__(self) -> None:
        self.is_resting = False
        self.is_lent = False
        self.may_receive = False
        self.render_end_expected = inf
        self._was_needed = True
        self._turn_ended = 0.0
        self._next_timer = inf

    def resume(self) -> None:
        """Rest no more: the loop has work."""
        self.is_resting = False
        self._was_needed = True

    def patience(self, is_rendering: bool) -> float:
        """Return for how many seconds the tick may wait for others.

        The tick waits only if other threads may hand something over, or the loop's next timer is close. Blender's main
        loop must just have slept, too: its window has nothing to do then. During a render the tick does not wait: each
        main-loop turn would be a fifth longer.
        """
        if is_rendering:
            return NEVER
        now = perf_counter()
        has_slept = now - self._turn_ended >= MAIN_LOOP_SLEEP
        is_timer_close = now < self._next_timer <= now + PATIENCE
        return PATIENCE if has_slept and (self.may_receive or is_timer_close) else 0.0

    def end_turn(self, delay: float | None, is_rendering: bool, is_quiet: bool) -> float:
        """Return the seconds after which Blender has to call the next turn.

        Args:
            delay: seconds until the loop has something to do; None: nothing is pending.
            is_rendering: whether Blender renders for a task.
            is_quiet: whether the tick found nothing to do.
        """
        is_needed = delay is not None or self.may_receive
        # The host takes a turn too many: after the tick a thread may have handed something over, and have ended.
        self.is_resting = not (is_needed or self._was_needed)
        self._was_needed = is_needed
        self._turn_ended = perf_counter()
        self._next_timer = inf if delay is None else self._turn_ended + delay
        if self.is_resting:
            return HEARTBEAT
        if is_rendering and is_quiet and delay is not None and self._turn_ended < self.render_end_expected:
            return min(delay, REST)
        return 0.0
