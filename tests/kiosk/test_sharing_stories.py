"""A whole kiosk that shares: over its control socket's table, from the glass to the outbox and back."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from common.control import ControlError, Request
from common.visiting.sealed_visit import open_visit, seal_visit, transport_key
from common.visiting.shared_visit import SharedGuest, SharedHost, SharedVisit
from kiosk.control import Control
from kiosk.view import Verb
from tests.kiosk.register_kit import visit_id
from tests.kiosk.sharing_kit import outbox_bodies, public_key, public_text
from tests.kiosk.site import MORNING, Site
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
