"""The client over a network that is told what to do: tokens, repeats, Retry-After, pages, clocks, limits."""

from __future__ import annotations

import asyncio
import base64
import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest

from graph import errors, wire
from graph.client import Reply, Request
from tests.graph.wire_doubles import GRAPH, Answer, Script, Tokens, client_of, clock, empty, ok, refusal

READ = Request(what="calendar view", kind="calendar", method="GET", path="/me/calendarView", repeatable=True)
WRITE = Request(what="create event", kind="calendar", method="POST", path="/me/events", body={"a": 1})
DOWN = httpx.ConnectError("refused")
TRUNCATED = httpx.Response(200, content=b'{"value": [', headers={"content-type": "application/json"})
CUT = httpx.RemoteProtocolError("peer closed connection")


def send(script: Script, request: Request = READ, **settings: Any) -> Reply:
    async def run() -> Reply:
        graph = client_of(script, **settings)
        try:
            return await graph.send(request)
        finally:
            await graph.close()

    return asyncio.run(run())


def test_what_goes_out() -> None:
    script = Script(ok({"value": []}))
    reply = send(script, replace(READ, params={"$top": "5"}, headers={"If-Match": 'W/"1"'}))
    sent = script.requests[0]
    assert str(sent.url) == f"{GRAPH}/me/calendarView?%24top=5"
    assert sent.headers["authorization"] == "Bearer token-1"
    assert sent.headers["prefer"] == 'IdType="ImmutableId", outlook.timezone="UTC"'
    assert sent.headers["if-match"] == 'W/"1"'
    assert len(sent.headers["client-request-id"]) == 36
    assert (reply.status, reply.data) == (200, {"value": []})


def test_writes_may_answer_without_a_body_and_reads_may_not() -> None:
    assert send(Script(empty(204)), WRITE).data is None
    assert send(Script(empty(202)), WRITE).data is None
    with pytest.raises(errors.BadAnswer):
        send(Script(empty(200)))


@pytest.mark.parametrize(
    ("answers", "request_", "sent", "outcome"),
    [
        ([DOWN, ok({})], READ, 2, None),
        ([CUT, CUT, ok({})], READ, 3, None),
        ([DOWN], READ, 3, errors.NetworkDown),
        ([DOWN], WRITE, 1, errors.NetworkDown),
        ([DOWN, ok({})], replace(WRITE, repeatable=True), 2, None),
        ([httpx.ReadTimeout("")], READ, 1, errors.TimedOut),
        ([refusal(503, "ErrorServerBusy"), ok({})], READ, 2, None),
        ([refusal(500, "ErrorInternalServerError")], READ, 3, errors.ServiceFault),
        ([refusal(500, "ErrorInternalServerError")], WRITE, 1, errors.ServiceFault),
        ([refusal(429, "TooManyRequests", retry_after="0"), ok({})], READ, 2, None),
        ([refusal(429, "TooManyRequests", retry_after="17")], READ, 1, errors.Throttled),
        ([refusal(429, "TooManyRequests")], READ, 1, errors.Throttled),
        ([refusal(403, "ErrorAccessDenied")], READ, 1, errors.AccessDenied),
        ([httpx.Response(200, html="<html>Hotel")], READ, 1, errors.Intercepted),
        ([TRUNCATED], READ, 1, errors.BadAnswer),
        ([httpx.DecodingError("gzip")], READ, 1, errors.BadAnswer),
    ],
)  # fmt: skip
def test_quick_repeats_are_few_and_only_where_they_are_safe(
    answers: list[Answer], request_: Request, sent: int, outcome: type[errors.GraphError] | None
) -> None:
    script = Script(*answers)
    if outcome is None:
        assert send(script, request_).status == 200
    else:
        with pytest.raises(outcome):
            send(script, request_)
    assert len(script.requests) == sent


