"""What a client last saw of Microsoft 365: kept by graph.client with every request, for whoever tells people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.errors import GraphError, SignInNeeded, Unreachable


class Contact(StrEnum):
    """What the last request met."""

    NONE = "none"
    """nothing was asked yet"""
    ANSWERED = "answered"
    """Graph answered, be it with a no"""
    LOST = "lost"
    """no answer that came from Graph"""
    SIGNED_OUT = "signed-out"
    """nobody is signed in, so nothing was asked"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The contact, and when (monotonic seconds)."""

    contact: Contact
    at_s: float

    @property
    def reachable(self) -> bool:
        """Nothing says that Microsoft 365 cannot be used."""
        return self.contact in (Contact.NONE, Contact.ANSWERED)


def contact_of(error: GraphError) -> Contact | None:
    """What an error tells of the network; None: nothing, as a request that was held back by its Retry-After."""
    if isinstance(error, SignInNeeded):
        return Contact.SIGNED_OUT
    if isinstance(error, Unreachable):
        return Contact.LOST
    return Contact.ANSWERED if error.request_id else None
