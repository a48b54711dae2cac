"""A host's answer from the hub to the kiosk's socket: nothing of it in an error, and no difference by what it was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from common.control import ControlServer, Request
from telemetry.answer_operation import AnswerError, answer_operation
from telemetry.app_client import AppClient

ID = "3QzXabcDEF_-123456789w"


async def ask(folder: Path, args: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []

    async def answer(request: Request) -> dict[str, Any]:
        asked.append(dict(request.args))
        return {"more": "than the hub needs"}

    async with ControlServer(folder / "kiosk.sock", {"answer": answer}):
        app = AppClient(folder / "kiosk.sock", ManualClock(datetime(2026, 11, 23, tzinfo=UTC)))
        return await answer_operation(app).run(args), asked


@pytest.mark.parametrize("word", ["coming", "five"])
def test_it_goes_to_the_kiosk(tmp_path: Path, word: str) -> None:
    args = {"id": ID, "answer": word}
    assert asyncio.run(ask(tmp_path, args)) == ({}, [args])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"id": ID},
        {"id": ID, "answer": "never"},
        {"id": ID + "\n", "answer": "coming"},
        {"id": "short", "answer": "coming"},
        {"id": "a" * 65, "answer": "coming"},
        {"id": 7, "answer": "coming"},
        {"id": ID, "answer": "coming", "guest": "Ida"},
    ],
)
def test_what_is_no_answer_is_refused_without_repeating_it(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(AnswerError) as caught:
        asyncio.run(ask(tmp_path, wrong))
    assert ID not in str(caught.value) + caught.value.hint
