"""A unit that changes its role: what goes, what stays, and what is forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from provisioning import guests_left, system_files
from provisioning.converge_plan import steps
from provisioning.converge_wire import Facts, Place, Wish
from tests.provisioning.fleet_kit import FINGERPRINT
from tests.provisioning.plan_kit import after, bare, file_facts, step, wish

RESTARTS = "/etc/systemd/system/mydesk-{}.service.d/20-mydesk-restarts.conf"
OTHER = ("/etc/systemd/system/mydesk-kiosk.service", RESTARTS.format("kiosk"), "/etc/mydesk/kiosk.toml")
REGISTER = "/var/lib/mydesk/register"


def was_a_kiosk(wished: Wish) -> Facts:
    """A door panel in every way, and still a lobby kiosk."""
    facts = after(wished, bare(wished), steps(wished, bare(wished)))
    place = Place(mode=0o700, owner="mydesk", group="mydesk")
    return msgspec.structs.replace(
        facts,
        enabled={**facts.enabled, "mydesk-kiosk.service": "enabled"},
        active={**facts.active, "mydesk-kiosk.service": "active"},
        files={**facts.files, **dict.fromkeys(OTHER, file_facts("secret"))},
        folders={**facts.folders, REGISTER: place},
        pending=("restart mydesk-kiosk.service",),
    )


def test_of_a_role_that_changed_only_the_data_stays() -> None:
    wished = wish(bundle=True)
    assert {*OTHER} == {*wished.other_role}
    facts = was_a_kiosk(wished)
    made = steps(wished, facts)
    assert [one.name for one in made if one.is_change] == ["panel services"]
    last = step(made, "panel services")
    assert last.changes == (
        "disable mydesk-kiosk.service",
        "stop mydesk-kiosk.service",
        *(f"remove {path}" for path in OTHER),
    )
    assert last.diff == "".join(f"- {path}\n" for path in OTHER)
    assert last.note == f"kept from its other role; guests' data is removed within a day: {REGISTER}"
    assert last.put is not None
    assert [words[:2] for words in last.put.first] == [("systemctl", "disable"), ("systemctl", "stop")]
    assert (last.put.absent, last.put.files) == (OTHER, ())
    assert [one.name for one in last.put.after] == ["systemd reloads"]


def test_a_role_that_changed_is_left_wherever_it_was_cut_off() -> None:
    wished = wish(bundle=True)
    facts = was_a_kiosk(wished)
    off = msgspec.structs.replace(facts, enabled=after(wished, facts, ()).enabled)
    assert step(steps(wished, off), "panel services").changes[0] == "stop mydesk-kiosk.service"
    offline = msgspec.structs.replace(facts, systemd="offline")
    assert "stop mydesk-kiosk.service" not in step(steps(wished, offline), "panel services").changes
    kiosk = wish("lobby", bundle=True)
    left = "/etc/tmpfiles.d/mydesk-left.conf"
    gone = {left, guests_left.ELSEWHERE, *(path.replace("kiosk", "room") for path in OTHER)}
    assert gone == {*kiosk.other_role}, "and the other way round"
    assert (wished.other_role[-1], kiosk.other_role[-1]) == ("/etc/mydesk/kiosk.toml", "/etc/mydesk/room.toml"), "last"


OVERLAY = ("/var/lib/mydesk/overrides.json", "/var/lib/mydesk-agent/settings.json")


def test_what_the_hub_set_for_the_other_role_goes_with_it() -> None:
    wished = wish(bundle=True)
    assert wished.overlay == OVERLAY
    facts = was_a_kiosk(wished)
    place = Place(mode=0o640, owner="mydesk-agent", group="mydesk")
    with_overlay = msgspec.structs.replace(facts, folders={**facts.folders, **dict.fromkeys(OVERLAY, place)})
    made = step(steps(wished, with_overlay), "panel services")
    assert made.put is not None
    assert made.put.absent == (*OVERLAY, *OTHER), "first, so that a power cut leaves none of it behind"
    assert [one for one in made.changes if "json" in one] == [f"remove {path}" for path in OVERLAY]
    assert [one.name for one in made.put.after] == ["systemd reloads", "restart mydesk-agent.service"], "it forgets it"
    same_role = after(wished, bare(wished), steps(wished, bare(wished)))
    same_role = msgspec.structs.replace(same_role, folders={**same_role.folders, **dict.fromkeys(OVERLAY, place)})
    assert not any(one.is_change for one in steps(wished, same_role)), "of its own role it stays"
    off = msgspec.structs.replace(same_role, enabled={**same_role.enabled, "mydesk-kiosk.service": "enabled"})
    found = step(steps(wished, off), "panel services")
    assert found.changes == ("disable mydesk-kiosk.service",)


NO_HUB = (f'[hub]\nhost = "hub.contoso.example"\nca_fingerprint = "{FINGERPRINT}"\n', "")


@pytest.mark.parametrize("now", [False, True])
def test_what_the_hub_set_goes_with_the_hub(now: bool) -> None:
    wished = msgspec.structs.replace(wish("ada", NO_HUB, bundle=True), now=now)
    assert wished.overlay == OVERLAY
    facts = after(wished, bare(wished), steps(wished, bare(wished)))
    assert not any(one.is_change for one in steps(wished, facts)), "it never had one"
    place = Place(mode=0o640, owner="mydesk-agent", group="mydesk")
    had = msgspec.structs.replace(
        facts,
        folders={**facts.folders, **dict.fromkeys(OVERLAY, place)},
        enabled={**facts.enabled, "mydesk-agent.service": "enabled"},
        active={**facts.active, "mydesk-agent.service": "active"},
    )
    made = step(steps(wished, had), "panel services")
    off = ("disable mydesk-agent.service", "stop mydesk-agent.service")
    assert made.changes == (*off, *(f"remove {path}" for path in OVERLAY))
    assert made.put is not None
    assert made.put.absent == OVERLAY
    restart = ("/usr/local/sbin/mydesk-update", "restart", *(["--now"] if now else []), "mydesk-room.service")
    assert [one.command for one in made.put.after] == [restart], "the panel, which runs with them"
    cut_off = msgspec.structs.replace(had, enabled=facts.enabled, active=facts.active)
    assert step(steps(wished, cut_off), "panel services").changes == made.changes[2:]


def test_where_the_hub_s_settings_are_is_what_the_unit_s_say() -> None:
    app = ("booking.snap_min = 5", 'booking.snap_min = 5\nunit.overrides_file = "/var/lib/mydesk/hub.json"')
    agent = '\nagent.state.folder = "/var/lib/mydesk/agent"\n'
    assert wish("lobby", app, more=agent).overlay == (OVERLAY[0], "/var/lib/mydesk/agent/settings.json")
    assert wish("ada", app).overlay == ("/var/lib/mydesk/hub.json", *OVERLAY)
    assert wish("lobby", NO_HUB, more=agent).overlay == (OVERLAY[0], "/var/lib/mydesk/agent/settings.json")


NAMED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "nothing": ("", (), ""),
    "the usual ones": (f'[register]\nfolder = "{REGISTER}/"\n', (), ""),
    "another": ('[register]\nfolder = "/var/lib/mydesk/lobby"\n', ("/var/lib/mydesk/lobby",), ""),
    "two": (
        '[register]\nfolder = "/var/lib/mydesk/a/b"\n[invitations]\nrecords_folder = "/var/lib/mydesk/a/c/"\n',
        ("/var/lib/mydesk/a/b", "/var/lib/mydesk/a/c"),
        "",
    ),
    "all of ours": ('[register]\nfolder = "/var/lib/mydesk"\n', (), "/var/lib/mydesk"),
    "somebody else's": ('[register]\nfolder = "/var/lib/mydesk/../apt"\n', (), "/var/lib/mydesk/../apt"),
    "everything": ('[register]\nfolder = "/"\n', (), "/"),
    "with a pattern": ('[register]\nfolder = "/var/lib/mydesk/*"\n', (), "/var/lib/mydesk/*"),
    "the outbox": ('[register]\nfolder = "/var/lib/mydesk/outbox/x"\n', (), "/var/lib/mydesk/outbox/x"),
    "no text": ("[register]\nfolder = 5\n", (), ""),
    "no TOML": ("[register", (), ""),
}


@pytest.mark.parametrize("name", NAMED)
def test_guests_are_forgotten_where_the_kiosk_s_settings_kept_them(name: str) -> None:
    text, cleaned, by_hand = NAMED[name]
    wished = wish(bundle=True)
    facts = was_a_kiosk(wished)
    facts = msgspec.structs.replace(facts, files={**facts.files, OTHER[-1]: file_facts(text)})
    made = step(steps(wished, facts), "panel services")
    assert made.put is not None
    rules = [file.content.decode() for file in made.put.files if file.path == guests_left.ELSEWHERE]
    lines = [line for text in rules for line in text.splitlines() if line[0] != "#"]
    assert lines == [f"e {folder} - - - m:1h" for folder in cleaned]
    assert (f"write {guests_left.ELSEWHERE}" in made.changes) is bool(cleaned)
    kept = f"kept from its other role; guests' data is removed within a day: {', '.join((REGISTER, *cleaned))}"
    left = f"; guests' data may lie in {by_hand}, which nobody empties: remove it by hand" if by_hand else ""
    assert made.note == kept + left
    there = after(wished, facts, [made])
    there = msgspec.structs.replace(there, files={**there.files, **dict.fromkeys(OTHER, None)})
    assert not any(one.is_change for one in steps(wished, there)), "it stays as long as the role"


def test_a_kiosk_again_empties_no_folder_of_its_own() -> None:
    wished = wish("lobby", bundle=True)
    facts = after(wished, bare(wished, machine="x86_64"), steps(wished, bare(wished, machine="x86_64")))
    facts = msgspec.structs.replace(
        facts, files={**facts.files, guests_left.ELSEWHERE: file_facts("e /x - - - m:1h\n")}
    )
    made = step(steps(wished, facts), "panel services")
    assert made.changes == (f"remove {guests_left.ELSEWHERE}",)


def test_the_usual_folders_are_those_of_the_kiosk_and_of_the_rule() -> None:
    (file,) = (file for file in system_files.SYSTEM_FILES if file.source == "tmpfiles.d/mydesk-left.conf")
    lines = [line for line in system_files.content(file).decode().splitlines() if line[0] != "#"]
    assert lines == guests_left.rule([*guests_left.FOLDERS.values()]).decode().splitlines()[1:]
    kiosk = (Path(__file__).parents[2] / "kiosk/settings.py").read_text("utf-8")
    for key, folder in guests_left.FOLDERS.items():
        assert re.search(rf'    {key.partition(".")[2]}: Annotated\[.*?\] = "{folder}"\n', kiosk, re.DOTALL), key
