"""`mydesk-hub notify`: the channels of [notify], what waits for each, and a test of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from common.clock import Clock
from hub.notices import Notices
from hub.notify import channels
from hub.notify_channel import Channel, NotifyError
from hub.settings import HubConfig
from hub.store import Store


def report(config: HubConfig, store: Store, clock: Clock, *, test: bool) -> list[dict[str, Any]]:
    """For each channel: name, label, alarms that wait, when one was last told, and what is wrong ("": nothing known).

    With `test` each gets a message, whatever else fails. Raises HubStoreError.
    """
    notices = Notices(store, config, clock)
    found = []
    for channel in channels(config):
        standing = notices.standing(channel.name)
        found.append(
            {
                "name": channel.name,
                "label": channel.label,
                "waiting": standing.waiting,
                "last_told": _iso(standing.last_told_ms),
                "problem": _tested(channel, notices) if test else "",
                "tested": test,
            }
        )
    return found


def lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The same for people."""
    if not found:
        yield "Nobody hears of alarms: set mail_host and mail_to, or webhooks, in [notify]."
    for channel in found:
        yield f"{channel['label']} ({channel['name']})"
        yield f"  {channel['waiting']} alarms wait; last told {channel['last_told'] or 'never'}"
        if channel["tested"]:
            yield f"  test: {channel['problem'] or 'taken'}"


def _tested(channel: Channel, notices: Notices) -> str:
    try:
        channel.send(notices.test_message())
    except NotifyError as error:
        return str(error)
    return ""


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
