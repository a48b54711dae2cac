"""From facts to findings: one row a situation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from graph.config import Shape
from graph.doctor import judge
from graph.doctor_facts import OutsideSeen, Refusal, SignInSeen, WriteTest
from graph.errors import NetworkDown, NotFound, ServiceFault
from graph.exchange import RoomSettings
from graph.findings import Finding, Level, worst
from graph.model import Sensitivity
from graph.outcomes import OUTCOMES
from tests.graph_cli.doctor_cases import (
    ACCOUNT,
    BOSS,
    CLIENT,
    DENIED,
    NOW,
    OTHER,
    POLICY,
    ROOM,
    SCOPES,
    app,
    asked,
    delegated,
    facts,
    failed,
    meeting,
    room,
)
from tests.graph_cli.hostile import HOSTILE
from tests.graph_cli.powershell_reader import read

GOOD = RoomSettings(ROOM, "AutoAccept", False, False, True, False, False)


def findings(check: str = "", **changes: Any) -> list[Finding]:
    return [found for found in judge(facts(**changes), NOW) if check in ("", found.check)]


def test_a_healthy_panel_has_nothing_wrong() -> None:
    found = findings(exchange={ROOM: GOOD})
    assert {one.level for one in found} == {Level.OK}
    assert [one.check for one in found] == ["sign-in", "consent", "clock", "read", "write", "mailbox", "out-of-scope"]


BAD: list[tuple[str, dict[str, Any], Level, str, str]] = [
    ("sign-in", {"sign_in": failed("signed-out")}, Level.ERROR, "Nobody is signed in", "mydesk-graph sign-in"),
    ("consent", {"sign_in": failed("no-consent")}, Level.ERROR, "Place.Read.All", "Start-Process 'https://login."),
    ("network", {"sign_in": SignInSeen(NetworkDown("sign-in: no route."))}, Level.ERROR, "no route", ""),
    ("sign-in", {"sign_in": SignInSeen(ServiceFault("sign-in: a fault."))}, Level.ERROR, "a fault", ""),
    ("consent", {"sign_in": delegated("Place.Read.All")}, Level.ERROR, "Calendars.ReadWrite.Shared", "Start-Process"),
    ("consent", {"sign_in": SignInSeen()}, Level.UNKNOWN, "does not tell", ""),
    ("scopes", {"sign_in": delegated(*SCOPES, "Mail.Read")}, Level.WARNING, "Mail.Read", ""),
    ("clock", {"clock_off_s": 7.0}, Level.ERROR, "7 s ahead of", "timedatectl"),
    ("clock", {"clock_off_s": -3600.0}, Level.ERROR, "3600 s behind", "timedatectl"),
    ("clock", {"clock_off_s": None}, Level.UNKNOWN, "did not tell the time", ""),
    ("read", {"rooms": room(DENIED)}, Level.ERROR, "ErrorAccessDenied", "Add-MailboxFolderPermission"),
    ("read", {"rooms": room(DENIED), "asked": asked(account="")}, Level.ERROR, "ErrorAccessDenied", ""),
    ("read", {"rooms": room(NotFound("x", what="mailbox"))}, Level.ERROR, "no such mailbox", "Get-EXOMailbox"),
    ("read", {"rooms": room(ServiceFault("busy"))}, Level.UNKNOWN, "busy", ""),
    ("read", {"rooms": (), "asked": asked(rooms=())}, Level.UNKNOWN, "No room was named", ""),
    ("write", {"rooms": room(can_edit=False)}, Level.ERROR, "not written", "Set-MailboxFolderPermission"),
    ("write", {"rooms": room(can_edit=None)}, Level.UNKNOWN, "does not tell", ""),
    ("write", {"rooms": room(write_test=WriteTest.REFUSED)}, Level.ERROR, "not written", "Set-MailboxFolder"),
    ("write", {"rooms": room(write_test=WriteTest.LEFT_BEHIND)}, Level.WARNING, "could not be deleted", ""),
    ("private", {"rooms": room(can_view_private=False)}, Level.WARNING, "cannot be seen", "CanViewPrivateItems"),
    ("out-of-scope", {"outside": None}, Level.UNKNOWN, "No mailbox was named", ""),
    ("out-of-scope", {"outside": OutsideSeen(BOSS, None)}, Level.ERROR, "can be read", "Remove-MailboxFolderPerm"),
    ("out-of-scope", {"outside": OutsideSeen(BOSS, NotFound("x", what="mailbox"))}, Level.UNKNOWN, "Cannot tell", ""),
    ("account", {"asked": asked(shape="room-account")}, Level.WARNING, "the configured room another", "Get-EXOMailbox"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "changes", "level", "said", "mend"), BAD)
def test_what_is_wrong_is_named_explained_and_mended(
    check: str, changes: dict[str, Any], level: Level, said: str, mend: str
) -> None:
    found = findings(check, **changes)[0]
    assert found.level is level
    assert said in found.what
    assert any(mend in line for line in found.mend) if mend else not found.mend
    assert bool(found.console) == bool(found.mend)
    if level in (Level.ERROR, Level.WARNING):
        assert found.why


@pytest.mark.parametrize("key", sorted(set(OUTCOMES) - {"signed-in"}))
def test_every_outcome_of_a_sign_in_has_words(key: str) -> None:
    found = findings(sign_in=failed(key), rooms=(), outside=None, clock_off_s=None)
    assert worst(found) is Level.ERROR
    assert "{" not in found[0].what


def test_without_a_sign_in_nothing_is_said_of_what_was_not_looked_at() -> None:
    found = findings(sign_in=failed("expired"), rooms=(), outside=None, clock_off_s=None)
    assert [one.check for one in found if one.level is not Level.UNKNOWN] == ["sign-in"]


APP = asked(shape="app-only", account="")
APP_ROWS: list[tuple[str, dict[str, Any], Level, str, bool]] = [
    ("org-wide", {"sign_in": app("Place.Read.All")}, Level.OK, "", False),
    ("org-wide", {"sign_in": app("Calendars.ReadWrite")}, Level.ERROR, "Remove-MgServicePrincipalAppRole", True),
    ("org-wide", {"sign_in": app("Calendars.Read"), "outside": OutsideSeen(BOSS, DENIED, POLICY)},
     Level.WARNING, "Remove-MgServicePrincipalAppRole", True),
    ("old-policy", {"outside": OutsideSeen(BOSS, DENIED, POLICY)}, Level.WARNING, "Get-ApplicationAccessPolicy", True),
    ("out-of-scope", {"outside": OutsideSeen(BOSS, None)}, Level.ERROR, "Test-ServicePrincipalAuthorization", True),
    ("read", {"rooms": room(DENIED, refusal=Refusal.RIGHTS)}, Level.ERROR, "Test-ServicePrincipalAuthoriz", True),
    ("read", {"rooms": room(DENIED, refusal=POLICY)}, Level.ERROR, "Get-ApplicationAccessPolicy", True),
    ("write", {"rooms": room(write_test=WriteTest.REFUSED)}, Level.ERROR, "Test-ServicePrincipalAuthorization", True),
]  # fmt: skip


@pytest.mark.parametrize(("check", "changes", "level", "mend", "slow"), APP_ROWS)
def test_app_only(check: str, changes: dict[str, Any], level: Level, mend: str, slow: bool) -> None:
    found = findings(check, **{"asked": APP, "sign_in": app(), **changes})[0]
    assert (found.level, found.slow) == (level, slow)
    assert any(mend in line for line in found.mend) or not mend


@pytest.mark.parametrize(
    ("days", "level", "said"),
    [
        (31, Level.OK, "good until 2026-12-24"),
        (29, Level.WARNING, "in less than 30 days"),
        (6.9, Level.WARNING, "in less than 7 days"),
        (0.9, Level.ERROR, "in less than 1 day."),
        (0, Level.ERROR, "expired"),
        (-400, Level.ERROR, "expired on 2025-10-19"),
    ],
)
def test_certificate_expiry(days: float, level: Level, said: str) -> None:
    found = findings("certificate", certificate_expires=NOW + timedelta(days=days))[0]
    assert found.level is level
    assert said in found.what


@pytest.mark.parametrize(
    ("settings", "said", "level"),
    [
        ({"add_organizer_to_subject": True}, "-AddOrganizerToSubject $false", Level.WARNING),
        ({"delete_subject": True}, "-DeleteSubject $false", Level.WARNING),
        ({"remove_private_property": True}, "-RemovePrivateProperty $false", Level.WARNING),
        ({"automate_processing": "AutoUpdate"}, "-AutomateProcessing AutoAccept", Level.WARNING),
        ({"allow_conflicts": True}, "-AllowConflicts $false", Level.WARNING),
        ({"enable_auto_release": True}, "-EnableAutoRelease $false", Level.WARNING),
    ],
)
def test_mailbox_settings_that_spoil_a_display(settings: dict[str, Any], said: str, level: Level) -> None:
    from dataclasses import replace

    [found] = [one for one in findings(exchange={ROOM: replace(GOOD, **settings)}) if one.level is not Level.OK]
    assert (found.level, found.about, found.inferred) == (level, ROOM, False)
    assert found.mend == (f"Set-CalendarProcessing -Identity '{ROOM}' {said}",)


def test_two_that_release_are_an_error() -> None:
    settings = RoomSettings(ROOM, enable_auto_release=True)
    [found] = findings("auto-release", asked=asked(own_release=True), exchange={ROOM: settings})
    assert found.level is Level.ERROR


def test_an_answer_that_is_silent_is_not_good() -> None:
    [found] = findings("mailbox", exchange={ROOM: RoomSettings(ROOM, delete_subject=False)})
    assert found.level is Level.UNKNOWN
    assert "AddOrganizerToSubject, RemovePrivateProperty" in found.what


NAMES = ["Anna", "Bo", "Carl", "Dora"]


@pytest.mark.parametrize(
    ("events", "setting"),
    [
        ([meeting(i, name, name) for i, name in enumerate(NAMES)], "AddOrganizerToSubject"),
        ([meeting(i, f"{name.upper()} Budget", name) for i, name in enumerate(NAMES)], "AddOrganizerToSubject"),
        ([meeting(i, "", name) for i, name in enumerate(NAMES)], "DeleteSubject"),
        ([meeting(i, f"Topic {i}", name) for i, name in enumerate(NAMES)], ""),
        ([meeting(i, name, name) for i, name in enumerate(NAMES[:2])], ""),
        ([meeting(i, "Anna", "Anna") for i in range(5)], ""),
        ([meeting(i, name, name, is_organizer=True) for i, name in enumerate(NAMES)], ""),
        ([meeting(i, name, name, cancelled=True) for i, name in enumerate(NAMES)], ""),
        ([meeting(i, "", name, sensitivity=Sensitivity.PRIVATE) for i, name in enumerate(NAMES)], ""),
        ([meeting(i, "Annabel's day", "Anna") for i in range(5)], ""),
        ([], ""),
    ],
)
def test_what_the_meetings_give_away_is_marked_as_inferred(events: list[Any], setting: str) -> None:
    found = [one for one in findings("mailbox", rooms=room(events=tuple(events))) if one.inferred]
    assert [setting in one.what for one in found] == ([True] if setting else [])


def test_what_was_read_is_not_inferred_as_well() -> None:
    events = tuple(meeting(i, name, name) for i, name in enumerate(NAMES))
    found = findings("mailbox", rooms=room(events=events), exchange={ROOM: GOOD})
    assert [(one.level, one.inferred) for one in found] == [(Level.OK, False)]


def test_the_line_to_run_names_the_rooms_that_are_missing() -> None:
    both = room() + room(room=OTHER)
    found = findings("mailbox", asked=asked(rooms=(ROOM, OTHER)), rooms=both, exchange={ROOM: GOOD})
    assert [one.level for one in found] == [Level.OK, Level.UNKNOWN]
    assert OTHER in found[1].mend[0]
    assert ROOM not in found[1].mend[0]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("shape", ["delegate", "app-only", "room-account"])
def test_no_name_gets_out_of_its_quotes(name: str, shape: Shape) -> None:
    situations: list[dict[str, Any]] = [
        {"rooms": room(DENIED, room=name)},
        {"rooms": room(DENIED, room=name, refusal=POLICY), "sign_in": app("Calendars.Read")},
        {"rooms": room(NotFound("x", what="mailbox"), room=name)},
        {"rooms": room(room=name, can_edit=False, can_view_private=False), "outside": OutsideSeen(name, None)},
        {"exchange": {name: RoomSettings(name, "None", True, True, True, True, True, True, True)}},
        {"sign_in": failed("no-consent")},
    ]
    setup = asked(shape=shape, account=name, rooms=(name,), consent_link=f"https://x.example/?{name}")
    lines = [line for situation in situations for one in findings(asked=setup, **situation) for line in one.mend]
    assert len(lines) > len(situations)
    for line in lines:
        code = read(line).code
        for bad in ("Remove-Mailbox -Identity *", "Stop-Computer", "Remove-Item", "iex"):
            assert bad not in code


def test_the_folder_is_found_whatever_it_is_called() -> None:
    [line] = findings("read", rooms=room(DENIED))[0].mend
    assert line == (
        f"Add-MailboxFolderPermission -Identity ('{ROOM}:\\' + (Get-MailboxFolderStatistics -Identity '{ROOM}' "
        f"-FolderScope Calendar | Where-Object FolderType -eq 'Calendar').Name) -User '{ACCOUNT}' "
        "-AccessRights Editor -SharingPermissionFlags Delegate,CanViewPrivateItems"
    )


def test_the_app_is_named_by_its_client_id() -> None:
    lines = findings("org-wide", asked=APP, sign_in=app("Calendars.Read"))[0].mend
    assert f"'appId eq ''{CLIENT}'''" in lines[0]
    assert "'Calendars.Read'" in lines[1]
