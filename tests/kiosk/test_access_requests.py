"""What a guest may ask for: everything is shown, and erasure reaches the copies too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from common.visiting.guest_match import RequestError, is_guest
from kiosk.access_requests import Erased, erase_guest, export_guest
from kiosk.audit import Actor
from kiosk.model import Channel, Guest, LeftBy
from kiosk.proof import prove
from kiosk.register_store import Signature
from tests.kiosk.register_kit import DAY_S, ZONE, Desk, IdentityCipher, at_desk, guest, visit, visit_id

MAJA = Guest("Maja Krogh-Sørensen", "Maja@Krogh.example", "+45 12 34 56 78")
WHO = [
    ("maja@krogh.example", True),
    (" MAJA@KROGH.EXAMPLE ", True),
    ("maja@krogh.exampl", False),
    ("Maja Krogh-Sørensen", True),
    ("soerensen krogh maja", True),
    ("Maja Krogh", False),
    ("12345678", True),
    ("004512345678", True),
    ("+45 12-34-56-78", True),
    ("345678", True),
    ("45678", False),
    ("123456789", False),
    ("a12345678", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "is_maja"), WHO)
def test_who_is_meant(text: str, is_maja: bool) -> None:
    assert is_guest(MAJA, text) == is_maja
    assert not is_guest(Guest("Bo Li"), text)


@pytest.mark.parametrize("text", ["", "  ", "1", "12345", "x", "@"])
def test_a_text_that_can_name_nobody_is_refused(tmp_path: Path, text: str) -> None:
    async def story(desk: Desk) -> None:
        with pytest.raises(RequestError, match="six digits"):
            await desk.register.apply(lambda store, at: export_guest(store, at, text, Actor.ADMIN))

    at_desk(tmp_path / "register", story)


def test_all_that_is_known_is_shown(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        signatures = {visit_id(1): Signature("rules-1", "1,1 2,2")}
        await desk.register.sign_in([visit(1), visit(2)], tell=Channel.MAIL, signatures=signatures, badges=True)
        await desk.register.sign_out(visit_id(1), LeftBy.HOST)
        (shown,) = await desk.register.apply(lambda store, at: export_guest(store, at, guest(1).email, Actor.ADMIN))
        assert shown == {
            "visit": visit_id(1),
            "type": "guest",
            "state": "left",
            "name": "Åse Guestname00001 Sørensen",
            "email": "guest00001@mail.example",
            "phone": "+45 70000001",
            "fields": {"company": "Firm00001 ApS"},
            "host": "Jesper Østergaard",
            "language": "da",
            "privacy_notice": "2026-1",
            "left_by": "host",
            "forgotten_on": "2026-12-07",
            "expected": None,
            "in": "2026-11-23T08:00:00+00:00",
            "out": "2026-11-23T08:00:00+00:00",
            "planned_end": None,
            "messages": [
                {
                    "step": "first",
                    "channel": "mail",
                    "state": "queued",
                    "answer": None,
                    "made": "2026-11-23T08:00:00+00:00",
                }
            ],
            "badges": [{"state": "queued", "made": "2026-11-23T08:00:00+00:00"}],
            "signature": {"document": "rules-1", "strokes": "1,1 2,2"},
        }
        entries = await desk.register.apply(lambda store, at: store.audit.entries())
        assert [(one.event, one.actor, one.object) for one in entries] == [("exported", "admin", visit_id(1))]

    at_desk(tmp_path / "register", story)


async def erase(desk: Desk, text: str) -> Erased:
    return await desk.register.apply(lambda store, at: erase_guest(store, at, text, Actor.ADMIN, ZONE))


def test_an_erased_guest_is_gone_and_the_others_of_the_day_are_not(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        await desk.register.sign_in([visit(3)], tell=None, signatures={visit_id(3): Signature("rules", "9,9")})
        desk.clock.step(DAY_S)
        await desk.register.sign_in([visit(4, guest=guest(1))], tell=None)
        for number in (1, 2, 4):
            await desk.register.sign_out(visit_id(number), LeftBy.SCAN)
        (desk.folder / "backups").mkdir()
        shutil.copy(desk.database, desk.folder / "backups" / "monday.db")
        shutil.copy(f"{desk.database}-wal", desk.folder / "backups" / "monday.db-wal")
        assert await erase(desk, guest(1).phone) == Erased(visits=2, on_site=0, keys=2, compacted=True)
        assert await desk.ids() == [2, 3]
        assert (await desk.register.apply(lambda store, at: store.signature_of(visit_id(3)))) == Signature(
            "rules", "9,9"
        )
        proof = await desk.register.apply(lambda store, at: prove(store, [guest(1).email, guest(2).email]))
        assert {found.text for found in proof.findings} == {1}
        assert all(found.file == str(desk.database) for found in proof.findings)  # no copy opens any more
        stats = await desk.forgetting.statistics(desk.clock.now().date().replace(day=1), desk.clock.now().date())
        assert [(one.day, one.came) for one in stats] == [("2026-11-23", 3), ("2026-11-24", 1)]

    at_desk(tmp_path / "register", story)


def test_a_guest_in_the_building_stays_on_the_list(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1)
        assert await erase(desk, guest(1).name) == Erased(visits=0, on_site=1, keys=0, compacted=True)
        assert await desk.ids() == [1]

    at_desk(tmp_path / "register", story)


def test_a_power_cut_in_the_middle_is_finished_by_the_next_forgetting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiosk import erasing

    class CutError(Exception):
        pass

    def cut(store: object) -> int:
        raise CutError

    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        (old,) = await desk.register.apply(lambda store, at: store.ring.keys)
        await desk.register.sign_out(visit_id(1), LeftBy.SCAN)
        monkeypatch.setattr(erasing, "destroy_doomed", cut)
        with pytest.raises(CutError):
            await erase(desk, guest(1).email)
        ring = desk.folder / "keys" / "day.keys"
        assert old.secret in ring.read_bytes()
        await desk.forgetting.now()
        assert old.secret not in ring.read_bytes()
        assert await desk.ids() == [2]

    at_desk(tmp_path / "register", story)


def test_nothing_of_an_erased_guest_is_left_in_any_byte(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.sign_in(1, 2)
        await desk.register.sign_out(visit_id(1), LeftBy.SCAN)
        await erase(desk, guest(1).email)
        proof = await desk.register.apply(
            lambda store, at: prove(store, [guest(1).email, "Guestname00001", visit_id(1)])
        )
        # The id stays in the audit log: it points to nothing any more.
        assert {found.text for found in proof.findings} == {2}

    at_desk(tmp_path / "register", story, cipher=IdentityCipher())
