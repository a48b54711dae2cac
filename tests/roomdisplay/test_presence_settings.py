"""Settings of sensing and dimming that contradict one another are named."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.auto_dim import AutoDimConfig
from roomdisplay.presence_settings import PresenceSection, ReleaseSection

CONTRADICTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"dark_below": 150.0}, ["bright_above"]),
    ({"floor_percent": 80, "bright_percent": 70}, ["floor_percent"]),
    ({"dark_below": 20.0, "bright_above": 20.0, "floor_percent": 100, "bright_percent": 99},
     ["bright_above", "floor_percent"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "keys"), CONTRADICTIONS)
def test_auto_dim_contradictions(changes: dict[str, Any], keys: list[str]) -> None:
    assert [key for key, _ in AutoDimConfig(**changes).problems()] == keys


def test_nothing_is_done_to_anybody_s_meeting_unless_it_is_asked_for() -> None:
    presence, release = PresenceSection(), ReleaseSection()
    assert (presence.auto_book, presence.auto_extend, presence.end_when_empty) == (False, False, False)
    assert not release.enabled
    assert not release.without_sensors
    assert release.exchange_auto_release == "unknown"
