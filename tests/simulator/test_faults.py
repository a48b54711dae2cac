"""Faults, throttling and the wire: what a client really gets when things go wrong."""

from __future__ import annotations

import re
import threading
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from simulator.server import ControlRefused
from tests.simulator.conftest import NOON, ROOM, Lab, body


def fault(lab: Lab, **spec: Any) -> dict[str, Any]:
    made: dict[str, Any] = lab.sim.control("POST", "/_sim/faults", {"path": "/v1.0/"} | spec)["faults"][0]
    return made


def test_html_of_a_captive_portal(lab: Lab) -> None:
    fault(lab, kind="html", path="")
    answer = lab.view()
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "<html>" in lab.http.get(f"{lab.authority}/v2.0/.well-known/openid-configuration").text


def test_empty_list_truncated_json_and_wrong_type(lab: Lab) -> None:
    fault(lab, kind="empty", count=1)
    assert lab.view().json()["value"] == []
    fault(lab, kind="truncate", count=1)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        lab.view().json()
    fault(lab, kind="content_type", count=1)
    assert lab.view().headers["content-type"].startswith("text/plain")
    assert len(lab.view().json()["value"]) == 5


def test_drop_in_the_middle_of_the_body(lab: Lab) -> None:
    fault(lab, kind="drop", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        lab.view()
    assert lab.sim.control("GET", "/_sim/requests?path=calendarView")["requests"][-1]["status"] == 0


def test_hang_until_the_client_gives_up(lab: Lab) -> None:
    fault(lab, kind="hang", count=1)
    with pytest.raises(httpx.ReadTimeout):
        lab.view(timeout=0.2)
    assert lab.view().status_code == 200


def test_write_that_happened_though_the_answer_was_lost(lab: Lab) -> None:
    fault(lab, kind="status", status=504, after=True, method="POST", count=1)
    sent = body("10:45", "11:15", transactionId="once")
    assert lab.graph("POST", f"/users/{ROOM}/events", json=sent).status_code == 504
    again = lab.graph("POST", f"/users/{ROOM}/events", json=sent)
    assert again.json()["error"]["code"] == "ErrorDuplicateTransactionId"
    assert lab.subjects().count("Reserved") == 1


def test_bad_token_wrong_date_and_throttle(lab: Lab) -> None:
    fault(lab, kind="bad_token", count=1)
    assert lab.view().status_code == 401
    assert parsedate_to_datetime(lab.view().headers["Date"]) == NOON
    fault(lab, kind="date", date_offset_s=-7200, count=1)
    assert (NOON - parsedate_to_datetime(lab.view().headers["Date"])).total_seconds() == 7200
    fault(lab, kind="throttle", count=1)
    answer = lab.view()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")


def test_probability_repeats_with_its_seed(lab: Lab) -> None:
    def run() -> list[int]:
        lab.sim.control("DELETE", "/_sim/faults")
        spec = {"path": "calendarView", "status": 500, "probability": 0.5}
        lab.sim.control("POST", "/_sim/faults", {"seed": 11, "faults": [spec]})
        return [lab.view().status_code for _ in range(12)]

    first = run()
    assert first == run()
    assert set(first) == {200, 500}


def test_skip_count_and_clear(lab: Lab) -> None:
    made = fault(lab, status=502, skip=1, method="get")
    assert [lab.view().status_code for _ in range(3)] == [200, 502, 502]
    assert lab.sim.control("GET", "/_sim/faults")["faults"][0]["hits"] == 2
    assert lab.sim.control("DELETE", f"/_sim/faults/{made['id']}")["cleared"] == 1
    assert lab.view().status_code == 200


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"kind": "gremlin"}, "allowed: status, delay"),
        ({"sttus": 500}, "allowed: kind, path"),
        ({"path": "("}, "regular expression"),
        ({"probability": 2}, "0 to 1"),
        ({"status": 42}, "100 to 599"),
        ({"count": "many"}, "allowed: int"),
    ],
)
def test_wrong_fault_says_what_is_allowed(lab: Lab, spec: dict[str, Any], said: str) -> None:
    with pytest.raises(ControlRefused, match=re.escape(said)):
        lab.sim.control("POST", "/_sim/faults", spec)


def test_four_in_flight_for_each_mailbox(lab: Lab) -> None:
    fault(lab, kind="delay", delay_s=0.3)
    statuses: list[int] = []

    def ask() -> None:
        with httpx.Client(base_url=lab.sim.url, verify=lab.context, trust_env=False) as http:
            headers = {"Authorization": f"Bearer {token}"}
            params = {"startDateTime": "2026-11-23T00:00:00Z", "endDateTime": "2026-11-24T00:00:00Z"}
            answer = http.get(f"/v1.0/users/{ROOM}/calendarView", params=params, headers=headers)
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                assert answer.json()["error"]["code"] == "ApplicationThrottled"
                assert int(answer.headers["Retry-After"]) >= 1

    token = lab.token()
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counters = lab.sim.control("GET", "/_sim/counters")
    assert sorted(statuses) == [200, 200, 200, 200, 429, 429]
    assert (counters["throttled"], counters["most_in_flight"]) == (2, 4)


def test_window_limit_ends_with_the_window(lab: Lab) -> None:
    lab.sim.control("POST", "/_sim/limits", {"window_limit": 3})
    assert [lab.view().status_code for _ in range(4)] == [200, 200, 200, 429]
    assert lab.view("femern.baelt@nordhavn.example").status_code == 200, "another mailbox"
    retry_after_s = int(lab.view().headers["Retry-After"])
    assert 0 < retry_after_s <= 600
    lab.sim.control("POST", "/_sim/clock", {"step_s": retry_after_s})
    assert lab.view().status_code == 200


def test_request_ids_and_log(lab: Lab) -> None:
    answer = lab.view(headers={"client-request-id": "abc"})
    assert answer.headers["client-request-id"] == "abc"
    entry = lab.sim.control("GET", "/_sim/requests?limit=1")["requests"][0]
    assert (entry["client_request_id"], entry["status"], entry["method"]) == ("abc", 200, "GET")
    assert entry["request_id"] == answer.headers["request-id"]
    after = lab.sim.control("GET", f"/_sim/requests?after={entry['number']}")["requests"]
    assert after == []


def test_too_long_a_body(lab: Lab) -> None:
    answer = lab.graph("POST", f"/users/{ROOM}/events", content=b"x" * 4_100_000)
    assert answer.status_code == 413
