"""What the admin pages show; collected by the app when a page opens and on each tick while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AdminFacts:
    """State of the kiosk in words and numbers; nothing about guests."""

    unit: str = ""
    version: str = ""
    account: str = ""
    signed_in: bool = False
    addresses: tuple[str, ...] = ()
    hosts_read_at: datetime | None = None
    hosts: int = 0
    labels_left: int | None = None
    waiting_messages: int = 0
    on_site: int = 0
    last_error: str = ""
    log: tuple[str, ...] = ()
