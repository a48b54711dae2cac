"""Links in the message by which a host answers "coming" or "5 minutes": `<answer_url>/a/<unit>/<id>/coming`.

Whoever has the link may answer, so the id cannot be guessed: 128 bits drawn by chance for this message. It is known to
this process only, for half an hour after the message went out. The hub passes it on and knows nothing of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from common.clock import Clock
from kiosk.message_table import Message
from kiosk.model import Answer

LIFE_S = 1800.0
MOST = 500
"""Messages of half an hour; of more the oldest cannot be answered by link any longer."""
ID_BYTES = 16
WORDS = {"coming": Answer.COMING, "five": Answer.FIVE_MINUTES}


@dataclass(frozen=True, slots=True)
class Links:
    """The two addresses of one message."""

    coming: str
    five: str

    def __repr__(self) -> str:
        return "Links(...)"


@dataclass(frozen=True, slots=True)
class Meant:
    """The message that a link stands in."""

    message_id: int
    visit_id: str


@dataclass(frozen=True, slots=True)
class _Known:
    meant: Meant
    until_s: float


class AnswerLinks:
    """The links of one kiosk; `base_url` is `[notify] answer_url`.

    >>> links = AnswerLinks("https://hub.nordhavn.example:8443", "lobby", clock)   # doctest: +SKIP
    >>> links.of(message, "da").coming                                             # doctest: +SKIP
    'https://hub.nordhavn.example:8443/a/lobby/3QzX.../coming?lang=da'
    """

    def __init__(
        self, base_url: str, unit: str, clock: Clock, *, new_id: Callable[[int], str] = secrets.token_urlsafe
    ) -> None:
        self._base = f"{base_url.rstrip('/')}/a/{quote(unit, safe='')}"
        self._clock = clock
        self._new_id = new_id
        self._known: dict[str, _Known] = {}

    def of(self, message: Message, language: str) -> Links:
        """The links of a message that is about to go out; a further try of it has the same ones, and new time."""
        meant = Meant(message.id, message.visit_id)
        link_id = next((one for one, known in self._known.items() if known.meant == meant), None)
        link_id = link_id or self._new_id(ID_BYTES)
        self._known.pop(link_id, None)
        self._known[link_id] = _Known(meant, self._clock.monotonic_s() + LIFE_S)
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        coming, five = (f"{self._base}/{link_id}/{word}?lang={language}" for word in WORDS)
        return Links(coming, five)

    def meant_by(self, link_id: str) -> Meant | None:
        """The message of a link; None for an id that was never given out, or not in the last half hour."""
        now_s = self._clock.monotonic_s()
        for over in [one for one, known in self._known.items() if known.until_s <= now_s]:
            del self._known[over]
        known = self._known.get(link_id)
        return known.meant if known else None
