"""The tables of shared visits. Nothing in them names a guest or a host but `sealed`, whose key dies with its day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, true

from hub.tables import METADATA

_UNIT, _VISIT, _DAY = String(32), String(32), String(10)

VISITS = Table(
    "visits",
    METADATA,
    Column("id", _VISIT, primary_key=True),
    Column("day", _DAY, nullable=False),
    Column("delete_on", _DAY, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("by", _UNIT, nullable=False),
    Column("site", String(60), nullable=False),
    Column("state", String(12), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
    Index("visits_site_state", "site", "state"),
    Index("visits_delete_on", "delete_on"),
    Index("visits_key", "key_id"),
)
"""The newest version of each visit. `state` is that version's, or `erased`; `day` and `delete_on` are ISO dates."""

DELIVERIES = Table(
    "visit_deliveries",
    METADATA,
    Column("unit", _UNIT, primary_key=True),
    Column("visit", _VISIT, primary_key=True),
    Column("what", String(10), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("by", _UNIT, nullable=False),
    Column("command", String(64), nullable=False, default=""),
    Column("state", String(4), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_ms", BigInteger, nullable=False, default=0),
    Index("visit_deliveries_state", "state"),
)
"""What each kiosk knows. `what` is visit, invitation or revoked; `state` is due, sent (with `command`) or done."""

INVITATIONS = Table(
    "invitations",
    METADATA,
    Column("visit", _VISIT, primary_key=True),
    Column("site", String(60), nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    Column("code_hash", String(32), nullable=False),
    Column("invited_by", String(100), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)
"""Invitations that were signed here; the guest stands in the visit of the same id. `invited_by` is staff."""

COUNTS = Table(
    "visit_counts",
    METADATA,
    Column("site", String(60), primary_key=True),
    Column("day", _DAY, primary_key=True),
    Column("came", Integer, nullable=False),
    Column("no_show", Integer, nullable=False),
)
"""How many visits a day had, counted when they were forgotten."""

EVACUATIONS = Table(
    "evacuations",
    METADATA,
    Column("site", String(60), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
    Column("by", String(100), nullable=False),
    Column("unit", _UNIT, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("ordered_ms", BigInteger, nullable=False, server_default="0"),
)
"""The last evacuation of each site: on or over since then. `by` is staff, or `kiosk ...` where it is of `unit`; what
kiosks were told before `ordered_ms` was not about it."""

TICKS = Table(
    "evacuation_ticks",
    METADATA,
    Column("visit", _VISIT, primary_key=True),
    Column("site", String(60), nullable=False),
    Column("by", String(100), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("evacuation_ticks_site", "site"),
)
"""Who was found at the assembly point: the visit, and which member of staff said so."""

TELLINGS = Table(
    "host_tellings",
    METADATA,
    Column("visit", _VISIT, primary_key=True),
    Column("unit", _UNIT, nullable=False),
    Column("named_ms", BigInteger, nullable=False),
    Column("came_ms", BigInteger, nullable=False),
    Column("step", String(10), nullable=False, default=""),
    Column("rung", String(10), nullable=False, default=""),
    Column("channel", String(10), nullable=False, default=""),
    Column("answer", String(12), nullable=False, default=""),
    Column("at_ms", BigInteger, nullable=False, default=0),
    Column("epoch", String(16), nullable=False, default=""),
    Column("seq", BigInteger, nullable=False, default=0),
    Index("host_tellings_step", "step", "came_ms"),
)
"""Which kiosk (`unit`, "" for none) tells the host of a visit since `named_ms`, and the last that it said of it."""

TABLES = (VISITS, DELIVERIES, INVITATIONS, COUNTS, EVACUATIONS, TICKS, TELLINGS)
