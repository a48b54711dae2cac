from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from babel.core import get_global

from graph.windows_zones import WINDOWS_ZONES, zone_of


def test_every_name_of_cldr_is_there_and_leads_to_the_same_zone() -> None:
    cldr = dict(get_global("windows_zone_mapping"))
    assert len(cldr) > 130
    assert {name: WINDOWS_ZONES.get(name) for name in cldr} == cldr


def test_every_zone_exists() -> None:
    assert all(zone_of(name) == ZoneInfo(iana) for name, iana in WINDOWS_ZONES.items() if name != "UTC")


@pytest.mark.parametrize(
    "name", ["", "Customized Time Zone", "tzone://Microsoft/Custom", "../UTC", "Europe", "a" * 999]
)
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(KeyError):
        zone_of(name)
