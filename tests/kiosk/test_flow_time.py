"""What time does: "still there?", last pages, answers that do not come, sign-ins that wait for the register."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.printers.jobs import JobState
from kiosk.events import (
    Health,
    HealthChanged,
    PrintChanged,
    Refusal,
    SearchProblem,
    SignedIn,
    SignInFailed,
    Stirred,
    ToldChanged,
)
from kiosk.kiosk_effects import SignIn, Wipe
from kiosk.model import Answer, Channel, Progress, Told
from kiosk.settings import AccessibilitySection
from kiosk.states import MAX_UNSAVED, Unsaved
from kiosk.view import BadgeView, Verb
from tests.kiosk.flow_kit import JESPER, Kiosk, setup

ANSWERED = Told("Jesper F.", Channel.CHAT, Progress.ANSWERED, Answer.COMING)


def finished(kiosk: Kiosk) -> SignIn:
    kiosk.to_details()
    kiosk.keyed("Bo Bech")
    kiosk.tap(Verb.NEXT)
    kiosk.tap(Verb.ACCEPT)
    return kiosk.last(SignIn)


def left(kiosk: Kiosk) -> int | None:
    """Seconds to answer "still there?"; None while it is not asked."""
    over = kiosk.view.still_there
    return over.seconds if over else None


def test_thirty_seconds_then_twenty_more_then_home() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.fill(name="Bo")
    kiosk.wait(29.5)
    assert left(kiosk) is None
    kiosk.wait(1)
    assert left(kiosk) == 20
    kiosk.wait(19)
    assert kiosk.page_name == "Details"
    kiosk.wait(1.5)
    assert kiosk.page_name == "Welcome"
    assert kiosk.asked(Wipe)


def test_more_time_is_as_much_again() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    for _ in range(5):
        kiosk.wait(45)
        kiosk.tap(Verb.MORE_TIME)
        assert kiosk.view.still_there is None
    assert kiosk.page_name == "Details"


def test_who_turns_pages_is_there_but_does_not_answer_for_more_time() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.tap(Verb.PRIVACY)
    for _ in range(4):
        kiosk.wait(25)
        kiosk.event(Stirred())
        assert left(kiosk) is None
    kiosk.wait(30.5)
    kiosk.event(Stirred())
    assert left(kiosk) == 20
    kiosk.wait(20.5)
    assert kiosk.page_name == "Welcome"


def test_a_clock_that_jumps_still_asks_first() -> None:
    kiosk = Kiosk()
    kiosk.to_details()
    kiosk.now_s += 3600
    kiosk.wait(0.25)
    assert (kiosk.page_name, kiosk.view.still_there is None) == ("Details", False)


def test_a_language_chosen_at_rest_goes_back_by_itself() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.LANGUAGE, "en")
    kiosk.tap(Verb.HIGH_CONTRAST)
    kiosk.wait(49)
    assert kiosk.state.language == "en"
    kiosk.wait(2)
    assert (kiosk.state.language, kiosk.state.aids.high_contrast) == ("da", False)
    session = kiosk.state.session
    kiosk.wait(200)
    assert kiosk.state.session == session


def test_low_reach_stays_where_the_site_has_it() -> None:
    low = replace(setup(), accessibility=AccessibilitySection(low_reach=True))
    kiosk = Kiosk(low)
    kiosk.tap(Verb.LOW_REACH)
    kiosk.tap(Verb.SPEECH)
    assert (kiosk.state.aids.low_reach, kiosk.state.aids.speech) == (False, False)
    kiosk.tap(Verb.HOME)
    assert kiosk.state.aids.low_reach


def test_the_last_page_goes_by_itself() -> None:
    kiosk = Kiosk()
    finished(kiosk)
    kiosk.commit()
    kiosk.wait(9.5)
    assert kiosk.page_name == "Done"
    kiosk.wait(1)
    assert kiosk.page_name == "Welcome"


def test_large_text_gets_twice_the_time() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.LARGE_TEXT)
    finished(kiosk)
    kiosk.commit()
    kiosk.wait(19)
    assert kiosk.page_name == "Done"


def test_more_time_follows_the_ladder() -> None:
    kiosk = Kiosk()
    sign_in = finished(kiosk)
    kiosk.commit()
    kiosk.tap(Verb.MORE_TIME)
    kiosk.wait(55)
    kiosk.event(ToldChanged(sign_in.request_id, (ANSWERED,)))
    kiosk.wait(20)
    assert kiosk.page.told == (ANSWERED,)
    kiosk.wait(60)
    assert kiosk.page_name == "Welcome"


def test_the_first_answer_is_seen_for_a_whole_count_down_and_no_more_than_once() -> None:
    kiosk = Kiosk()
    sign_in = finished(kiosk)
    kiosk.commit()
    kiosk.wait(9)
    for _ in range(8):
        kiosk.event(ToldChanged(sign_in.request_id, (ANSWERED,)))
        kiosk.wait(2)
    assert kiosk.page_name == "Welcome"


def test_what_comes_before_the_last_page_is_not_lost() -> None:
    kiosk = Kiosk()
    sign_in = finished(kiosk)
    badge = BadgeView(8, 1, b"\xff")
    kiosk.event(ToldChanged(sign_in.request_id, (ANSWERED,)))
    kiosk.event(PrintChanged(sign_in.request_id, JobState.PRINTING, badge))
    kiosk.commit()
    assert (kiosk.page.told, kiosk.page.picture) == ((ANSWERED,), badge)
    kiosk.tap(Verb.HELP)
    kiosk.event(PrintChanged(sign_in.request_id, JobState.DONE))
    kiosk.tap(Verb.BACK)
    assert (kiosk.page.printing, kiosk.page.picture) == (JobState.DONE, badge)


@pytest.mark.parametrize("request_id", ["somebody-else", ""])
def test_news_of_another_guest_is_not_shown(request_id: str) -> None:
    kiosk = Kiosk()
    finished(kiosk)
    kiosk.commit()
    kiosk.event(ToldChanged(request_id, (ANSWERED,)))
    kiosk.event(PrintChanged(request_id, JobState.FAILED))
    assert (kiosk.page.told, kiosk.page.printing) == ((), JobState.QUEUED)


# --- answers that do not come ---


def test_a_code_that_nobody_reads() -> None:
    kiosk = Kiosk()
    kiosk.scan()
    kiosk.wait(8.5)
    assert (kiosk.page_name, kiosk.page.refusal) == ("CodeRefused", Refusal.FAILED)


def test_a_search_that_nobody_answers() -> None:
    kiosk = Kiosk()
    kiosk.tap(Verb.VISIT)
    kiosk.tap(Verb.TYPED, "jes")
    kiosk.wait(8.5)
    assert (kiosk.page.problem, kiosk.page.busy_s) == (SearchProblem.OFFLINE, None)
    kiosk.find(JESPER)
    assert kiosk.page.hits == (JESPER,)


def test_a_sign_out_that_nobody_answers() -> None:
    kiosk = Kiosk()
    kiosk.badge()
    kiosk.wait(8.5)
    assert kiosk.page.failed


# --- sign-ins that wait for the register ---


@pytest.mark.parametrize("failed", [True, False])
def test_a_sign_in_is_asked_for_until_the_register_has_it(failed: bool) -> None:
    kiosk = Kiosk()
    sign_in = finished(kiosk)
    if failed:
        kiosk.event(SignInFailed(sign_in.request_id))
    kiosk.wait(8.5)
    assert not kiosk.page.saved
    kiosk.wait(60)
    asked = kiosk.asked(SignIn)
    assert 6 <= len(asked) <= 8
    assert all(one == replace(sign_in, repeated=True) for one in asked[1:])
    kiosk.event(SignedIn(sign_in.request_id))
    kiosk.wait(60)
    assert len(kiosk.asked(SignIn)) == len(asked)
    assert kiosk.state.unsaved == ()


def test_a_late_answer_is_good_news() -> None:
    kiosk = Kiosk()
    sign_in = finished(kiosk)
    kiosk.event(SignInFailed(sign_in.request_id))
    kiosk.event(SignedIn(sign_in.request_id))
    assert kiosk.page.saved


def test_when_the_register_is_far_behind_nobody_begins_but_all_may_leave() -> None:
    kiosk = Kiosk()
    sign_in = finished(kiosk)
    kiosk.tap(Verb.HOME)
    behind = tuple(Unsaved(replace(sign_in, request_id=str(index)), kiosk.now_s) for index in range(MAX_UNSAVED))
    kiosk.state = replace(kiosk.state, unsaved=behind)
    kiosk.tap(Verb.VISIT)
    assert kiosk.page_name == "Welcome"
    kiosk.invited()
    assert kiosk.page.refusal is Refusal.FAILED
    kiosk.tap(Verb.BACK)
    kiosk.badge()
    assert kiosk.page_name == "SigningOut"


def test_health_is_kept_through_a_wipe() -> None:
    kiosk = Kiosk()
    kiosk.event(HealthChanged(Health(network=False)))
    kiosk.tap(Verb.VISIT)
    kiosk.tap(Verb.HOME)
    assert not kiosk.state.health.network
