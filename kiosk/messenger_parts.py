"""What the messenger is given: the register's outbox, two lines to Microsoft 365, and whom the site tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from graph.chats import ChatMessage
from kiosk.host_search import Hosts
from kiosk.ladder import Party
from kiosk.message_table import Message, Rung
from kiosk.model import Answer, Channel, Host, Visit
from kiosk.settings import NotifySection, ReceptionSection


class Outbox(Protocol):
    """What is needed of kiosk.register.Register."""

    def open_visits(self) -> tuple[Visit, ...]: ...

    async def by_id(self, visit_id: str) -> Visit | None: ...

    async def messages_due(self, most: int = 20) -> tuple[Message, ...]: ...

    async def messages_of(self, visit_id: str) -> tuple[Message, ...]: ...

    async def add_message(
        self, visit_id: str, rung: Rung, channel: Channel, due_at: datetime | None = None
    ) -> None: ...

    async def message_sending(self, message_id: int) -> bool: ...

    async def message_sent(self, message_id: int) -> bool: ...

    async def message_failed(self, message_id: int, retry_at: datetime | None, *, may_have_arrived: bool) -> bool: ...

    async def message_answered(self, message_id: int, answer: Answer) -> bool: ...


class ChatLine(Protocol):
    """graph.chats.Chats."""

    async def open(self, person: str, *, user: bool = False) -> str: ...

    async def post(self, chat_id: str, text: str, *, user: bool = False) -> None: ...

    async def since(self, chat_id: str, after: datetime, *, user: bool = False) -> tuple[ChatMessage, ...]: ...


class MailLine(Protocol):
    """graph.mail.Mail: nothing is kept in Sent Items."""

    async def send(self, to: str, subject: str, text: str, *, user: bool = False) -> None: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom the site tells. `hosts` gives the index as it is just now; `language` is reception's."""

    rules: NotifySection
    desk: ReceptionSection
    language: str
    hosts: Callable[[], Hosts] = field(repr=False)

    @property
    def reception(self) -> Host:
        """Reception, as somebody to write to."""
        return Host("", self.desk.name, self.desk.address, language=self.language, phone=self.desk.phone)

    @property
    def watched_for(self) -> timedelta:
        """How long after a sign-in a ladder may still have something to do."""
        rules = self.rules
        return timedelta(seconds=rules.reception_after_s, minutes=rules.read_answers_min + 60)

    def party(self, visit: Visit) -> Party:
        """The host of a visit, and who stands in."""
        wanted = visit.host.address.casefold()
        named = next((to for of, to in self.rules.delegates.items() if wanted and of.casefold() == wanted), "")
        if not named:
            return Party(visit.host)
        known = self.hosts().by_address(named)
        return Party(visit.host, known or Host("", "", named, language=self.language))
