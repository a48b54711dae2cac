"""What each request tells of the network, for those who put it on a screen."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx
import pytest

from graph.client import GraphClient, Request
from graph.errors import GraphError, NetworkDown, SignInNeeded
from graph.reach import Contact, Seen
from tests.graph.wire_doubles import Answer, Script, Tokens, client_of, clock, ok, refusal

READ = Request(what="group members", kind="people", method="GET", path="/groups/g/members")
DOWN = httpx.ConnectError("refused")

CASES: dict[str, tuple[Answer, Contact]] = {
    "an answer": (ok({"value": []}), Contact.ANSWERED),
    "a no": (refusal(403, "ErrorAccessDenied"), Contact.ANSWERED),
    "nothing there": (refusal(404, "ResourceNotFound"), Contact.ANSWERED),
    "not now": (refusal(429, "TooManyRequests", retry_after="60"), Contact.ANSWERED),
    "Graph itself is ill": (refusal(503, "ErrorServerBusy"), Contact.ANSWERED),
    "no route": (DOWN, Contact.LOST),
    "no answer in time": (httpx.ReadTimeout(""), Contact.LOST),
    "a hotel's page": (httpx.Response(200, html="<html>Hotel"), Contact.LOST),
}


def after(*answers: Answer, tokens: Tokens | None = None) -> Seen:
    async def run() -> Seen:
        time = clock()
        graph = client_of(Script(*answers), tokens=tokens, time=time)
        try:
            assert graph.seen.contact is Contact.NONE
            for _ in answers:
                time.step(7)
                with suppress(GraphError):
                    await graph.send(READ)
            assert graph.seen.at_s == time.monotonic_s()
            return graph.seen
        finally:
            await graph.close()

    return asyncio.run(run())


@pytest.mark.parametrize("name", CASES)
def test_one_request(name: str) -> None:
    answer, contact = CASES[name]
    seen = after(answer)
    assert seen.contact is contact
    assert seen.reachable is (contact is Contact.ANSWERED)


def test_the_newest_counts() -> None:
    assert after(DOWN, ok({})).contact is Contact.ANSWERED
    assert after(ok({}), DOWN).contact is Contact.LOST


def test_without_a_token() -> None:
    signed_out = SignInNeeded("Nobody is signed in.", outcome="signed-out")
    assert after(ok({}), tokens=Tokens(signed_out)).contact is Contact.SIGNED_OUT
    assert after(ok({}), tokens=Tokens(NetworkDown("no route to the sign-in"))).contact is Contact.LOST


def probed(answer: Answer, timeout_s: float = 5.0) -> tuple[Seen, Script]:
    script = Script(answer)

    async def run() -> Seen:
        graph: GraphClient = client_of(script)
        try:
            return await graph.probe(timeout_s)
        finally:
            await graph.close()

    return asyncio.run(run()), script


@pytest.mark.parametrize("name", CASES)
def test_a_probe_raises_nothing_and_says_what_it_met(name: str) -> None:
    answer, contact = CASES[name]
    seen, script = probed(answer)
    assert seen.contact is contact
    assert script.requests[0].url.path == "/v1.0/me"


def test_a_request_that_is_held_back_tells_nothing() -> None:
    async def run() -> None:
        time = clock()
        graph = client_of(Script(refusal(429, "TooManyRequests", retry_after="60"), DOWN), time=time)
        try:
            for _ in range(2):
                with suppress(GraphError):
                    await graph.send(READ)
                time.step(1)
            assert graph.seen == Seen(Contact.ANSWERED, time.monotonic_s() - 2)
        finally:
            await graph.close()

    asyncio.run(run())


def test_a_probe_that_nobody_answers_is_given_up_in_time() -> None:
    class Silent(Tokens):
        async def token(self, *, claims: str | None = None, force: bool = False, rejected: str = "") -> str:
            await asyncio.Event().wait()
            return ""

    async def run() -> None:
        graph = client_of(Script(ok({})), tokens=Silent(), total_timeout_s=60)
        try:
            assert (await graph.probe(0.01)).contact is Contact.LOST
        finally:
            await graph.close()

    asyncio.run(run())
