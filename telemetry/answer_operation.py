"""The operation `answer`: hands a kiosk what a host said by a link on the hub's page. Only the kiosk knows the link.

answer {"id": "3QzX...", "answer": "coming"}    or "five"; the result is the same for links that are no more
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from common.errors import MyDeskError
from telemetry.app_client import AppClient
from telemetry.commands import Arguments, Operation

ANSWER_TIMEOUT_S = 10.0


class AnswerError(MyDeskError):
    """Error raised when the args of `answer` are none; the id is not in the text, because whoever has it may answer."""


class _AnswerArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}\Z")]
    answer: Literal["coming", "five"]


def answer_operation(app: AppClient) -> Operation:
    """The operation of a kiosk. Its result is empty."""

    async def run(args: Arguments) -> dict[str, Any]:
        try:
            found = msgspec.convert(dict(args), _AnswerArgs)
        except msgspec.ValidationError:
            hint = 'Send {"id": ..., "answer": "coming"}, or "five".'
            raise AnswerError("the args of answer are no answer.", hint=hint) from None
        await app.ask("answer", ANSWER_TIMEOUT_S, id=found.id, answer=found.answer)
        return {}

    return Operation("answer", run, ANSWER_TIMEOUT_S + 5)
