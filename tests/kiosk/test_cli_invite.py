"""From an admin's machine to the kiosk: keys, invitations in three languages, revoking; what each file says."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
import typer
from typer.testing import CliRunner

from common.clock import ManualClock
from common.visiting.codes import normalised
from common.visiting.invitation_keys import read_key
from common.visiting.invitation_mail import qr_png
from common.visiting.tokens import Claim, parse, public_keys
from kiosk.cli_invite import PASSPHRASE, add_to
from kiosk.events import Invitation, Refusal, Refused
from kiosk.invitation_records import InvitationRecords
from tests.common.visiting.token_kit import NOW
from tests.kiosk.invitation_kit import Kiosk

app = typer.Typer()
add_to(app)
GUEST = "Signe Hemmelig"


def run(*args: str, given: str = "") -> Any:
    return CliRunner().invoke(app, list(args), input=given)


def ran(*args: str, given: str = "") -> str:
    done = run(*args, given=given)
    assert done.exit_code == 0, done.exception or done.output
    return str(done.stdout)


def refused(*args: str, given: str = "") -> str:
    """What is said, without the frame that wrong use is said in."""
    done = run(*args, given=given)
    assert done.exit_code != 0
    said = " ".join(re.sub(r"[\u2500-\u257f]", " ", f"{done.output}{done.exception}").split())
    assert GUEST not in said
    return said


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of the invitations."""
    monkeypatch.setattr("kiosk.cli_invite.CLOCK", ManualClock(NOW))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "invitations.key"
    ran("keys", "new", "--out", str(path))
    return path


def invited(key: Path, out: Path, *more: str, lang: str = "da") -> dict[str, Any]:
    answer = ran(
        "invite", "--key", str(key), "--name", GUEST, "--host", "Jonas Vært",
        "--host-address", "jonas@nordhavn.example",
        "--start", "2026-11-23 10:30", "--site", "Nordhavn Kontorhus", "--place", "Havnegade 1, 2150 Nordhavn",
        "--controller", "Nordhavn Kontorhus A/S", "--contact", "privacy@nordhavn.example", "--out", str(out),
        "--lang", lang, "--json", *more,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(answer)
    return found


def test_a_key_and_its_line(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    line = ran("keys", "show", "--key", str(key))
    assert line.startswith('public_keys = { "1" = "MCowBQYDK2VwAyEA')
    assert set(public_keys({"1": line.split('"')[3]})) == {1}
    assert "exists already" in refused("keys", "new", "--out", str(key))


def test_a_guarded_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "guarded.key"
    ran("keys", "new", "--out", str(path), "--encrypt", "--key-id", "200", given="correct horse\n")
    assert b"ENCRYPTED" in path.read_bytes()
    assert '"200" = ' in ran("keys", "show", "--key", str(path), given="correct horse\n")
    assert "wrong passphrase" in refused("keys", "show", "--key", str(path), given="wrong\n")
    monkeypatch.setenv(PASSPHRASE, "correct horse")
    assert '"200" = ' in ran("keys", "show", "--key", str(path))
    monkeypatch.setenv(PASSPHRASE, "")
    assert "guards nothing" in refused("keys", "new", "--out", str(tmp_path / "x.key"), "--encrypt")


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (b"", 0o600, "no key for invitations"),
        (b"mydesk invitation key 900\n", 0o600, "no key for invitations"),
        (b"mydesk invitation key 1\nnothing", 0o600, "does not open"),
        (b"mydesk invitation key 1\n", 0o644, "read by others"),
    ],
)
def test_files_that_are_no_keys(tmp_path: Path, content: bytes, mode: int, message: str) -> None:
    path = tmp_path / "some.key"
    path.write_bytes(content)
    path.chmod(mode)
    assert message in refused("keys", "show", "--key", str(path))
    assert "cannot be read" in refused("keys", "show", "--key", str(tmp_path / "missing"))


def test_an_invitation_opens_the_kiosk_that_it_is_for(key: Path, tmp_path: Path) -> None:
    """All the way: sealed on the admin's machine, dropped into the inbox, scanned, typed, revoked."""

    async def story() -> None:
        kiosk = Kiosk(tmp_path / "lobby")
        keys = {1: read_key(key).private.public_key()}
        kiosk.records = InvitationRecords(tmp_path / "lobby" / "invitations", keys, kiosk.visits)
        kiosk.reader._records, kiosk.reader._keys = kiosk.records, keys
        made = invited(key, tmp_path / "out", "--seal-to", kiosk.records.address, "--field", "company=Berg ApS")
        inbox = tmp_path / "lobby" / "invitations" / "inbox"
        drop(made, inbox)
        assert await kiosk.records.collect() == 1
        token = token_of(calendar_of(made))
        for reading in (await kiosk.reader.read(token), await kiosk.reader.check(made["code"].lower())):
            assert isinstance(reading, Invitation)
            assert reading.guest is not None
            assert (reading.visit_id, reading.guest.name) == (made["visit"], GUEST)
            assert reading.guest.extra == (("company", "Berg ApS"),)
        ran("revoke", "--key", str(key), made["visit"], "--out", str(inbox / "list.mdrev"))
        assert await kiosk.records.collect() == 1
        assert await kiosk.reader.read(token) == Refused(Refusal.REVOKED)

    asyncio.run(story())