def test_retry_after_closes_the_gate_of_its_kind_only() -> None:
    async def run() -> None:
        time = clock()
        script = Script(refusal(429, "TooManyRequests", retry_after="17"), ok({}))
        graph = client_of(script, time=time)
        with pytest.raises(errors.Throttled):
            await graph.send(READ)
        for user in (False, True):
            with pytest.raises(errors.Throttled) as caught:
                await graph.send(READ, user=user)
            assert caught.value.retry_after_s == pytest.approx(17)
        assert len(script.requests) == 1, "nothing of that kind goes out before its time"
        assert (await graph.send(replace(READ, kind="places"))).status == 200
        time.step(14)
        with pytest.raises(errors.Throttled):
            await graph.send(READ, user=True)
        time.step(3)
        assert (await graph.send(READ)).status == 200
        await graph.close()

    asyncio.run(run())


def test_a_sign_in_that_waits_does_not_close_the_gate_of_the_calendar() -> None:
    async def run() -> None:
        busy = Tokens(errors.ServiceFault("sign-in: wait", retry_after_s=300))
        graph = client_of(Script(ok({})), tokens=busy)
        with pytest.raises(errors.ServiceFault):
            await graph.send(READ)
        busy.error = None
        assert (await graph.send(READ)).status == 200
        await graph.close()

    asyncio.run(run())


def test_a_401_gets_one_fresh_token() -> None:
    tokens = Tokens()
    rejected = refusal(401, "InvalidAuthenticationToken")
    script = Script(rejected, ok({}))
    assert send(script, WRITE, tokens=tokens).status == 200
    assert tokens.asked == [{"claims": None, "rejected": "token-1"}]
    assert [request.headers["authorization"] for request in script.requests] == ["Bearer token-1", "Bearer token-2"]

    script = Script(rejected)
    with pytest.raises(errors.SignInNeeded) as caught:
        send(script)
    assert caught.value.outcome == "token-rejected"
    assert len(script.requests) == 2


CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
ENCODED = base64.b64encode(CLAIMS.encode()).decode()


@pytest.mark.parametrize(
    ("challenge", "claims"),
    [
        (f'Bearer realm="", error="insufficient_claims", claims="{ENCODED}"', CLAIMS),
        (f'Bearer realm="", error="insufficient_claims", claims="{ENCODED.rstrip("=")}"', CLAIMS),
        (f'Bearer realm="", error="invalid_token", claims="{ENCODED}"', None),
        ('Bearer error="insufficient_claims", claims="!!!"', None),
        ('Bearer error="insufficient_claims", claims="YWJj"', None),
        ('Bearer error="insufficient_claims", claims="W10="', None),
        ('Bearer error="insufficient_claims"', None),
        ("Bearer", None),
    ],
)
def test_claims_challenge(challenge: str, claims: str | None) -> None:
    tokens = Tokens()
    answer = refusal(401, "InvalidAuthenticationToken", www_authenticate=challenge)
    assert send(Script(answer, ok({})), tokens=tokens).status == 200
    assert tokens.asked[0]["claims"] == claims


def test_a_401_of_somebody_else_costs_no_token() -> None:
    tokens = Tokens()
    with pytest.raises(errors.Intercepted):
        send(Script(httpx.Response(401, html="<html>Log in to the guest network")), tokens=tokens)
    assert tokens.asked == []


def test_without_a_token_nothing_is_sent() -> None:
    script = Script(ok({}))
    with pytest.raises(errors.SignInNeeded):
        send(script, tokens=Tokens(errors.SignInNeeded("no", outcome="signed-out")))
    assert script.requests == []


def test_every_error_and_log_line_carries_both_ids(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "graph")
    script = Script(refusal(403, "ErrorAccessDenied"))
    with pytest.raises(errors.AccessDenied) as caught:
        send(script)
    ours = script.requests[0].headers["client-request-id"]
    assert (caught.value.request_id, caught.value.client_request_id) == ("r-1", ours)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert all("r-1" in line and ours in line for line in lines)


@pytest.mark.parametrize(
    ("headers", "took_s", "compared"),
    [
        ({"request-id": "r"}, 0, True),
        ({"request-id": "r"}, 4, False),
        ({}, 0, False),
        ({"request-id": "r", "date": "yesterday"}, 0, False),
    ],
)
def test_only_a_prompt_answer_of_graph_vouches_for_the_clock(
    headers: dict[str, str], took_s: float, compared: bool
) -> None:
    time = clock()
    time.sync = False

    def answer(request: httpx.Request) -> httpx.Response:
        time.step(took_s)
        return httpx.Response(200, json={}, headers={"date": "Mon, 23 Nov 2026 08:00:29 GMT", **headers})

    send(Script(answer), time=time)
    assert time.synchronised() is compared


