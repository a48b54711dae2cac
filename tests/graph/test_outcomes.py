"""The table of reference/graph.md 1.6: each answer has one row, and each row has words for two audiences."""

from __future__ import annotations

import string
from typing import Any

import pytest

from graph.errors import ServiceFault, SignInNeeded
from graph.holds import MAX_FAULT_HOLD_S, Hold
from graph.outcomes import OUTCOMES, Severity, outcome, outcome_of
from tests.graph.wire_doubles import clock


@pytest.mark.parametrize(
    ("error", "numbers", "key"),
    [
        ("authorization_declined", [], "declined"),
        ("access_denied", [], "declined"),
        ("expired_token", [70019], "code-expired"),
        ("bad_verification_code", [70018], "bad-code"),
        *[("invalid_grant", [number], "expired") for number in (50173, 700082, 70008, 50089, 50132, 50133)],
        *[
            (error, [number], "policy-wants-person")
            for error in ("invalid_grant", "interaction_required")
            for number in (50076, 50079, 50074, 50072, 50078, 70043)
        ],
        *[("invalid_grant", [number], "policy-blocked") for number in (53003, 530032, 53000, 53001, 50131, 530035)],
        *[("invalid_grant", [number], "account-problem") for number in (50055, 50057, 50053, 50034)],
        *[("invalid_grant", [number], "no-consent") for number in (65001, 90094)],
        ("invalid_client", [65001], "no-consent"),
        ("invalid_client", [7000218], "public-client-off"),
        *[("unauthorized_client", [number], "wrong-app") for number in (700016, 70001, 7000112)],
        *[("invalid_client", [number], "certificate") for number in (700027, 7000222, 7000215)],
        *[("invalid_client", [number], "clock") for number in (500133, 700024)],
        *[("temporarily_unavailable", [number], "service") for number in (90033, 90055, 50033)],
        ("invalid_grant", [50196], "loop"),
        ("invalid_grant", [], "expired"),
        ("invalid_grant", [123456], "expired"),
        ("invalid_grant", [123456, 53003], "policy-blocked"),
        ("interaction_required", [], "policy-wants-person"),
        ("new_error", [], "sign-in-needed"),
        ("invalid_request", [900144], "sign-in-needed"),
        (None, None, "sign-in-needed"),
        (7, "53003", "sign-in-needed"),
        ("invalid_grant", {"53003": 1}, "expired"),
    ],
)
def test_rows(error: Any, numbers: Any, key: str) -> None:
    assert outcome_of({"error": error, "error_codes": numbers}).key == key


@pytest.mark.parametrize(
    ("suberror", "key"),
    [("message_only", "policy-blocked"), ("basic_action", "policy-wants-person"), ("consent_required", "no-consent"),
     ("bad_token", "expired"), (None, "expired"), (["x"], "expired")],
)  # fmt: skip
def test_suberror_where_there_is_no_number(suberror: Any, key: str) -> None:
    assert outcome_of({"error": "invalid_grant", "suberror": suberror}).key == key


def test_number_and_correlation_id_are_kept_for_the_admin() -> None:
    found = outcome_of({"error": "x", "error_codes": [53003], "correlation_id": "c" * 200})
    assert (found.aadsts, len(found.correlation_id)) == ("53003", 64)
    assert "AADSTS53003" in found.admin_text.format(**found.params)


@pytest.mark.parametrize("key", OUTCOMES)
def test_texts_can_be_filled_and_say_something(key: str) -> None:
    row = OUTCOMES[key]
    filled = outcome(key, scopes="Place.Read.All", signed_in="eve", expected="mydesk")
    for text in (row.screen_text, row.admin_text):
        assert text
        assert "{" not in text.format(**filled.params)
    assert len(row.screen_text.format(**filled.params)) <= 60, "it has to fit on a panel"
    names = {name for _, name, _, _ in string.Formatter().parse(row.screen_text) if name}
    assert names <= {"correlation_id", "signed_in", "expected"}


@pytest.mark.parametrize("key", OUTCOMES)
def test_every_row_becomes_an_error_of_the_tree(key: str) -> None:
    time = clock()
    hold = Hold(time, jitter=lambda: 0.0)
    hold.set(OUTCOMES[key], retry_after_s=10)
    waits = OUTCOMES[key].severity is Severity.WAIT
    with pytest.raises(ServiceFault if waits else SignInNeeded) as caught:
        hold.check()
    if isinstance(caught.value, SignInNeeded):
        assert caught.value.outcome == key
    else:
        assert caught.value.retry_after_s == 10
    time.step(10)
    hold.check()


def test_the_brief_waits_of_the_reference() -> None:
    assert OUTCOMES["policy-blocked"].retry_after_s == 3600
    assert OUTCOMES["loop"].retry_after_s == 900


def test_faults_wait_longer_each_time_and_then_not_longer() -> None:
    time = clock()
    hold = Hold(time, jitter=lambda: 0.0)
    waited = []
    for _ in range(20):
        hold.set(OUTCOMES["service"])
        with pytest.raises(ServiceFault) as caught:
            hold.check()
        waited.append(caught.value.retry_after_s)
    assert waited == [30, 60, 120, 240] + [MAX_FAULT_HOLD_S] * 16
    hold.release()
    hold.check()
    hold.set(OUTCOMES["service"])
    with pytest.raises(ServiceFault) as caught:
        hold.check()
    assert caught.value.retry_after_s == 30
