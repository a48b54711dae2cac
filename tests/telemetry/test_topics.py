"""The topics of one unit, as DESIGN.md 8 has them."""

from __future__ import annotations

import pytest

from telemetry.topics import Topics

ADA = Topics("room-ada")


def test_each_topic_is_below_its_unit() -> None:
    root = "mydesk/1/room-ada"
    assert (ADA.root, ADA.status, ADA.ack) == (root, f"{root}/status", f"{root}/ack")
    assert (ADA.twin("os"), ADA.now("room")) == (f"{root}/twin/os", f"{root}/now/room")
    assert (ADA.alarm("hot"), ADA.desired("settings")) == (f"{root}/a/hot", f"{root}/desired/settings")
    assert ADA.reported("settings") == f"{root}/reported/settings"
    assert ADA.command("reboot", "7") == f"{root}/cmd/reboot/7"
    assert ADA.command_state("reboot", "7") == f"{root}/cmd/reboot/7/st"
    assert ADA.history("e/room") == f"{root}/e/room"
    assert ADA.discovery == "homeassistant/device/room-ada/config"
    assert set(ADA.subscriptions) == {f"{root}/ack", f"{root}/desired/+", f"{root}/cmd/+/+", "homeassistant/status"}


@pytest.mark.parametrize("unit", ["", "+", "#", "a/b", "Ada", "å", "a" * 33, "a b", "a\n"])
def test_what_is_no_unit_has_no_topics(unit: str) -> None:
    with pytest.raises(ValueError, match="is no unit id"):
        Topics(unit)