def test_a_clock_that_graph_contradicts_is_not_believed() -> None:
    time = clock()
    send(Script(ok({}, date="Mon, 23 Nov 2026 09:00:29 GMT")), time=time)
    assert not time.synchronised()


@pytest.mark.parametrize(
    ("date", "believed"),
    [("08:00:25", True), ("08:00:30", True), ("07:59:50", False), ("08:01:00", False), ("06:00:29", False)],
)
def test_a_slow_answer_can_still_prove_the_clock_wrong(date: str, believed: bool) -> None:
    time = clock()

    def answer(request: httpx.Request) -> httpx.Response:
        time.step(4)
        return httpx.Response(200, json={}, headers={"date": f"Mon, 23 Nov 2026 {date} GMT", "request-id": "r"})

    send(Script(answer), time=time)
    assert time.synchronised() is believed


def pages_of(script: Script) -> tuple[Any, ...]:
    async def run() -> tuple[Any, ...]:
        graph = client_of(script)
        try:
            return (await graph.pages(READ)).items
        finally:
            await graph.close()

    return asyncio.run(run())


def page(items: list[int], link: object = None) -> httpx.Response:
    return ok({"value": items, **({} if link is None else {"@odata.nextLink": link})})


def test_pages_are_followed_as_given() -> None:
    script = Script(page([1], f"{GRAPH}/me/calendarView?$skip=10&x=%2B"), page([], f"{GRAPH}/p3"), page([2]))
    assert pages_of(script) == (1, 2)
    assert [str(request.url) for request in script.requests[1:]] == [
        f"{GRAPH}/me/calendarView?$skip=10&x=%2B",
        f"{GRAPH}/p3",
    ]
    assert all(request.headers["prefer"] for request in script.requests)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/p2",
        "https://graph.microsoft.com.evil.example/v1.0/p2",
        "https://graph.microsoft.com@evil.example/p2",
        "http://graph.microsoft.com/v1.0/p2",
        "https://graph.microsoft.com:444/v1.0/p2",
        "/v1.0/p2",
        7,
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: object) -> None:
    script = Script(page([1], link), page([2]))
    with pytest.raises(errors.BadAnswer):
        pages_of(script)
    assert len(script.requests) == 1, "the token must not go there"


def test_pages_end() -> None:
    numbers = iter(range(10_000))
    with pytest.raises(errors.BadAnswer):
        pages_of(Script(lambda request: page([1], f"{GRAPH}/p{next(numbers)}")))
    same = Script(page([1], f"{GRAPH}/p1"))
    with pytest.raises(errors.BadAnswer):
        pages_of(same)
    assert len(same.requests) == 2


@pytest.mark.parametrize(
    "second", [httpx.ReadTimeout(""), refusal(403, "ErrorAccessDenied"), ok({"value": None}), ok([])]
)
def test_a_part_is_never_taken_for_the_whole(second: Answer) -> None:
    with pytest.raises(errors.GraphError):
        pages_of(Script(page([1], f"{GRAPH}/p2"), second))


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_BYTES", 1000)
    with pytest.raises(errors.BadAnswer, match="longer"):
        send(Script(ok({"value": ["x" * 2000]})))


def test_the_total_time_is_bounded_and_the_lane_is_free_again() -> None:
    async def run() -> None:
        hangs = True

        class Hanging(Script):
            def async_client(self) -> httpx.AsyncClient:
                async def handler(request: httpx.Request) -> httpx.Response:
                    if hangs:
                        await asyncio.Event().wait()
                    return self(request)

                return httpx.AsyncClient(transport=httpx.MockTransport(handler))

        graph = client_of(Hanging(ok({})), total_timeout_s=0.05)
        with pytest.raises(errors.TimedOut):
            await graph.send(READ)
        hangs = False
        assert (await graph.send(READ)).status == 200
        await graph.close()

    asyncio.run(run())


def test_pauses_grow_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(errors.NetworkDown):
        send(Script(DOWN), jitter=0.5)
    assert [pause for pause in pauses if pause] == [0.3, 0.6]
