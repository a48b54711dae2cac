"""What leaves a log line before it leaves the unit, and what stays because the line is of no use without it."""

from __future__ import annotations

import pytest

from telemetry.redaction import redacted

HIDDEN = [
    ("DHCPv4 address 10.20.30.40/24 via 10.20.30.1", "DHCPv4 address <ip>/24 via <ip>"),
    ("listening on [::1]:8883, fe80::1ff:fe23:4567:890a%eth0", "listening on [<ip>]:8883, <ip>%eth0"),
    ("from 2001:0db8:85a3:0000:0000:8a2e:0370:7334", "from <ip>"),
    ("wlan0: associated with dc:a6:32:01:02:03", "wlan0: associated with <mac>"),
    ("user louise.holm+x@nordhavn.example is unknown", "user <mail> is unknown"),
    ("proxy http://alice:s3cret@proxy:3128", "proxy http://<credentials>@proxy:3128"),
    ("Authorization: Bearer abc.def-123", "Authorization: <secret> <token>"),
    ("sent Bearer abc.def-12345", "sent Bearer <token>"),
    ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here", "got <token> here"),
    ('{"refresh_token": "0.AXoA-x_y"}', '{"refresh_token": "<secret>"}'),
    ("psk=hunter2 ssid=Guest", "psk=<secret> ssid=Guest"),
    ("?code=0.AXoAq1b2c3d4e5f6&state=x", "?code=<secret>&state=x"),
    ("hash 3f786850e387550fdaaf9f1d5f1a2b3c4d5e6f70a1b2c3d4e5f60718", "hash <token>"),
    ("lease to idas-laptop.nordhavn.local", "lease to <host>"),
    ("reached dc01.corp.nordhavn.dk", "reached <host>"),
    ("hub hub01 away", "hub <host> away"),
]

KEPT = [
    "2026-11-23T10:00:02+0100 mydesk-room[81]: INFO roomdisplay.reader: read in 0.213 s",
    "mydesk-room.service: Main process exited, code=exited, status=1/FAILURE",
    "graph.microsoft.com and login.microsoftonline.com answered",
    "task died of KeyError at /opt/mydesk/current/lib/graph/http.py:120 (death 3)",
    "boot 5f3a1d50-9e0c-4a7e-8f57-0c2f9f1b2a3d, release 1.4.0, unit cph-2-storebaelt",
    "12:34:56 settings 7 applied; frames 1234567890",
    "request 3c6f9d2e-1b1a-4d56-9a3e-0f1e2d3c4b5a failed with 429",
]


@pytest.mark.parametrize(("line", "expected"), HIDDEN)
def test_what_is_nobodys_business_is_taken_out(line: str, expected: str) -> None:
    assert redacted(line, frozenset({"hub01"})) == expected


@pytest.mark.parametrize("line", KEPT)
def test_what_tells_something_stays(line: str) -> None:
    assert redacted(line, frozenset({"hub01"})) == line
