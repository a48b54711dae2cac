"""Generated pictures of people: real JPEG and PNG of every size; who has none, and who may not see them."""

from __future__ import annotations

import pytest

from simulator.portraits import SIDES, portrait
from tests.simulator.conftest import Lab
from tests.simulator.test_resources import BENTE, LOUISE, kiosk
from ui.picture_size import size_of
from ui.portrait import round_portrait


@pytest.mark.parametrize("side", SIDES)
def test_they_are_pictures_of_that_size(side: int) -> None:
    kinds = set()
    for number in range(6):
        media_type, picture = portrait(f"person {number}", side)
        kinds.add(media_type)
        assert size_of(picture) == (side, side)
        assert len(picture) < 200_000
    assert kinds == {"image/jpeg", "image/png"}


@pytest.mark.parametrize("number", range(6))
def test_both_kinds_show_head_and_shoulders(number: int) -> None:
    """The decoder is SDL's, not ours."""
    found = round_portrait(portrait(f"person {number}", 96)[1])
    assert found is not None
    side, pixels = found
    head, shirt, behind = (
        pixels[4 * (round(y * side) * side + round(x * side)) :][:3] for x, y in ((0.5, 0.38), (0.5, 0.9), (0.15, 0.4))
    )
    assert len({head, shirt, behind}) == 3


def test_who_is_asked_for(lab: Lab) -> None:
    for path in (f"/users/{LOUISE}/photos/96x96/$value", f"/users/{LOUISE}/photo/$value"):
        answer = kiosk(lab, "GET", path)
        assert (answer.status_code, size_of(answer.content)) == (200, (96, 96))
        assert answer.headers["content-type"] in {"image/jpeg", "image/png"}
    assert kiosk(lab, "GET", f"/users/{LOUISE}/photos/97x97/$value").json()["error"]["code"] == "ErrorInvalidImageSize"
    assert kiosk(lab, "GET", f"/users/{BENTE}/photos/96x96/$value").json()["error"]["code"] == "ImageNotFound"
    lab.sim.control("POST", f"/_sim/people/{LOUISE}/licences", {"mailbox": False})
    answer = kiosk(lab, "GET", f"/users/{LOUISE}/photos/96x96/$value")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")
