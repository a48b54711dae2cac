"""Claims against OpenSSH's sshd: a key is learnt only from who has the token, and nothing else is trusted later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from provisioning.claim import Claimed, check_banner, claim, claim_all, fetch
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import ClaimToken, FleetState
from provisioning.inventory import Unit
from provisioning.known_hosts import HostKey, key_of, remember
from provisioning.on_unit.mydesk_claim import banner_line, proof
from provisioning.ssh import Access, UnknownHostKeyError, connected, run
from tests.ports import free_port
from tests.provisioning.fleet_kit import KEY
from tests.provisioning.sshd_kit import USER, SshUnit, ssh_unit

TOKEN = "0123456789" * 4


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[SshUnit, SshUnit]]:
    with ssh_unit() as one, ssh_unit() as other:
        yield one, other


@pytest.fixture
def unit(running: tuple[SshUnit, SshUnit]) -> SshUnit:
    running[0].forget()
    return running[0]


@pytest.fixture
def stranger(running: tuple[SshUnit, SshUnit]) -> SshUnit:
    running[1].forget()
    return running[1]


@pytest.fixture
def state(tmp_path: Path) -> FleetState:
    return FleetState.open(tmp_path / "state")


def access(place: SshUnit, name: str = "ada", identity: Path | None = None) -> Access:
    row = Unit(id=name, role="room", site="cph", hardware="door", address="127.0.0.1", ssh_port=place.port)
    return Access(row, USER, identity or place.identity)


def claimed(place: SshUnit, state: FleetState, name: str = "ada") -> Claimed:
    return asyncio.run(claim(access(place, name), state))


def seeded(place: SshUnit, state: FleetState, name: str = "ada") -> str:
    token = state.new_token(name).token
    place.seed(name, token)
    return token


def said_by(place: SshUnit, state: FleetState, command: str = "uptime", identity: Path | None = None) -> str:
    async def ask() -> str:
        found = access(place, identity=identity)
        async with connected(found, state) as connection:
            return await run(found, connection, command)

    return asyncio.run(ask())


def own_key(place: SshUnit) -> HostKey:
    return HostKey.parse((place.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text())


def test_a_unit_that_proves_itself_is_claimed(unit: SshUnit, state: FleetState) -> None:
    seeded(unit, state)
    assert claimed(unit, state) == Claimed("ada", own_key(unit).fingerprint)
    assert key_of(state, "ada") == own_key(unit)
    assert state.token("ada") is None
    assert len(unit.commands) == 1
    assert unit.commands[0].endswith("/usr/local/sbin/mydesk-claim done")
    assert not unit.banner.exists()
    assert not (unit.root / "var/lib/mydesk-claim/token").exists()
    assert not (unit.root / "boot/firmware/mydesk/claim-token").exists()
    assert said_by(unit, state).startswith("said ")
    assert claimed(unit, state) == Claimed("ada", own_key(unit).fingerprint, news=False)


def test_a_claim_that_was_cut_off_goes_on(unit: SshUnit, state: FleetState) -> None:
    seeded(unit, state)
    (unit.root / "broken").touch()
    with pytest.raises(FleetError, match="mydesk-claim done failed \\(1\\): No space left on device"):
        claimed(unit, state)
    assert key_of(state, "ada") == own_key(unit)
    token = state.token("ada")
    assert token is not None
    assert token.proven_key == own_key(unit).fingerprint
    unit.forget()  # the unit had forgotten its token when the line went dead
    assert claimed(unit, state).news
    assert state.token("ada") is None


def test_the_key_is_recorded_again_when_the_laptop_lost_it_in_between(unit: SshUnit, state: FleetState) -> None:
    seeded(unit, state)
    (unit.root / "broken").touch()
    with pytest.raises(FleetError):
        claimed(unit, state)
    state.known_hosts.unlink()
    (unit.root / "broken").unlink()
    assert claimed(unit, state).news


def refused(place: SshUnit, state: FleetState, name: str = "ada") -> str:
    """What the claim says; nothing was sent, and nothing was learnt."""
    with pytest.raises(FleetError) as caught:
        claimed(place, state, name)
    assert key_of(state, name) is None
    assert place.commands == []
    assert state.token(name) is not None
    return str(caught.value)


def test_no_banner(unit: SshUnit, state: FleetState) -> None:
    state.new_token("ada")
    assert "does not offer itself to be claimed. Was it started from the card" in refused(unit, state)


def test_the_banner_of_another_machine(unit: SshUnit, stranger: SshUnit, state: FleetState) -> None:
    """Somebody in between, with a key of his own, passes on what the unit shows."""
    seeded(unit, state)
    stranger.banner.write_text(unit.banner.read_text())
    said = refused(stranger, state)
    assert f"shows the SSH key {own_key(stranger).fingerprint}, and a banner for {own_key(unit).fingerprint}" in said
    assert "Nothing was sent to it" in said
    assert claimed(unit, state).news
    stranger.banner.unlink()


def test_a_banner_of_an_earlier_card(unit: SshUnit, state: FleetState) -> None:
    seeded(unit, state)
    state.new_token("ada")
    assert "does not have the claim token of ada: it booted from another card" in refused(unit, state)


def test_another_unit_at_its_address(unit: SshUnit, state: FleetState) -> None:
    seeded(unit, state, "eva")
    state.new_token("ada")
    assert "says that it is eva: another unit has this address" in refused(unit, state)


def test_a_token_of_another_unit_makes_no_proof(unit: SshUnit, state: FleetState) -> None:
    token = state.new_token("eva").token
    state.new_token("ada")
    unit.seed("ada", token)
    assert "does not have the claim token of ada" in refused(unit, state)


def test_no_token_on_this_laptop(unit: SshUnit, state: FleetState) -> None:
    unit.seed("ada", TOKEN)
    with pytest.raises(
        FleetError, match=r"ada has no claim token on this laptop. Make its card: mydesk-fleet seed ada"
    ):
        claimed(unit, state)


def test_a_new_card_replaces_the_key_and_the_old_one_is_refused(
    unit: SshUnit, stranger: SshUnit, state: FleetState
) -> None:
    seeded(unit, state)
    claimed(unit, state)
    token = state.new_token("ada").token
    with pytest.raises(FleetError, match="does not offer itself"):  # the old card is still in
        claimed(unit, state)
    assert key_of(state, "ada") == own_key(unit)
    stranger.seed("ada", token)
    assert claimed(stranger, state).news
    assert said_by(stranger, state).startswith("said ")
    with pytest.raises(UnknownHostKeyError):
        said_by(unit, state)


def test_an_unknown_key_is_refused_later(unit: SshUnit, state: FleetState) -> None:
    with pytest.raises(UnknownHostKeyError, match=r"is not claimed: nobody knows its SSH key. Claim it: mydesk-fleet"):
        said_by(unit, state)
    assert unit.commands == []


def test_a_changed_key_is_refused_with_both(unit: SshUnit, stranger: SshUnit, state: FleetState) -> None:
    remember(state, "ada", "127.0.0.1", unit.port, own_key(stranger))
    with pytest.raises(UnknownHostKeyError) as caught:
        said_by(unit, state)
    said = str(caught.value)
    assert f"shows the SSH key {own_key(unit).fingerprint}, not {own_key(stranger).fingerprint} of its claim" in said
    assert "Somebody may be in between" in said
    assert "mydesk-fleet seed ada --again, then mydesk-fleet claim ada" in said
    assert unit.commands == []


def test_a_key_that_is_not_let_in(unit: SshUnit, stranger: SshUnit, state: FleetState) -> None:
    remember(state, "ada", "127.0.0.1", unit.port, own_key(unit))
    with pytest.raises(FleetError, match=f"does not let {USER} in. Is your key among"):
        said_by(unit, state, identity=stranger.identity)
    broken = state.folder / "broken_key"
    broken.write_text("no key")
    with pytest.raises(FleetError, match="broken_key is no usable key"):
        said_by(unit, state, identity=broken)


def test_many_at_once_and_one_failure_stops_no_other(unit: SshUnit, stranger: SshUnit, state: FleetState) -> None:
    seeded(unit, state, "ada")
    seeded(stranger, state, "eva")
    state.new_token("bob")
    closed = SshUnit(unit.root, free_port(), unit.identity)

    async def all_of_them() -> dict[str, Claimed]:
        places = [access(unit, "ada"), access(closed, "bob"), access(stranger, "eva")]
        return {result.unit: result async for result in claim_all(places, state)}

    results = asyncio.run(all_of_them())
    assert results["ada"] == Claimed("ada", own_key(unit).fingerprint)
    assert results["eva"] == Claimed("eva", own_key(stranger).fingerprint)
    assert "does not answer" in results["bob"].error
    assert state.waiting() == ["bob"]


Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def babbling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while True:
            writer.write(b"x" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)


async def web_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def half_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n" + b"\xff" * 64)
    await writer.drain()


@asynccontextmanager
async def served(serving: Serving) -> AsyncIterator[int]:
    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serving(reader, writer)  # type: ignore[misc]
        finally:
            writer.close()

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("serving", [silent, babbling, web_server, half_way])
def test_what_is_no_unit_is_told_in_time(serving: Serving, tmp_path: Path) -> None:
    async def look() -> None:
        async with served(serving) as port:
            await fetch(access(SshUnit(tmp_path, port, tmp_path / "none")), timeout_s=0.2)

    with pytest.raises(FleetError, match=r"ada \(127\.0\.0\.1 port \d+\)"):
        asyncio.run(asyncio.wait_for(look(), 5))


FOUND = HostKey.parse(KEY)
MINE = ClaimToken(unit="ada", token=TOKEN)
GOOD = banner_line(TOKEN, "ada", FOUND.fingerprint)
PLACE = SshUnit(Path("/"), 22, Path("/"))

BANNERS = {
    "good": (GOOD, True),
    "with words around": (f"Welcome\r\n{GOOD}\r\nBye", True),
    "a false one first": (banner_line("f" * 40, "ada", FOUND.fingerprint) + "\n" + GOOD, True),
    "empty": ("", False),
    "in a longer line": (f"{GOOD} x", False),
    "in capitals": (GOOD.upper(), False),
    "cut": (GOOD[:-1], False),
    "another version": (GOOD.replace("CLAIM 1", "CLAIM 2"), False),
    "no proof": (GOOD[:-64] + "0" * 64, False),
    "of another fleet": (banner_line("f" * 40, "ada", FOUND.fingerprint), False),
    "one of another key": (banner_line(TOKEN, "ada", "SHA256:" + "A" * 43), False),
    "its proof for another unit": (GOOD[:-64] + proof(TOKEN, "eva", FOUND.fingerprint), False),
    "escapes": ("\x1b[2J" * 1000, False),
    "very long": ("MYDESK-CLAIM 1 " * 10_000, False),
}


@pytest.mark.parametrize(("banner", "good"), BANNERS.values(), ids=list(BANNERS))
def test_banners(banner: str, good: bool) -> None:
    if good:
        check_banner(access(PLACE), FOUND, banner, MINE)
        return
    with pytest.raises(FleetError) as caught:
        check_banner(access(PLACE), FOUND, banner, MINE)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 500
