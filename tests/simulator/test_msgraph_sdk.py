"""Microsoft's own SDK, unchanged, as an independent judge of what Graph's answers look like."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.simulator.conftest import ROOM, Lab, body

with warnings.catch_warnings():
    # The SDK warns about its own parts when it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kiota_abstractions.authentication import (
        AccessTokenProvider,
        AllowedHostsValidator,
        BaseBearerTokenAuthenticationProvider,
    )
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
    from msgraph.generated.models.event import Event
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
    from msgraph.generated.users.item.events.item.decline.decline_post_request_body import DeclinePostRequestBody
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters


class Token(AccessTokenProvider):
    """A token that is there already."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator(["localhost"])


def ask(lab: Lab, question: Callable[[GraphServiceClient], Awaitable[Any]]) -> Any:
    """Let the SDK, with its own middleware, ask the simulator."""

    async def run() -> Any:
        # The SDK's middleware wraps the transport and does not close it.
        transport = httpx.AsyncHTTPTransport(verify=lab.context, trust_env=False)
        plain = httpx.AsyncClient(transport=transport, base_url=f"{lab.sim.url}/v1.0", timeout=20)
        http = GraphClientFactory.create_with_default_middleware(client=plain)
        try:
            provider = BaseBearerTokenAuthenticationProvider(Token(lab.token()))
            adapter = GraphRequestAdapter(provider, client=http)
            adapter.base_url = f"{lab.sim.url}/v1.0"
            return await question(GraphServiceClient(request_adapter=adapter))
        finally:
            await http.aclose()
            await transport.aclose()

    return asyncio.run(run())


def window() -> RequestConfiguration[Query]:
    """The Monday, in the room's zone, with immutable ids."""
    query = Query(start_date_time="2026-11-22T23:00:00Z", end_date_time="2026-11-23T23:00:00Z", top=3)
    config = RequestConfiguration(query_parameters=query)
    config.headers.add("Prefer", 'IdType="ImmutableId", outlook.timezone="Romance Standard Time"')
    return config


def new_event() -> Event:
    times = body("10:45", "11:15")
    start, end = (DateTimeTimeZone(date_time=times[name]["dateTime"], time_zone="UTC") for name in ("start", "end"))
    return Event(subject="Reserved", start=start, end=end, transaction_id="sdk-1")


def test_rooms(lab: Lab) -> None:
    found = ask(lab, lambda graph: graph.places.graph_room.get())
    assert found is not None
    room = found.value[0]
    assert (room.display_name, room.email_address, room.capacity, room.floor_label) == ("Storebælt", ROOM, 8, "2. sal")


def test_calendar_view_follows_pages(lab: Lab) -> None:
    async def pages(graph: Any) -> list[Any]:
        view = graph.users.by_user_id(ROOM).calendar_view
        page = await view.get(request_configuration=window())
        events = list(page.value)
        while page.odata_next_link:
            page = await view.with_url(page.odata_next_link).get(request_configuration=window())
            events += page.value
        return events

    events = ask(lab, pages)
    assert [event.subject for event in events][:2] == ["Budgetopfølgning", "MUS-samtale"]
    assert len({event.id for event in events}) == 5
    first = events[0]
    assert (first.start.date_time, first.start.time_zone) == ("2026-11-23T09:00:00.0000000", "Romance Standard Time")
    assert first.organizer.email_address.name == "Louise Holm"


def test_create_patch_and_delete(lab: Lab) -> None:
    async def work(graph: Any) -> tuple[Any, Any]:
        events = graph.users.by_user_id(ROOM).events
        made = await events.post(new_event())
        later = Event(end=DateTimeTimeZone(date_time="2026-11-23T11:45:00", time_zone="UTC"))
        changed = await events.by_event_id(made.id).patch(later)
        await events.by_event_id(made.id).delete()
        return made, changed

    made, changed = ask(lab, work)
    assert (made.is_organizer, made.response_status.response.value) == (True, "organizer")
    assert changed.end.date_time == "2026-11-23T11:45:00.0000000"
    assert "Reserved" not in lab.subjects()


def test_decline(lab: Lab) -> None:
    async def work(graph: Any) -> None:
        mailbox = graph.users.by_user_id(ROOM)
        page = await mailbox.calendar_view.get(request_configuration=window())
        answer = DeclinePostRequestBody(comment="no-show", send_response=True)
        await mailbox.events.by_event_id(page.value[0].id).decline.post(answer)

    ask(lab, work)
    assert "Budgetopfølgning" not in lab.subjects()


@pytest.mark.parametrize(
    ("room", "status", "code"),
    [
        ("smaalandsfarvandet@nordhavn.example", 403, "DelegatedCalendarAccessDenied"),
        ("nowhere@nordhavn.example", 404, "ErrorInvalidUser"),
    ],
)
def test_refusals_become_odata_errors(lab: Lab, room: str, status: int, code: str) -> None:
    with pytest.raises(ODataError) as caught:
        ask(lab, lambda graph: graph.users.by_user_id(room).calendar_view.get(request_configuration=window()))
    error: Any = caught.value
    assert (error.response_status_code, error.error.code) == (status, code)
    assert error.error.inner_error.request_id
    assert error.error.inner_error.date is not None


def test_retries_after_429_by_itself(lab: Lab) -> None:
    fault = {"path": "calendarView", "status": 429, "code": "ApplicationThrottled", "retry_after_s": 1, "count": 1}
    lab.sim.control("POST", "/_sim/faults", fault)
    view = ask(lab, lambda graph: graph.users.by_user_id(ROOM).calendar_view.get(request_configuration=window()))
    assert len(view.value) == 3
    asked = [e["status"] for e in lab.sim.control("GET", "/_sim/requests")["requests"] if "calendarView" in e["path"]]
    assert asked == [429, 200]
