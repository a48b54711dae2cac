"""What messages amount to, and what is refused."""

from __future__ import annotations

import pytest

from hub.draft import LARGEST_LATEST_BYTES, Draft, Incoming
from hub.live import Change
from telemetry.messages import Alarm, CertificateRequest, CommandState, MessageError, Reported, Status
from tests.hub.wire import EPOCH, NOW, UNIT, batch, draft, row, rows, said

BAD = {
    "not ours": Incoming("zigbee2mqtt/lamp", b"{}", NOW),
    "no unit id": Incoming("mydesk/1/Room Ada/status", b"{}", NOW),
    "a topic of the hub": said("ack", b"{}"),
    "a command, not its state": said("cmd/reboot/1", b"{}"),
    "a command's other thing": said("cmd/reboot/1/xx", b"{}"),
    "rows on nothing": said("m", rows(1, 1)),
    "no JSON": said("e/room", b"\xff\x00"),
    "an empty history": said("e/room", b""),
    "no batch": said("e/room", b'{"rows":[]}'),
    "a row before itself": said("e/room", batch(row(2, prev=2))),
    "no status": said("status", b'{"s":"asleep","boot":"b","n":1}'),
    "a status cleared": said("status", b""),
    "half a fact": said("twin/hw", b'{"name":'),
    "a fact too large": said("twin/hw", b'"' + b"x" * LARGEST_LATEST_BYTES + b'"'),
    "a fact not UTF-8": said("twin/hw", b'{"name":"\xff"}'),
    "no alarm": said("a/storage", b'{"since":1}'),
    "no report": said("reported/settings", b'{"rev":-1,"state":"applied"}'),
    "nested too deep": said("now/room", b"[" * 60_000),
}


@pytest.mark.parametrize("message", BAD.values(), ids=BAD)
def test_what_is_refused_leaves_nothing(message: Incoming) -> None:
    made = Draft()
    with pytest.raises(MessageError):
        made.add(message)
    assert made == Draft()


def test_rows_come_once_with_the_smaller_prev() -> None:
    made = draft(said("e/room", batch(row(5, prev=4))), said("e/room", batch(row(5, prev=2), row(6))))
    assert {key[2]: values["prev"] for key, values in made.rows.items()} == {5: 2, 6: 5}
    assert list(made.streams) == [(UNIT, EPOCH)]
    assert list(made.changes) == [Change(UNIT, "e/room")]


def test_a_body_that_cannot_be_kept_is_counted() -> None:
    assert draft(said("e/room", batch(row(1, body="[]"), row(2)))).tombstones == {UNIT: 1}


def test_only_the_newest_of_a_topic_counts() -> None:
    made = draft(said("now/room", b'{"co2_ppm":600}'), said("now/room", b'{"co2_ppm":700}'), said("twin/net", b""))
    assert {key: told.body for key, told in made.latest.items()} == {
        (UNIT, "now/room"): '{"co2_ppm":700}',
        (UNIT, "twin/net"): None,
    }


def test_what_the_broker_tells_again_and_a_will_are_no_sign_of_life() -> None:
    lost = Status(s="lost", boot="b", n=1)
    assert draft(said("now/room", b"{}", retained=True), said("status", lost)).seen == {}
    assert draft(said("now/room", b"{}")).seen == {UNIT: NOW}
    assert draft(said("status", Status(s="online", boot="b", n=1))).seen == {UNIT: NOW}


def test_who_a_unit_is_comes_from_its_status_and_its_hardware() -> None:
    hardware = b'{"name":"Ada\\u0000","site":"Nordhavn","floor":2,"serial":"x"}'
    made = draft(said("status", Status(s="online", boot="b", n=1, role="room")), said("twin/hw", hardware))
    assert made.facts == {UNIT: {"role": "room", "name": "Ada", "site": "Nordhavn"}}
    assert draft(said("twin/hw", b"[]")).facts == {UNIT: {}}


def test_the_other_kinds() -> None:
    request = CertificateRequest(csr="-----BEGIN", serial="1f", expires=NOW)
    made = draft(
        said("a/storage", Alarm(since=NOW, severity="warning", text="t", do="d")),
        said("a/storage", b""),
        said("cmd/identify/7f3a/st", CommandState(state="successful", ts=NOW)),
        said("reported/settings", Reported(rev=3, state="applied")),
        said("reported/release", b'{"version":"1.0"}'),
        said("reported/certificate", request),
    )
    assert [(told.kind, told.alarm is None) for told in made.alarms] == [("storage", False), ("storage", True)]
    assert [(told.id, told.state.state) for told in made.commands] == [("7f3a", "successful")]
    assert [(unit, report.rev) for unit, report in made.reported] == [(UNIT, 3)]
    assert made.certificates == {UNIT: request}
    assert Change(UNIT, "cmd") in made.changes
    assert {topic for _, topic in made.latest} == {"reported/settings", "reported/release", "reported/certificate"}
