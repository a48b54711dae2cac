"""Text under a guest's fingers: which views only echo it, and which take it away. Pure."""

from __future__ import annotations

from collections import deque

MAX_PENDING = 100


class Echoes:
    """Views lag behind fast fingers: a text that was typed a moment ago and comes back is not taken over.

    An empty text always is: when in doubt, what a guest typed goes.

    echoes.sent("Jes"); echoes.takes("Je", "Jes")    # False: an echo
    """

    def __init__(self) -> None:
        self._pending: deque[str] = deque(maxlen=MAX_PENDING)

    def sent(self, text: str) -> None:
        """`text` was typed and sent."""
        self._pending.append(text)

    def takes(self, text: str, shown: str) -> bool:
        """Whether the field, which shows `shown`, is to take over `text` from a view."""
        if text == shown:
            self._pending.clear()
            return False
        if text and text in self._pending:
            while self._pending.popleft() != text:
                pass
            return False
        self._pending.clear()
        return True

    def forget(self) -> None:
        """Nothing typed stays here."""
        self._pending.clear()
