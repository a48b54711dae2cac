"""Until when a command may be begun. Pure."""

from __future__ import annotations

MOST_LIFE_MS = 24 * 3600 * 1000
"""Nobody means a reboot for tomorrow; what claims so has a wrong clock."""

EARLIEST_MS = 1_767_225_600_000
"""2026-01-01: before it there was no such unit."""

LATEST_MS = 4_102_444_800_000
"""2100-01-01."""


def refusal(expires_ms: int, now_ms: int, *, synced: bool) -> str:
    """Why a command that expires then is not done now, or "".

    Without a synchronised clock only the broker can tell (it drops what expired, by MQTT's Message Expiry): a unit
    that came up without NTP must still take a reload.

    >>> refusal(1_800_000_000_000, 1_800_000_060_000, synced=True)
    'expired 60 s before it arrived'
    """
    if not EARLIEST_MS <= expires_ms <= LATEST_MS:
        return "its expires_ms is no time that can be meant (milliseconds since 1970, UTC)"
    if not synced:
        return ""
    if expires_ms < now_ms:
        return f"expired {(now_ms - expires_ms) / 1000:.0f} s before it arrived"
    if expires_ms - now_ms > MOST_LIFE_MS:
        return "it expires more than a day from now; the sender's clock is wrong, or this unit's"
    return ""
