"""The stories of the lobby on glass: fingers on every panel, a scanner, the simulated tenant and a printed badge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.pages import Goodbye, Welcome
from kiosk.view import MessageView, Verb
from tests.kiosk.invitation_kit import VISIT, new_code, record, token
from tests.kiosk.site import LOUISE, Site, sealed_to
from tests.kiosk_ui.touch_site import TouchSite, touch_site
from ui.metrics import PANELS, Panel

Story = Callable[[TouchSite], Awaitable[None]]
on_every_panel = pytest.mark.parametrize("panel", PANELS, ids=["10", "7", "portrait"])


def live(stage: Callable[..., Any], panel: Panel, folder: Path, story: Story) -> None:
    """Live a story at a kiosk on that panel."""
    screen = {"width_px": panel.width_px, "height_px": panel.height_px, "width_mm": panel.width_mm}

    async def main() -> None:
        async with touch_site(stage(panel), folder, screen=screen) as here:
            await story(here)

    asyncio.run(main())


@on_every_panel
def test_a_walk_in_by_fingers(stage: Callable[..., Any], tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.walk_in("Karl Lund")
        await here.says("Louise H. har fået besked på Teams")
        assert [visit.guest.name for visit in here.inside] == ["Karl Lund"]
        await here.says("Tag dit gæstekort")
        here.tap(Verb.HOME)
        await here.home()
        await leave_by_badge(here)

    live(stage, panel, tmp_path, story)


@on_every_panel
def test_an_invitation_by_one_scan_and_one_finger(stage: Callable[..., Any], tmp_path: Path, panel: Panel) -> None:
    async def story(here: TouchSite) -> None:
        await here.take(sealed_to(here, record(new_code(), host_name="Louise Holm", host_address=LOUISE)))
        here.scan(token())
        await here.until(lambda: isinstance(here.page, MessageView) and here.page.title == "Velkommen, Signe")
        here.tap(Verb.NEXT)
        await here.says("Louise H. har fået besked på Teams")
        assert [visit.id for visit in here.inside] == [VISIT]

    live(stage, panel, tmp_path, story)


async def leave_by_badge(here: Site) -> None:
    """The code that was really printed is held before the scanner."""
    await here.until(lambda: len(here.labels) == 1)
    here.scan(here.labels[0].payloads[0])
    await here.flow_page(Goodbye)
    assert here.inside == ()
    here.tap(Verb.HOME)
    await here.flow_page(Welcome)
