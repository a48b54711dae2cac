"""Between a finger and the panel: an action goes out once a view, however often the glass is tapped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kivy.clock import Clock

HELD_S = 1.0
"""How long a touched button stays down when no new view answers."""


class Sender:
    """Carries actions to `on_action`, and keeps what was touched pressed until the next view or for a second.

    sender = Sender(panel.touch)
    sender.send(Action(Verb.RETRY), button)    # True: sent; the same again before the next view: False
    """

    def __init__(self, on_action: Callable[[Any], None], *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._on_action = on_action
        self._now_s = now_s
        self._held: Any = None
        self._held_until_s = 0.0
        self._let_go = Clock.create_trigger(self.new_view, HELD_S)
        self.sent = 0
        """How many actions have gone out: whether a touch led to one."""

    def send(self, action: object, widget: Any = None) -> bool:
        """Send `action` for what was touched; False when an action of this view is still being answered."""
        if self._now_s() < self._held_until_s:
            return False
        self._held_until_s = self._now_s() + HELD_S
        self._held = widget
        if widget is not None:
            widget.pressed = True
            self._let_go()
        self.sent += 1
        self._on_action(action)
        return True

    def type(self, action: object) -> None:
        """Send what was typed: keys follow one another faster than views."""
        self.sent += 1
        self._on_action(action)

    def new_view(self, *_: Any) -> None:
        """The panel has answered: let go."""
        self._let_go.cancel()
        self._held_until_s = 0.0
        held, self._held = self._held, None
        if held is not None:
            held.pressed = False