def calendar_of(made: dict[str, Any]) -> str:
    return Path(made["files"][1]).read_bytes().decode()


def drop(made: dict[str, Any], inbox: Path) -> None:
    """As scp does."""
    for path in map(Path, made["files"]):
        if path.suffix == ".mdrec":
            (inbox / path.name).write_bytes(path.read_bytes())


def token_of(calendar: str) -> str:
    """The token whose QR code is attached; found by trying, for the file holds a picture only."""
    attached = unfolded(calendar)["ATTACH"]
    found = _TOKENS.get(attached)
    assert found is not None, "the calendar entry holds another picture than the token's"
    return found


_TOKENS: dict[str, str] = {}


@pytest.fixture(autouse=True)
def noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes which token each picture was drawn of."""

    def noting(token: str) -> bytes:
        png = qr_png(token)
        _TOKENS[base64.b64encode(png).decode()] = token
        return png

    monkeypatch.setattr("kiosk.cli_invite.qr_png", noting)


def unfolded(calendar: str) -> dict[str, str]:
    lines = calendar.replace("\r\n ", "").split("\r\n")
    return {line.partition(":")[0].partition(";")[0]: line.partition(":")[2] for line in lines if line}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("da", ("Kære Signe Hemmelig", "mandag 23. november", "10:30", "Dine oplysninger", "14 dage", "datatilsyn")),
        ("en", ("Dear Signe Hemmelig", "Monday 23 November", "Your details", "14 days", "article 6(1)(f)")),
        ("es", ("Hola, Signe Hemmelig", "lunes 23 de noviembre", "Sus datos", "14 días", "RGPD")),
    ],
)
def test_what_the_guest_reads(key: Path, tmp_path: Path, lang: str, words: tuple[str, ...]) -> None:
    made = invited(key, tmp_path / "out", "--email", "signe@gaest.example", lang=lang)
    png, calendar, text = (Path(each).read_bytes() for each in made["files"])
    for each in (*words, made["code"], "Jonas Vært", "Nordhavn Kontorhus A/S", "privacy@nordhavn.example"):
        assert each in text.decode()
    entry = calendar.decode()
    assert all(len(line.encode()) <= 75 for line in entry.split("\r\n"))
    assert "\n" not in entry.replace("\r\n", "")
    fields = unfolded(entry)
    assert (fields["DTSTART"], fields["DTEND"]) == ("20261123T093000Z", "20261123T103000Z")
    assert fields["UID"].startswith(made["visit"])
    assert fields["DESCRIPTION"].replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";") == text.decode()
    assert base64.b64decode(fields["ATTACH"]) == png
    claim = parse(token_of(entry))
    assert isinstance(claim, Claim)
    assert claim.visit_id == made["visit"]
    assert normalised(made["code"])


def test_the_picture_is_the_code(key: Path, tmp_path: Path) -> None:
    made = invited(key, tmp_path / "out")
    token = token_of(calendar_of(made))
    again = io.BytesIO()
    segno.make(token, error="M", micro=False, boost_error=False).save(again, kind="png", scale=8, border=4)
    assert Path(made["files"][0]).read_bytes() == again.getvalue()


def test_no_file_name_and_no_sealed_file_names_the_guest(key: Path, tmp_path: Path) -> None:
    line = InvitationRecords(tmp_path / "lobby", {}, Kiosk(tmp_path).visits).address
    made = invited(key, tmp_path / "out", "--seal-to", line, "--seal-to", line)
    assert len(made["files"]) == 5
    for path in map(Path, made["files"]):
        assert "igne" not in path.name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.suffix in (".ics", ".txt") or b"Signe" not in path.read_bytes()


def test_the_name_may_come_by_standard_input(key: Path, tmp_path: Path) -> None:
    ran(
        "invite", "--key", str(key), "--name", "-", "--host", "J", "--host-address", "j@x.example", "--start",
        "2026-11-23T10:30", "--site", "S", "--out", str(tmp_path / "out"), given="Signe Hemmelig\n",
    )  # fmt: skip
    (text,) = (tmp_path / "out").glob("*.txt")
    assert GUEST in text.read_text()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--start", "tomorrow"), "is no time"),
        (("--start", "2026-02-30 10:00"), "is no time"),
        (("--start", "2026-12-01"), "a day without an hour"),
        (("--start", "1999-01-01 10:00"), "in the past"),
        (("--start", "2026-11-22 10:00"), "in the past"),
        (("--start", "2100-01-02 10:00"), "this century"),
        (("--zone", "Mars/Olympus"), "no time zone"),
        (("--zone", "../../etc/passwd"), "no time zone"),
        (("--zone", ""), "no time zone"),
        (("--name", "💥"), "not a name"),
        (("--name", "Signe\x1b[31m"), "not a name"),
        (("--name", "S" * 81), "--name has 81 characters"),
        (("--host", " "), "--host is empty"),
        (("--host", "J" * 101), "--host has 101 characters"),
        (("--site", ""), "--site is empty"),
        (("--email", "nobody"), "--email is no mail address"),
        (("--phone", "ring me"), "--phone is no telephone number"),
        (("--host-address", "jonas"), "--host-address is no mail address"),
        (("--host-address", "j@x.example\nBcc: y@x.example"), "--host-address is no mail address"),
        (("--type", "Gæst !"), "--type 'Gæst !' is no key"),
        (("--field", "company"), "--field wants"),
        (("--field", "company=" + "B" * 101), "--field company has 101 characters"),
        (("--field", "a" * 30 + "=x"), "is no key"),
        (("--seal-to", "mdk1-nonsense"), "no kiosk's line"),
        (("--lang", "fr"), "--lang"),
        (("--retention-days", "31"), "--retention-days"),
    ],
)
def test_what_cannot_be_made(key: Path, tmp_path: Path, more: tuple[str, str], message: str) -> None:
    """Nothing is guessed or cut: wrong use is told, with exit code 2."""
    args = [part for pair in ({**asked(tmp_path), **dict([more])}).items() for part in pair]
    assert message in refused("invite", "--key", str(key), *args)
    assert run("invite", "--key", str(key), *args).exit_code == 2
    assert not (tmp_path / "out").exists()


def asked(folder: Path) -> dict[str, str]:
    return {
        "--name": GUEST, "--host": "J", "--host-address": "j@x.example", "--start": "2026-11-23 10:30", "--site": "S",
        "--out": str(folder / "out"),
    }  # fmt: skip


def test_a_field_is_given_once_and_five_are_too_many(key: Path, tmp_path: Path) -> None:
    args = ["--key", str(key), *(part for pair in asked(tmp_path).items() for part in pair)]
    assert "given twice" in refused("invite", *args, "--field", "a=1", "--field", "a=2")
    assert "hold together" in refused("invite", *args, *(part for key in "abcde" for part in ("--field", f"{key}=1")))


def test_what_has_begun_may_still_be_invited_to(key: Path, tmp_path: Path) -> None:
    started = (NOW - timedelta(minutes=59)).isoformat()
    assert invited(key, tmp_path / "out", "--start", started)["visit"]


def test_no_line_of_a_letter_is_made_by_a_control_character(key: Path, tmp_path: Path) -> None:
    made = invited(key, tmp_path / "out", "--place", "Havnegade 1\nATTENDEE:x", "--name", "Signe\tHemmelig")
    calendar, text = (Path(each).read_text() for each in made["files"][1:])
    assert "Havnegade 1 ATTENDEE:x" in text
    assert "\nATTENDEE" not in calendar
    assert "Kære Signe Hemmelig" in text


@pytest.mark.parametrize("visit", ["GGG", "5d0f", "æøå", "5d" * 17])
def test_revoking_wants_ids(key: Path, tmp_path: Path, visit: str) -> None:
    assert "32 hexadecimal digits" in refused("revoke", "--key", str(key), visit, "--out", str(tmp_path / "l.mdrev"))


def test_a_list_takes_the_place_of_a_list_only(key: Path, tmp_path: Path) -> None:
    whole = key.read_bytes()
    assert "no list of revoked" in refused("revoke", "--key", str(key), "5d" * 16, "--out", str(key))
    assert "no list of revoked" in refused("revoke", "--key", str(key), "5d" * 16, "--out", str(tmp_path))
    assert key.read_bytes() == whole
    for visit in ("5d" * 16, "5D" * 16):
        assert "revoked" in ran("revoke", "--key", str(key), visit, "--out", str(tmp_path / "l.mdrev"))


def test_the_line_of_this_kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "kiosk.toml"
    folder = tmp_path / "invitations"
    config.write_text(
        f'[unit]\nid = "lobby"\n[site]\nname = "Nordhavn"\n[graph]\ntenant_id = "contoso.example"\n'
        f'client_id = "11111111-1111-1111-1111-111111111111"\naccount = "mydesk@contoso.example"\n'
        f'sign_in = "device-code"\ntoken_cache_file = "{tmp_path}/t"\ntoken_key_file = "{tmp_path}/k"\n'
        f'[invitations]\nrecords_folder = "{folder}"\n'
    )
    folder.mkdir()
    line = ran("keys", "kiosk", "--config", str(config)).strip()
    assert line == InvitationRecords(folder, {}, Kiosk(tmp_path / "k").visits).address
    folder.rename(tmp_path / "elsewhere")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "sudo -u mydesk" in refused("keys", "kiosk", "--config", str(config))


def test_the_window_is_that_of_the_kiosk(key: Path, tmp_path: Path) -> None:
    made = invited(key, tmp_path / "out", "--minutes", "90")
    claim = parse(token_of(calendar_of(made)))
    assert isinstance(claim, Claim)
    assert (claim.end - claim.start).total_seconds() == 90 * 60
    assert claim.start.date() == NOW.date()
