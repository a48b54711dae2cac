"""Names of time zones: Exchange speaks of "Romance Standard Time" where the rest of the world says Europe/Copenhagen.

The table is CLDR's windowsZones, as Babel carries it.
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

_TO_IANA: dict[str, str] = dict(get_global("windows_zone_mapping"))
_TO_WINDOWS: dict[str, str] = {iana: windows for windows, iana in _TO_IANA.items()}

# CLDR maps each Windows zone to one city; these capitals share the zone of another one.
_TO_WINDOWS |= {
    "Europe/Copenhagen": "Romance Standard Time",
    "Europe/Madrid": "Romance Standard Time",
    "Europe/Brussels": "Romance Standard Time",
    "Europe/Oslo": "W. Europe Standard Time",
    "Europe/Stockholm": "W. Europe Standard Time",
    "Europe/Amsterdam": "W. Europe Standard Time",
    "Europe/Rome": "W. Europe Standard Time",
    "Europe/Helsinki": "FLE Standard Time",
    "Europe/Lisbon": "GMT Standard Time",
    "UTC": "UTC",
}


@lru_cache(maxsize=256)
def named(name: str) -> ZoneInfo:
    """The zone that Graph's `timeZone` or Prefer header means, in Windows' or IANA's words.

    Raises:
        ValueError: neither knows that name.
    """
    if name in {"UTC", "Etc/UTC", "tzone://Microsoft/Utc"}:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(_TO_IANA.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone") from None


def windows_name(iana: str) -> str:
    """What Exchange calls that zone; names it does not know stay as they are."""
    return _TO_WINDOWS.get(iana, iana)
