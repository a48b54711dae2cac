"""A whole kiosk that shares: over its control socket's table, from the glass to the outbox and back."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from common.control import ControlError, Request
from common.visiting.sealed_visit import open_visit, seal_visit, transport_key
from common.visiting.shared_visit import HUB, SharedGuest, SharedHost, SharedVisit
from kiosk.control import Control
from kiosk.view import MessageView, Verb
from tests.common.visiting.token_kit import VISIT, token
from tests.kiosk.register_kit import visit_id
from tests.kiosk.sharing_kit import outbox_bodies, public_key, public_text
from tests.kiosk.site import LOUISE, MORNING, Site
from tests.kiosk.test_reception_stories import behind_pin, lives, people

TODAY = MORNING.date()
SECRET = bytes(range(32))
NAME = "Ida Fra Bagdøren"


async def _never() -> None:
    raise AssertionError("nothing is to be read again")


async def asked(here: Site, op: str, **args: Any) -> dict[str, Any]:
    control = Control(here.kiosk, None, _never)
    try:
        return await control.handlers()[op](Request(op, args, 1000, 1))
    finally:
        control.close()


def from_the_other_kiosk() -> SharedVisit:
    return SharedVisit(
        id=visit_id(77),
        version=1,
        by="back-door",
        origin="back-door",
        day=TODAY,
        delete_on=TODAY.replace(month=12, day=7),
        type="guest",
        guest=SharedGuest(name=NAME, phone="+45 12 34 56 99"),
        host=SharedHost(ref="1", name="Louise Holm"),
        in_at=MORNING,
    )


def invited(number: str, host: str) -> SharedVisit:
    """As the hub's pages make it: the host by mail address only."""
    return msgspec.structs.replace(
        from_the_other_kiosk(),
        id=number,
        by=HUB,
        origin=HUB,
        state="expected",
        in_at=None,
        expected_at=MORNING,
        guest=SharedGuest(name="Signe Hemmelig"),
        host=SharedHost(name="Jonas Vært", address=host),
    )


@pytest.mark.parametrize(
    ("host", "said"), [(LOUISE, "har fået besked på Teams"), ("jonas@firma.example", "har fået besked på e-mail")]
)
def test_whom_the_hub_invited_comes_in_and_the_host_is_told(tmp_path: Path, host: str, said: str) -> None:
    outbox = tmp_path / "outbox.db"

    async def story(here: Site) -> None:
        answer = await asked(here, "sharing")
        sealed = seal_visit(invited(VISIT, host), public_key(answer["keys"][TODAY.isoformat()]))
        assert await asked(here, "visit", record=base64.b64encode(sealed).decode()) == {"visits": 1}
        here.scan(token())
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.title == "Velkommen, Signe")
        here.tap(Verb.NEXT)
        await here.says(said)
        assert [visit.host.address for visit in here.inside] == [host]

    lives(tmp_path, story, unit={"outbox_file": str(outbox)}, sharing={"enabled": True})


def test_a_guest_goes_out_by_the_outbox_and_another_comes_in_by_the_socket(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox.db"

    async def story(here: Site) -> None:
        keys = {TODAY.isoformat(): public_text(transport_key(SECRET).public_key())}
        answer = await asked(here, "sharing", keys=keys)
        assert answer["address"].startswith("mdk1-")
        await here.walk_in("Karl Gæst", "+45 20 20 20 20")
        await here.until(lambda: any(topic == "e/visit" for _, topic, _ in outbox_bodies(outbox)))
        (blob,) = [body["blob"] for _, topic, body in outbox_bodies(outbox) if topic == "e/visit"]
        told = open_visit(base64.urlsafe_b64decode(blob + "=" * (-len(blob) % 4)), transport_key(SECRET))
        assert told.guest is not None
        assert (told.guest.name, told.origin, len(told.badge_key)) == ("Karl Gæst", "test-lobby", 32)
        here.tap(Verb.HOME)
        await here.home()
        await behind_pin(here)
        assert NAME not in str(await people(here))
        sealed = seal_visit(from_the_other_kiosk(), public_key(answer["keys"][TODAY.isoformat()]))
        record = base64.b64encode(sealed).decode()
        assert await asked(here, "visit", record=record) == {"visits": 1}
        assert await asked(here, "visit", record=record) == {"visits": 0}
        await here.until(lambda: NAME in str(here.page))
        with pytest.raises(ControlError, match="refused"):
            await asked(here, "visit", record=base64.b64encode(sealed[:-1]).decode())
        assert len(here.inside) == 2

    lives(tmp_path, story, unit={"outbox_file": str(outbox)}, sharing={"enabled": True})
    assert NAME.encode() not in outbox.read_bytes()
