"""The tables of the hub, the same on SQLite and PostgreSQL. Times are ms since 1970, UTC.

What can point to a person stands in docs/privacy.md with how long it is kept; a test compares.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()
_ID = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts by itself there
_UNIT = String(32)

META = Table("meta", METADATA, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))

UNITS = Table(
    "units",
    METADATA,
    Column("unit", _UNIT, primary_key=True),
    Column("role", String(10), nullable=False, default=""),
    Column("name", String(60), nullable=False, default=""),
    Column("site", String(60), nullable=False, default=""),
    Column("floor", String(30), nullable=False, default=""),
    Column("enrolled_ms", BigInteger),
    Column("cert_serial", String(64)),
    Column("cert_expires_ms", BigInteger),
    Column("revoked_ms", BigInteger),
    Column("last_seen_ms", BigInteger),
)
"""Units that were enrolled, or have told something. Site, floor and name come from enrolment, else from twin/hw."""

ROWS = Table(
    "rows",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("unit", _UNIT, nullable=False),
    Column("epoch", String(16), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("prev", BigInteger, nullable=False),
    Column("topic", String(80), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("ts_ms", BigInteger, nullable=False),
    Column("mono_ms", BigInteger, nullable=False),
    Column("boot", String(40), nullable=False),
    Column("synced", Boolean, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("unit", "epoch", "seq", name="rows_once"),
    Index("rows_unit_topic_at", "unit", "topic", "at_ms"),
    Index("rows_topic_at", "topic", "at_ms"),
)
"""History: events (`e/...`) and samples (`m/...`). `at_ms` is `ts_ms`, or mended where the unit's clock was not set."""

WATERMARKS = Table(
    "watermarks",
    METADATA,
    Column("unit", _UNIT, primary_key=True),
    Column("epoch", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

LATEST = Table(
    "latest",
    METADATA,
    Column("unit", _UNIT, primary_key=True),
    Column("topic", String(80), primary_key=True),
    Column("received_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
"""The last message of `status`, `twin/...`, `now/...` and `reported/...`, as it came."""

ALARMS = Table(
    "alarms",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("unit", _UNIT, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("cleared_ms", BigInteger),
    Column("text", Text, nullable=False),
    Column("do", Text, nullable=False),
    Column("notified_ms", BigInteger),
    Index("alarms_open", "unit", "kind", "cleared_ms"),
    Index("alarms_cleared", "cleared_ms"),
)

SILENCES = Table(
    "silences",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("unit", _UNIT, nullable=False, default=""),
    Column("until_ms", BigInteger, nullable=False),
    Column("by", String(100), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
)
"""Maintenance: no notification for `unit` (empty: for all) until then."""

NOTICES = Table(
    "notices",
    METADATA,
    Column("alarm", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(24), primary_key=True),
    Column("told_ms", BigInteger),
    Column("ended", Boolean, nullable=False, default=False),
    Column("message", String(32), nullable=False, default=""),
    Column("saying", String(10), nullable=False, default=""),
    Index("notices_open", "channel", "ended"),
)
"""Alarms to be told on a channel (`mail`, `webhook-...`). `told_ms`: when it last was; `ended`: and so was its end.
`message` is the one it is being told with, `saying` what that says of it; empty while none is under way."""

COMMANDS = Table(
    "commands",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("unit", _UNIT, nullable=False),
    Column("operation", String(40), nullable=False),
    Column("args", Text, nullable=False),
    Column("by", String(100), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("result", LargeBinary),
    Column("updated_ms", BigInteger, nullable=False),
    Index("commands_unit", "unit", "created_ms"),
)
"""`state`: sent, executing, successful, failed, expired. `result` is the JSON of CommandState.result."""

SETTINGS = Table(
    "settings",
    METADATA,
    Column("unit", _UNIT, primary_key=True),
    Column("rev", Integer, primary_key=True),
    Column("values", Text, nullable=False),
    Column("by", String(100), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, default="sent"),
    Column("reason", Text, nullable=False, default=""),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("subject", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("roles", String(300), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
)

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("roles", String(300), nullable=False),
    Column("by", String(100), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
"""Bearer tokens of programs (`/api/1/`, `/metrics`): their hash and what they may."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", String(100), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", String(100), nullable=False, default=""),
    Column("detail", String(300), nullable=False, default=""),
    Index("audit_at", "at_ms"),
)
"""Who did what here: staff, never guests."""
