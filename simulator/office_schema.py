"""Which keys an office file has and what each may hold; one table per TOML table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.office import CHECK_INS, ROLES

REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its type, its default (REQUIRED for none), and its bounds or choices."""

    kind: Any
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def allowed(self) -> str:
        """What may stand here, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        name = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}.get(self.kind)
        if self.kind in (int, float) and self.high is not None:
            return f"{name} from {self.low:g} to {self.high:g}"
        return name or {tuple: "a list of texts", dict: "a table"}[self.kind]

    def problem(self, value: Any) -> bool:
        """Whether `value` may not stand here."""
        if self.kind is tuple:
            return not isinstance(value, list) or not all(isinstance(part, str) for part in value)
        if self.kind is float and type(value) is int:
            value = float(value)
        if type(value) is not self.kind:
            return True
        if self.choices:
            return value not in self.choices
        return self.high is not None and not (self.low or 0) <= float(value) <= self.high


Keys = dict[str, Key]

OFFICE: Keys = {
    "name": Key(str),
    "domain": Key(str),
    "zone": Key(str, "Europe/Copenhagen"),
}

BEHAVIOUR: Keys = {
    "attendant_delay_s": Key(float, 5.0, low=0, high=3600),
    "duplicate_status": Key(int, 409, low=400, high=409),
    "keep_declined": Key(bool, False),
    "device_code_interval_s": Key(int, 5, low=0, high=60),
    "access_token_min_s": Key(int, 3600, low=60, high=86_400),
    "access_token_max_s": Key(int, 5400, low=60, high=86_400),
    "strict_shared_scopes": Key(bool, True),
    "concurrency_limit": Key(int, 4, low=1, high=1000),
    "window_limit": Key(int, 10_000, low=1, high=10_000_000),
    "check_ins": Key(str, "on", choices=CHECK_INS),
    "basic_profiles": Key(bool, True),
}

PRESENCES = ("Available", "AvailableIdle", "Away", "BeRightBack", "Busy", "BusyIdle", "DoNotDisturb", "Offline",
             "PresenceUnknown")  # fmt: skip

PERSON: Keys = {
    "name": Key(str),
    "address": Key(str, ""),
    "department": Key(str, ""),
    "title": Key(str, ""),
    "phone": Key(str, ""),
    "place": Key(str, ""),
    "kind": Key(str, "person", choices=("person", "device")),
    "enabled": Key(bool, True),
    "presence": Key(str, "Available", choices=PRESENCES),
    "photo": Key(bool, False),
    "language": Key(str, ""),
    "teams": Key(bool, True),
    "mailbox": Key(bool, True),
}

ROOM: Keys = {
    "name": Key(str),
    "address": Key(str, ""),
    "floor_number": Key(int, None, low=-5, high=200),
    "floor_label": Key(str, ""),
    "building": Key(str, ""),
    "capacity": Key(int, None, low=0, high=10_000),
    "display": Key(str, ""),
    "video": Key(str, ""),
    "audio": Key(str, ""),
    "wheelchair": Key(bool, False),
    "tags": Key(tuple, ()),
    "room_list": Key(str, ""),
    "rights": Key(dict, {}),
    "denied_code": Key(str, "ErrorAccessDenied", choices=("ErrorAccessDenied", "DelegatedCalendarAccessDenied")),
    "settings": Key(dict, {}),
}

SETTINGS: Keys = {
    "auto_accept": Key(bool, True),
    "add_organizer_to_subject": Key(bool, True),
    "delete_subject": Key(bool, True),
    "delete_comments": Key(bool, True),
    "remove_private_property": Key(bool, True),
    "remove_canceled_meetings": Key(bool, False),
    "process_external": Key(bool, False),
    "allow_conflicts": Key(bool, False),
    "shows_pending": Key(bool, True),
    "booking_window_days": Key(int, 180, low=0, high=1080),
    "maximum_duration_min": Key(int, 1440, low=0, high=2_147_483_647),
}

RIGHT = Key(str, choices=ROLES)

APP: Keys = {
    "name": Key(str),
    "client_id": Key(str, ""),
    "public": Key(bool, True),
    "redirect_uris": Key(tuple, ["http://localhost"]),
    "delegated": Key(tuple, []),
    "application": Key(tuple, []),
    "certificates": Key(tuple, []),
    "scoping": Key(str, "none", choices=("none", "rbac", "access-policy")),
    "mailboxes": Key(tuple, []),
    "rbac": Key(tuple, []),
    "secrets": Key(tuple, []),
    "group_claims": Key(bool, False),
}

GROUP: Keys = {"name": Key(str), "members": Key(tuple)}

MEETING: Keys = {
    "subject": Key(str),
    "start": Key(str, ""),
    "end": Key(str, ""),
    "day": Key(int, 0, low=-400, high=400),
    "days": Key(int, 1, low=1, high=60),
    "all_day": Key(bool, False),
    "rooms": Key(tuple, []),
    "organizer": Key(str, ""),
    "attendees": Key(tuple, []),
    "direct": Key(bool, False),
    "show_as": Key(str, "busy", choices=("free", "tentative", "busy", "oof", "workingElsewhere")),
    "sensitivity": Key(str, "normal", choices=("normal", "personal", "private", "confidential")),
    "cancelled": Key(bool, False),
    "response": Key(str, "accepted", choices=("accepted", "tentativelyAccepted", "notResponded")),
    "online": Key(bool, False),
    "repeat": Key(str, "", choices=("", "day", "weekday", "week", "fortnight", "month")),
    "count": Key(int, 0, low=0, high=1000),
}

TOP = ("office", "behaviour", "people", "rooms", "apps", "groups", "meetings")


def check(table: Any, keys: Keys, where: str, problems: list[str]) -> dict[str, Any]:
    """The table with defaults filled in; what is wrong is added to `problems` with its key and what is allowed."""
    if not isinstance(table, dict):
        problems.append(f"{where}: is {table!r}; allowed: a table")
        table = {}
    problems += [f"{where}.{name}: unknown key; allowed: {', '.join(keys)}" for name in table if name not in keys]
    return {name: _value(table, name, key, where, problems) for name, key in keys.items()}


def _value(table: dict[str, Any], name: str, key: Key, where: str, problems: list[str]) -> Any:
    value = table.get(name, key.default)
    if value is REQUIRED:
        problems.append(f"{where}.{name}: missing; allowed: {key.allowed}")
        value = None
    elif name in table and key.problem(value):
        problems.append(f"{where}.{name}: is {value!r}; allowed: {key.allowed}")
        value = None if key.default is REQUIRED else key.default
    if key.kind is tuple:
        return tuple(value or ())
    return ("" if value is None else value) if key.kind is str else value
