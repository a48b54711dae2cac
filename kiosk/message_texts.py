"""What hosts, delegates and reception read, in their own language. Plain text; a guest's name is one line of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from common.i18n import N_
from kiosk.answer_links import Links
from kiosk.message_table import Rung
from kiosk.model import Visit, VisitState
from ui.translations import Translations

MAX_NAME = 80
LANGUAGES = ("da", "en", "es")

HERE = N_("Your guest {guest} has arrived and is waiting in the lobby ({site}, {time}).")
REPLY = N_("Reply “coming” or “5 minutes” here in the chat, and your guest will see it.")
LEFT = N_("Your guest {guest} arrived at {time} ({site}) and has left again. This message could not be sent earlier.")
FOR_HOST = N_("{host} has not answered: the guest {guest} has been waiting in the lobby since {time} ({site}).")
CAN_YOU = N_("Can you meet the guest?")
PLEASE_HELP = N_("Please take care of the guest.")
STILL_IN = N_("Your guest {guest} has not signed out yet; the visit was planned to end at {time} ({site}).")
DELIVERY = N_("A delivery for you is waiting in the lobby ({site}, {time}).")
DELIVERY_AT_DESK = N_("A delivery is waiting in the lobby ({site}, {time}).")
HELP = N_("Somebody at the kiosk asks for help ({site}, {time}).")
REPEATED = N_("(repeated)")
BY_LINK = N_("Or answer with a link, in the office network:")
BY_LINK_ONLY = N_("Answer with a link, in the office network, and your guest will see it:")
COMING = N_("I am coming")
FIVE = N_("In 5 minutes")
SUBJECT_HERE = N_("Your guest has arrived: {guest}")
SUBJECT_FOR_HOST = N_("A guest is waiting for {host}")
SUBJECT_STILL_IN = N_("Your guest has not signed out")
SUBJECT_LOBBY = N_("The lobby: {site}")


@dataclass(frozen=True, slots=True)
class Text:
    """One message."""

    subject: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a message is about. `others` came with this guest for the same host; `answers` are read in the chat.

    With `links` it can be answered by those, too.
    """

    visit: Visit
    rung: Rung
    host_name: str = field(repr=False)
    arrived_at: datetime
    others: int = 0
    repeat: bool = False
    answers: bool = False
    links: Links | None = None


class MessageTexts:
    """The texts of one site."""

    def __init__(self, site: str, zone: ZoneInfo) -> None:
        self._site = site
        self._zone = zone

    def load(self) -> None:
        """Read the catalogues: call it from a worker thread, it takes a moment."""
        for language in LANGUAGES:
            _words(language)

    def of(self, occasion: Occasion, language: str) -> Text:
        """The message of a rung, in the reader's language."""
        words = _words(language)
        values = {
            "guest": one_line(occasion.visit.guest.name),
            "host": one_line(occasion.host_name),
            "site": self._site,
            "time": words.time(occasion.arrived_at, self._zone),
        }
        subject, sentences = _parts(occasion, words)
        body = " ".join(sentence.format(**values) if "{" in sentence else sentence for sentence in sentences)
        text = self._marked(Text(subject.format(**values), body), words, repeat=occasion.repeat)
        return Text(text.subject, "\n\n".join((text.body, *_by_link(occasion, words.t))))

    def notice(self, text: str, language: str, now: datetime) -> Text:
        """DELIVERY, DELIVERY_AT_DESK or HELP, which concern no visit."""
        words = _words(language)
        time = words.time(now, self._zone)
        return Text(words.t(SUBJECT_LOBBY, site=self._site), words.t(text, site=self._site, time=time))

    @staticmethod
    def _marked(text: Text, words: Translations, *, repeat: bool) -> Text:
        if not repeat:
            return text
        mark = words.t(REPEATED)
        return Text(f"{text.subject} {mark}", f"{text.body} {mark}")


def one_line(text: str) -> str:
    """What a guest typed, without line ends and control characters, and not longer than a name."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:MAX_NAME]


def _parts(occasion: Occasion, words: Translations) -> tuple[str, list[str]]:
    """Subject and sentences, translated, their values still to be filled in."""
    t = words.t
    if occasion.rung is Rung.REMINDER:
        return t(SUBJECT_STILL_IN), [t(STILL_IN)]
    count = occasion.others
    more = [words.n("{count} more guest came along.", "{count} more guests came along.", count)] if count else []
    if occasion.rung in (Rung.DELEGATE, Rung.RECEPTION):
        asks = CAN_YOU if occasion.rung is Rung.DELEGATE else PLEASE_HELP
        return t(SUBJECT_FOR_HOST), [t(FOR_HOST), *more, t(asks), *_reply(occasion, t)]
    if occasion.visit.state is not VisitState.ON_SITE:
        return t(SUBJECT_HERE), [t(LEFT)]
    return t(SUBJECT_HERE), [t(HERE), *more, *_reply(occasion, t)]


def _reply(occasion: Occasion, t: Callable[[str], str]) -> list[str]:
    return [t(REPLY)] if occasion.answers else []


def _by_link(occasion: Occasion, t: Callable[[str], str]) -> list[str]:
    """Last, and each on a line of its own: programs make links of them, and nothing may follow."""
    links = occasion.links
    if links is None:
        return []
    return [
        t(BY_LINK if occasion.answers else BY_LINK_ONLY),
        f"{t(COMING)}: {links.coming}",
        f"{t(FIVE)}: {links.five}",
    ]


@cache
def _words(language: str) -> Translations:
    return Translations(language)
