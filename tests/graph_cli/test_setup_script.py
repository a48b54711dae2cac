"""The set-up script: what stands in it, and that no name gets out of its quotes."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from graph.config import Shape
from graph.consent import SIGN_IN_SCOPES
from graph.features import Feature, scopes_for
from graph.powershell import PowerShellTextError
from graph.roles import ROLE_FEATURES, Role
from graph.setup_rooms import RoomEntry
from graph.setup_script import Setup, SetupError, certificate_file, certificate_of, registration, script_of
from tests.graph.certificates import certificate_pem, key_pem, rsa_key
from tests.graph_cli.hostile import HOSTILE, UNFIT
from tests.graph_cli.powershell_reader import read

ROOM = RoomEntry("storebaelt@nordhavn.example", "Storebælt")
ACCOUNT = "mydesk@nordhavn.example"
KEY = rsa_key()
PEM = certificate_pem(KEY)


def script(*roles: Role, shape: Shape = "delegate", **changes: Any) -> str:
    made = {"tenant": "contoso.example", "rooms": (ROOM,), "account": ACCOUNT, **changes}
    return script_of(Setup(registrations=tuple(registration(role, shape) for role in roles), **made))


ALL = (Role.ROOM, Role.KIOSK, Role.HUB)
SHAPES: tuple[Shape, ...] = ("delegate", "room-account", "app-only")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("roles", [(Role.ROOM,), (Role.KIOSK,), (Role.HUB,), ALL])
def test_every_script_is_ascii_balanced_and_commented(roles: tuple[Role, ...], shape: Shape) -> None:
    text = script(*roles, shape=shape, certificate_pem=PEM)
    assert text.isascii()
    found = read(text)
    assert len(found.comments) > 15
    assert not re.search(r"\b(Remove|Invoke)-\w+|\biex\b", found.code)


def hostile_setups() -> list[dict[str, Any]]:
    return [
        {"rooms": tuple(RoomEntry(f"r{n}@x.example", name) for n, name in enumerate(HOSTILE))},
        {"rooms": tuple(RoomEntry(f"{name}@x.example") for name in HOSTILE)},
        *({"tenant": name, "account": name} for name in HOSTILE),
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_names_change_nothing_but_literals(shape: Shape) -> None:
    """Between two scripts with as many rooms, all code outside literals and comments is the same."""
    for setup in hostile_setups():
        rooms = setup.get("rooms", (ROOM,))
        plain = tuple(
            RoomEntry(f"r{n}@x.example", "æ" if not one.name.isascii() else "") for n, one in enumerate(rooms)
        )
        hostile, tame = script(*ALL, shape=shape, **setup), script(*ALL, shape=shape, rooms=plain)
        assert words(read(hostile).code) == words(read(tame).code)


def words(code: str) -> str:
    """Code without blanks, and without the wrapping that a text outside ASCII gets."""
    return re.sub(r"\(\[regex\]::Unescape\(\)\)", "", re.sub(r"\s+", "", code))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_registration_name(text: str) -> None:
    one = registration(Role.HUB, "app-only", name=text)
    made = script_of(Setup(tenant="t", registrations=(one,), rooms=(ROOM,)))
    plain = script_of(Setup(tenant="t", registrations=(registration(Role.HUB, "app-only", name="x"),), rooms=(ROOM,)))
    assert words(read(made).code) == words(read(plain).code)


@pytest.mark.parametrize("text", UNFIT)
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(PowerShellTextError):
        script(Role.ROOM, rooms=(RoomEntry("a@b.example", text),))


def consented(text: str) -> set[str]:
    found = re.search(r"Set-DelegatedConsent \$sp @\((.*?)\)", text, re.DOTALL)
    assert found
    return set(re.findall(r"'([^']+)'", found[1]))


@pytest.mark.parametrize(
    "features",
    [
        frozenset({Feature.AGENDA}),
        frozenset({Feature.AGENDA, Feature.BOOKING, Feature.PEOPLE}),
        ROLE_FEATURES[Role.KIOSK],
    ],
)
def test_the_consent_is_exactly_what_is_asked_for(features: frozenset[Feature]) -> None:
    one = registration(Role.ROOM, "delegate", features)
    text = script_of(Setup(tenant="t", registrations=(one,), rooms=(ROOM,), account=ACCOUNT))
    assert consented(text) == {*scopes_for(features, "delegate"), *SIGN_IN_SCOPES}


def test_delegate() -> None:
    text = script(Role.ROOM)
    assert "-AccessRights Editor -SharingPermissionFlags Delegate,CanViewPrivateItems" in text
    assert "-AddOrganizerToSubject $false -DeleteSubject $false -DeleteComments $true" in text
    assert "-RemovePrivateProperty $false" in text
    assert "$settings.IsFallbackPublicClient = $true" in text
    for absent in ("New-ManagementScope", "EnableRoomMailboxAccount", "FromBase64String"):
        assert absent not in text


def test_room_accounts_need_no_folder_rights_and_no_device_account() -> None:
    text = script(Role.ROOM, shape="room-account", account="")
    assert "-EnableRoomMailboxAccount $true" in text
    for absent in ("MailboxFolderPermission", "New-MgUser"):
        assert absent not in text


def test_app_only_gets_mailboxes_from_exchange_and_never_from_entra() -> None:
    text = script(Role.HUB)
    assert "'Application Calendars.ReadWrite'" in text
    assert "-CustomResourceScope $roomsGroup" in text
    permissions = re.search(r"\$permissions = @\((.*?)\)", text, re.DOTALL)
    assert permissions
    assert re.findall(r"'([^']+)'", permissions[1]) == ["Place.Read.All"]
    assert "#   New-ApplicationAccessPolicy" in text
    assert "New-ApplicationAccessPolicy" not in read(text).code
    assert "over an hour" in text


def test_the_certificate_is_in_the_script() -> None:
    text = script(Role.HUB, certificate_pem=PEM)
    der, thumbprint = certificate_of(PEM)
    found = re.search(r"FromBase64String\(\(@\((.*?)\) -join", text, re.DOTALL)
    assert found
    assert base64.b64decode("".join(re.findall(r"'([^']+)'", found[1]))) == der
    assert thumbprint in text


def test_every_making_looks_first() -> None:
    """It can run again: each New- or Add- stands in a branch of a condition."""
    depth = 0
    for line in read(script(*ALL, certificate_pem=PEM)).code.splitlines():
        making = re.search(r"\b(New-(?!Object|Password)|Add-)\w+", line)
        if making and not line.startswith("function"):
            assert depth > 0, line
        depth += line.count("{") - line.count("}")


def test_one_registration_for_each_role() -> None:
    names = re.findall(r"\$app = Get-Registration '([^']+)'", script(*ALL))
    assert names == ["MyDesk room display", "MyDesk lobby kiosk", "MyDesk site hub"]


@pytest.mark.parametrize(
    ("roles", "changes", "said"),
    [
        ((Role.ROOM,), {"account": ""}, "device account is needed"),
        ((Role.ROOM,), {"rooms": ()}, "No room was named"),
        ((Role.ROOM, Role.ROOM), {}, "Two registrations have one name"),
        ((Role.HUB,), {"certificate_pem": b"x"}, "no PEM certificate"),
    ],
)
def test_what_does_not_go_together(roles: tuple[Role, ...], changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        script(*roles, **changes)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_private_key_is_never_taken(tmp_path: Path) -> None:
    path = tmp_path / "both.pem"
    path.write_bytes(PEM + key_pem(KEY))
    with pytest.raises(SetupError, match="holds a private key"):
        certificate_file(path)
    path.write_bytes(PEM)
    assert certificate_file(path) == PEM
    with pytest.raises(SetupError, match="cannot be read"):
        certificate_file(tmp_path / "none.pem")
