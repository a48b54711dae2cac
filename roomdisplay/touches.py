"""What fingers do to a panel: a first touch wakes it or keeps the room, each asks for a fresh calendar, quiet ends it.

The three functions that the glass calls are `touched`, `act` and `released`, in this order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomdisplay import dialog
from roomdisplay.freshness import RECHECK_AGE_S
from roomdisplay.state import Kind
from roomdisplay.view import Action

if TYPE_CHECKING:
    from roomdisplay.panel import Panel

READ_ON_TOUCH_AGE_S = 20.0
"""A touch starts a read at once when the last one is older than this, so that the finger seldom waits for it."""


class Touches:
    """The touches of one panel, and for how long they count."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._touched_s = panel.clock.monotonic_s()
        self._awake_until_s = 0.0
        self._recheck_since_s: float | None = None

    # --- from the glass ---

    def touched(self) -> bool:
        """A finger came down anywhere. Returns False when this touch only wakes the panel, or only keeps the room."""
        panel = self._panel
        if panel.people.kept_by_touch():
            self._touched_s = panel.clock.monotonic_s()
            return False
        asleep = panel.state.kind is Kind.ASLEEP
        self._touched_s = panel.clock.monotonic_s()
        self._awake_until_s = self._touched_s + panel.config.sleep.awake_after_touch_s
        age_s = panel.reader.age_s()
        if age_s is None or age_s > READ_ON_TOUCH_AGE_S:
            panel.reader.soon()
        if asleep:
            self.released()
        return not asleep

    def act(self, action: Action) -> None:
        """Something that carries `action` was touched."""
        panel = self._panel
        self._touched_s = panel.clock.monotonic_s()
        panel.page, effects = dialog.step(panel.page, action, panel.situation())
        for effect in effects:
            panel.effects.put(effect)
        panel.refresh()

    def released(self) -> None:
        """The finger went up on nothing, or the panel woke: green has to be earned by a read younger than 60 s."""
        self._recheck_since_s = self._panel.clock.monotonic_s()
        self._panel.refresh()

    # --- what follows ---

    @property
    def quiet(self) -> bool:
        """Whoever stood at the panel is taken to have left."""
        return self._panel.clock.monotonic_s() - self._touched_s > self._panel.config.screen.home_after_s

    @property
    def awake(self) -> bool:
        """A touch keeps the screen on."""
        return self._panel.clock.monotonic_s() < self._awake_until_s

    @property
    def rechecking(self) -> bool:
        """A touch or a wake asked, and no read younger than 60 s has answered yet."""
        age_s = self._panel.reader.age_s()
        return self._recheck_since_s is not None and (age_s is None or age_s > RECHECK_AGE_S)

    def forget_what_was_answered(self) -> None:
        """A read that came since is the answer: what grows old after it needs a new touch to be asked for again."""
        if not self.rechecking:
            self._recheck_since_s = None
