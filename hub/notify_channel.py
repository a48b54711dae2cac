"""What a channel is, and how it fails."""

from __future__ import annotations

from typing import Protocol

from common.errors import MyDeskError
from hub.notice_text import Message


class NotifyError(MyDeskError):
    """Error raised when a message was not delivered, or nobody knows: `unsure` means that it may have been."""

    def __init__(self, message: str, *, hint: str = "", unsure: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.unsure = unsure


class Channel(Protocol):
    """A way to tell people. `name` is `mail` or `webhook-<8 hex digits>`, `label` what people know it by, no secret."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    def send(self, message: Message) -> None:
        """Deliver `message`. Blocking, bounded. Raises NotifyError."""
        ...
