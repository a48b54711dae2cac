"""Pictures of hosts, fetched from the simulated tenant: for whom, how often, how long, and what stands in without."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from common.clock import ManualClock
from graph.errors import AccessDenied, BadAnswer, GraphError, NetworkDown, NotFound, Throttled
from kiosk.host_photos import MOST_KEPT, HostPhotos
from kiosk.host_search import OTHER
from kiosk.redaction import redacted
from kiosk.view import HostsView, PhotoView, RowView, Verb
from tests.kiosk.site import MORNING, Site, site

PICTURE = PhotoView(1, bytes(4))


class People:
    """Answers by id; keeps what was asked."""

    def __init__(self, **answers: bytes | GraphError) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def photo(self, person: str, *, user: bool = False) -> bytes:
        assert user, "a guest waits"
        self.asked.append(person)
        answer = self.answers.get(person, b"picture")
        if isinstance(answer, GraphError):
            raise answer
        return answer


def photos_of(people: People, clock: ManualClock | None = None) -> HostPhotos:
    return HostPhotos(people, lambda data: PICTURE if data == b"picture" else None, clock or ManualClock(MORNING))


@pytest.mark.parametrize(
    "answer",
    [NotFound("", what="photo"), NotFound("", what="mailbox"), AccessDenied("", status=403), BadAnswer(""), b"bomb"],
)
def test_who_has_none_is_asked_for_once_a_day(answer: bytes | GraphError) -> None:
    async def story() -> None:
        people, clock = People(a=answer), ManualClock(MORNING)
        photos = photos_of(people, clock)
        for _ in range(3):
            photos.new_session()
            assert list(await photos.of(["a", "b"])) == ["b"]
        assert people.asked == ["a", "b", "b", "b"]
        clock.step(timedelta(days=1).total_seconds())
        await photos.of(["a"])
        assert people.asked[-1] == "a"

    asyncio.run(story())


@pytest.mark.parametrize("trouble", [NetworkDown(""), Throttled("", retry_after_s=5)])
def test_trouble_costs_the_guest_one_try_and_passes(trouble: GraphError) -> None:
    async def story() -> None:
        people, clock = People(a=trouble), ManualClock(MORNING)
        photos = photos_of(people, clock)
        assert await photos.of(["a", "b"]) == {}
        assert await photos.of(["a", "b"]) == {}
        assert people.asked == ["a"]
        people.answers.clear()
        clock.step(61)
        assert set(await photos.of(["a", "b"])) == {"a", "b"}

    asyncio.run(story())


def test_few_are_kept_and_only_for_one_guest() -> None:
    async def story() -> None:
        people = People()
        photos = photos_of(people)
        every = [f"host-{number}" for number in range(MOST_KEPT + 3)]
        for ref in every:
            assert await photos.of([ref]) == {ref: PICTURE}
        await photos.of(every[-MOST_KEPT:])
        assert people.asked == every, "the newest are kept"
        await photos.of(every[:1])
        assert people.asked == [*every, every[0]]
        photos.new_session()
        await photos.of(every[:1])
        assert people.asked == [*every, every[0], every[0]]

    asyncio.run(story())


def test_hosts_of_the_config_are_never_asked_for() -> None:
    people = People()
    assert asyncio.run(photos_of(people).of([f"{OTHER}0", ""])) == {}
    assert people.asked == []


# --- at a kiosk, with the tenant ---


def live(folder: Path, story: Callable[[Site], Awaitable[None]], **hosts: Any) -> None:
    async def main() -> None:
        async with site(folder, hosts={"photos": True, **hosts}) as here:
            await story(here)

    asyncio.run(main())


def rows(here: Site) -> tuple[RowView, ...]:
    assert isinstance(here.page, HostsView)
    return here.page.rows


def row(here: Site) -> RowView:
    (found,) = rows(here)
    return found


def asked(here: Site) -> list[str]:
    return [entry.path for entry in here.sim.tenant.journal.entries if "/photo" in entry.path]


def stands_in(folder: Path, data: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and data in path.read_bytes()]


def test_the_picture_comes_with_the_whole_name_and_never_before(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def story(here: Site) -> None:
        here.tap(Verb.VISIT)
        await here.find_host("louise hol")
        await here.until(lambda: not here.kiosk.searching.busy)
        assert (row(here).title, row(here).photo) == ("Louise H.", None)
        assert asked(here) == []
        here.tap(Verb.TYPED, "louise holm")
        await here.until(lambda: any(one.photo for one in rows(here)))
        photo = row(here).photo
        assert photo is not None
        assert (row(here).title, photo.side_px, len(photo.rgba)) == ("Louise Holm", 96, 4 * 96 * 96)
        assert len(asked(here)) == 1
        view = redacted(here.kiosk.view).page
        assert isinstance(view, HostsView)
        assert [one.photo for one in view.rows] == [None] * len(view.rows)
        here.tap(Verb.TYPED, "louise hol")
        await here.until(lambda: [one.title for one in rows(here)] == ["Louise H."])
        assert row(here).photo is None
        here.tap(Verb.HOME)
        await here.home()
        assert here.kiosk.parts.photos is not None
        assert await here.kiosk.parts.photos.of([]) == {}
        seen.append(photo.rgba[20_000:][:64])

    live(tmp_path, story)
    assert stands_in(tmp_path, seen[0]) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("bente jensen", {}),
        ("louise holm", {"status": 403, "code": "Authorization_RequestDenied"}),
        ("louise holm", {"status": 404, "code": "MailboxNotEnabledForRESTAPI"}),
        ("louise holm", {"kind": "html"}),
        ("louise holm", {"kind": "truncate"}),
        ("louise holm", {"kind": "content_type"}),
    ],
)
def test_without_one_there_are_initials_and_no_trouble(tmp_path: Path, name: str, fault: dict[str, Any]) -> None:
    async def story(here: Site) -> None:
        if fault:
            await here.control("POST", "faults", path="/photos/", **fault)
        here.tap(Verb.VISIT)
        await here.find_host(name)
        await here.until(lambda: not here.kiosk.searching.busy)
        found = row(here)
        assert (found.photo, found.initials) == (None, "".join(part[0].upper() for part in name.split()))
        before = len(asked(here))
        assert before >= 1
        here.tap(Verb.HOME)
        here.tap(Verb.VISIT)
        await here.find_host(name)
        await here.until(lambda: not here.kiosk.searching.busy)
        assert len(asked(here)) == before
        here.tap(Verb.PICK_HOST, "0")

    live(tmp_path, story)


def test_switched_off_nobody_asks(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        here.tap(Verb.VISIT)
        await here.find_host("louise holm")
        await here.until(lambda: not here.kiosk.searching.busy)
        assert here.kiosk.parts.photos is None
        assert (row(here).photo, asked(here)) == (None, [])

    live(tmp_path, story, photos=False)
