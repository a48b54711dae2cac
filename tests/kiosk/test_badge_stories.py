"""Badges between the register and the printer: power cuts, old ones, badges that fit no label, reprints."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from common.control import ControlError, Request
from common.database import StoreError, StoreFault
from drivers.emulators.emulator import Fault
from drivers.printers.jobs import JobState
from kiosk.control import Control
from kiosk.model import LeftBy
from kiosk.pages import Person
from kiosk.print_table import PrintJob, PrintKind
from kiosk.view import MessageView, Verb
from telemetry.payloads import ActionEnded
from tests.common.visiting.token_kit import VISIT
from tests.kiosk.register_kit import Events
from tests.kiosk.site import Site
from tests.kiosk.test_reception_stories import behind_pin, lives, people
from tests.kiosk.test_stories import NAME, live


async def jobs(here: Site) -> list[PrintJob]:
    """All jobs of the register, the oldest first, once the kiosk has nothing more to do."""
    await here.until(lambda: not here.kiosk.busy)
    return list(reversed(await here.kiosk.parts.register.print_jobs()))


async def ended(here: Site) -> list[PrintJob]:
    """The same, once every job has ended there."""
    async with asyncio.timeout(8):
        while any(job.state in (JobState.QUEUED, JobState.PRINTING) for job in await jobs(here)):
            await asyncio.sleep(0.01)
    return await jobs(here)


async def looked(here: Site) -> None:
    """Wait until the kiosk has looked at what was left."""
    await here.until(lambda: here.kiosk.badges._newest_left is not None)


async def no_paper(here: Site) -> None:
    """A guest signs in, and the badge waits for paper."""
    here.printer.emulator.faults.add(Fault.PAPER_OUT)
    await here.walk_in(NAME)
    await here.says("Kortprinteren virker ikke")
    assert [job.state for job in await jobs(here)] == [JobState.QUEUED]


@pytest.mark.parametrize(
    ("away_s", "state"), [(540, JobState.DONE), (660, JobState.ABANDONED), (-60, JobState.ABANDONED)]
)
def test_a_badge_outlives_a_power_cut_for_ten_minutes(tmp_path: Path, away_s: int, state: JobState) -> None:
    async def before(here: Site) -> None:
        await no_paper(here)
        here.clock.jump(away_s)

    async def after(here: Site) -> None:
        (job,) = await ended(here)
        assert (job.state, job.repeat) == (state, False)
        assert [NAME in " ".join(label.texts) for label in here.labels] == [True] * (state is JobState.DONE)

    lives(tmp_path, before, after)


def test_one_that_was_being_printed_is_printed_again_and_marked(tmp_path: Path) -> None:
    async def before(here: Site) -> None:
        await no_paper(here)
        (job,) = await jobs(here)
        await here.kiosk.parts.register.print_jobs_changed([(job, JobState.PRINTING, "")])

    async def after(here: Site) -> None:
        (job,) = await ended(here)
        assert len(here.labels) == 1
        assert (job.state, job.repeat, job.tries) == (JobState.DONE, True, 2)

    lives(tmp_path, before, after)


def test_the_label_of_a_guest_who_has_left_does_not_come(tmp_path: Path) -> None:
    async def before(here: Site) -> None:
        await no_paper(here)
        await here.kiosk.parts.register.sign_out(here.inside[0].id, LeftBy.RECEPTION)

    async def after(here: Site) -> None:
        (job,) = await ended(here)
        assert (job.state, here.labels) == (JobState.ABANDONED, ())

    lives(tmp_path, before, after)


@pytest.mark.parametrize(("then", "state"), [("sync", JobState.DONE), ("wait", JobState.ABANDONED)])
def test_without_a_clock_nobody_knows_how_old_a_badge_is(tmp_path: Path, then: str, state: JobState) -> None:
    async def before(here: Site) -> None:
        await no_paper(here)
        await here.control("POST", "faults", kind="html", path="/")  # no clock from Graph's answers either
        here.clock.sync = False
        here.clock._evidence = type(here.clock._evidence)()

    async def after(here: Site) -> None:
        await looked(here)
        assert [job.state for job in await jobs(here)] == [JobState.QUEUED]
        if then == "sync":
            here.clock.sync = True
        else:
            here.clock.step(601)
        here.kiosk.badges.wake()
        assert [job.state for job in await ended(here)] == [state]
        assert len(here.labels) == (then == "sync")

    lives(tmp_path, before, after)


def test_a_badge_that_fits_no_label_is_told_on_the_screen_and_in_telemetry(tmp_path: Path) -> None:
    told = Events()

    async def story(here: Site) -> None:
        here.kiosk.parts.reporter._sink = told  # type: ignore[assignment]
        await here.walk_in(NAME)
        await here.says("Du får et gæstekort i receptionen")
        (job,) = await ended(here)
        assert (job.state, job.reason) == (JobState.FAILED, "not-printable")
        assert here.labels == ()
        assert len(here.inside) == 1
        here.tap(Verb.HOME)

    live(tmp_path, story, printer={"driver": "emulated", "language": "zpl", "media": "20x10"})
    assert ActionEnded("print-badge", "failed", "not-printable") in told.events
    assert not [one for one in told.events if type(one).__name__ == "TaskDied"]


def test_a_reprint_from_the_menu_and_over_the_socket_is_the_same(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        control = Control(here.kiosk, None, _never)
        with pytest.raises(ControlError, match="No badge was printed yet"):
            await control.reprint(_asking("last"))
        await here.walk_in(NAME)
        await here.until(lambda: len(here.labels) == 1)
        here.tap(Verb.HOME)
        visit_id = here.inside[0].id
        await behind_pin(here)
        await people(here)
        here.tap(Verb.PICK, "0")
        await here.flow_page(Person)
        here.tap(Verb.REPRINT, visit_id)
        assert isinstance(here.page, MessageView)
        await here.until(lambda: len(here.labels) == 2)
        for wanted, count in (("last", 3), (visit_id, 4)):
            await ended(here)
            answer = await control.reprint(_asking(wanted))
            assert (answer["visit"], answer["printer_trouble"]) == (visit_id, None)
            await here.until(lambda most=count: len(here.labels) == most)  # type: ignore[misc]
        found = [(job.kind, job.state) for job in await ended(here)]
        assert found == [(PrintKind.BADGE, JobState.DONE)] + [(PrintKind.REPRINT, JobState.DONE)] * 3
        for wanted in (VISIT, ""):
            with pytest.raises(ControlError, match="No guest of that id"):
                await control.reprint(_asking(wanted))

    lives(tmp_path, story)


def _asking(visit_id: str) -> Request:
    return Request("reprint", {"visit_id": visit_id}, 1000, 1)


async def _never() -> None:
    raise AssertionError("nobody reloads")


def test_a_register_that_fails_keeps_no_badge_from_its_guest(tmp_path: Path) -> None:
    async def story(here: Site) -> None:
        register, faults = here.kiosk.parts.register, [0, 0]
        written = register.print_jobs_changed

        async def failing(changes: Sequence[tuple[PrintJob, JobState, str]]) -> None:
            if faults:
                faults.pop()
                raise StoreError(register.folder, StoreFault.FULL, "no space left")
            await written(changes)

        register.print_jobs_changed = failing  # type: ignore[method-assign]
        await here.walk_in(NAME)
        await here.until(lambda: len(here.labels) == 1)
        await here.until(lambda: not faults)
        here.kiosk.badges.wake()
        (job,) = await ended(here)
        assert (job.state, len(here.labels)) == (JobState.DONE, 1)

    live(tmp_path, story)
