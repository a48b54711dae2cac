"""Whatever a unit answers, the fleet's tools read it without failing, and show nothing that moves a cursor."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.doctor import _silent
from provisioning.doctor_checks import Seen, examine
from provisioning.fleet_error import FleetError
from provisioning.inventory import Unit
from provisioning.op_status import Look, _services, status_of
from provisioning.plain_text import plain
from provisioning.status_table import row
from provisioning.unit_commands import Answer, fields

UNIT = Unit(id="ada", role="room", site="cph", hardware="door", address="10.1.2.3")
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TEXTS = ("state", "page", "current", "step", "reason")
NUMBERS = ("frame_age_s", "calendar_age_s", "signed_in", "clock_synchronised")
PARTS = ("sensors", "printer", "alarms", "hub", "certificate")
tables = st.dictionaries(st.sampled_from((*TEXTS, *NUMBERS, *PARTS)), values, max_size=10)
expiries = st.fixed_dictionaries({"expires": values | st.datetimes().map(str)})
certificates = st.fixed_dictionaries({"certificate": expiries})


def safe(text: str) -> bool:
    return all(char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


@settings(max_examples=80)
@given(own=tables, agent=tables | certificates, update=tables, shown=st.text(max_size=80), clock=st.text(max_size=30))
def test_any_answer_becomes_a_status(
    own: dict[str, Any], agent: dict[str, Any], update: dict[str, Any], shown: str, clock: str
) -> None:
    status = status_of(Look(own, agent, update, _services(shown), fields(clock), None, {}))
    cells = row(UNIT, status)
    silent = tuple(_silent(own))
    found = examine(Seen(UNIT, status, NOW, {}, reboot_required=False, silent_sensors=silent))
    assert all(safe(str(cell)) for cell in cells)
    assert all(safe(one.text + one.do) for one in found)


@settings(max_examples=80)
@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps({"a": text}).encode()))
def test_any_output_is_plain(out: bytes) -> None:
    answer = Answer("x", 0, out, "")
    assert safe(plain(out))
    assert safe(answer.text)
    assert safe(_refusal(answer))


def _refusal(answer: Answer) -> str:
    try:
        answer.json()
    except FleetError as error:
        return str(error)
    return ""


@given(st.text(max_size=300), st.integers(min_value=1, max_value=50))
def test_what_is_plain_stays_so_and_is_bounded(said: str, most: int) -> None:
    once = plain(said, most)
    assert plain(once, most + len(" [cut]")) == once
    assert len(once) <= most + len(" [cut]")
