"""What is kept on the laptop: closed to others, replaced whole, and honest when it is damaged."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState, default_folder
from provisioning.known_hosts import HostKey, all_keys, forget, host_pattern, key_of, remember
from tests.provisioning.fleet_kit import KEY


def host_key(number: int) -> HostKey:
    """A key that differs by `number`."""
    blob = base64.b64decode(KEY.split()[1])[:-4] + number.to_bytes(4, "big")
    return HostKey("ssh-ed25519", base64.b64encode(blob).decode())


@pytest.fixture
def state(tmp_path: Path) -> FleetState:
    return FleetState.open(tmp_path / "state")


def test_it_is_closed_to_others(state: FleetState) -> None:
    state.new_token("ada")
    remember(state, "ada", "10.1.2.20", 22, host_key(1))
    modes = {path.name: path.stat().st_mode & 0o777 for path in state.folder.rglob("*")}
    assert modes == {"tokens": 0o700, "ada.json": 0o600, "known_hosts": 0o600, "lock": 0o600}
    assert state.folder.stat().st_mode & 0o777 == 0o700


def test_one_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    with pytest.raises(FleetError, match=r"is open to others.*chmod 0700"):
        FleetState.open(tmp_path / "state")
    (tmp_path / "file").touch()
    with pytest.raises(FleetError, match="Name another folder with --state"):
        FleetState.open(tmp_path / "file")


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MYDESK_FLEET_STATE", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/ida")
    assert default_folder("contoso") == Path("/home/ida/.local/state/mydesk-fleet/contoso")
    monkeypatch.setenv("XDG_STATE_HOME", "/s")
    assert default_folder("contoso") == Path("/s/mydesk-fleet/contoso")
    monkeypatch.setenv("MYDESK_FLEET_STATE", "/own")
    assert default_folder("contoso") == Path("/own")


def test_tokens_are_all_different_and_wait(state: FleetState) -> None:
    tokens = {state.new_token(unit).token for unit in ("ada", "bob", "ada")}
    assert len(tokens) == 3
    assert all(len(bytes.fromhex(token)) * 8 == 160 for token in tokens)
    assert state.waiting() == ["ada", "bob"]
    found = state.token("ada")
    assert found is not None
    assert found.token in tokens
    state.drop_token("ada")
    state.drop_token("ada")
    assert (state.token("ada"), state.waiting()) == (None, ["bob"])


BAD_TOKENS = {
    "no JSON": b"{",
    "empty": b"",
    "short": b'{"unit":"ada","token":"00"}',
    "no hex": b'{"unit":"ada","token":"' + b"g" * 40 + b'"}',
    "more": b'{"unit":"ada","token":"' + b"0" * 40 + b'","x":1}',
    "another's": b'{"unit":"bob","token":"' + b"0" * 40 + b'"}',
}


@pytest.mark.parametrize("content", BAD_TOKENS.values(), ids=list(BAD_TOKENS))
def test_a_damaged_token_is_told(state: FleetState, content: bytes) -> None:
    (state.folder / "tokens" / "ada.json").write_bytes(content)
    with pytest.raises(FleetError, match=r"is damaged\. Seed it anew|is the token of bob"):
        state.token("ada")


def test_openssh_reads_what_is_remembered(state: FleetState) -> None:
    remember(state, "ada", "10.1.2.20", 22, host_key(1))
    remember(state, "bob", "bob.example", 2222, host_key(2))
    for name, unit in (("ada", "ada"), ("10.1.2.20", "ada"), ("bob", "bob"), ("[bob.example]:2222", "bob")):
        command = ["ssh-keygen", "-l", "-F", name, "-f", str(state.known_hosts)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
        key = key_of(state, unit)
        assert key is not None
        assert key.fingerprint in said
    assert host_pattern("::1", 22) == "::1"


def test_a_unit_has_one_key_and_an_address_one_unit(state: FleetState) -> None:
    remember(state, "ada", "10.0.0.1", 22, host_key(1))
    remember(state, "bob", "10.0.0.2", 22, host_key(2))
    remember(state, "ada", "10.0.0.2", 22, host_key(3))
    assert state.known_hosts.read_text().splitlines() == [
        f"ada,10.0.0.2 {host_key(3).text}",
        f"bob {host_key(2).text}",
    ]
    forget(state, "ada")
    assert all_keys(state) == {"bob": host_key(2)}
    assert key_of(state, "ada") is None


BAD_LINES = [
    "ada",
    "ada ssh-ed25519",
    "ada ssh-ed25519 %%%",
    f"ada ssh-rsa {KEY.split()[1]}",
    "@revoked * ssh-rsa AAAA",
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_damaged_file_is_told_and_not_written_over(state: FleetState, line: str) -> None:
    state.known_hosts.write_text(f"# ours\n\nbob {KEY}\n{line}\n")
    operations: list[Callable[[], object]] = [
        lambda: all_keys(state),
        lambda: remember(state, "eva", "x", 22, host_key(1)),
        lambda: forget(state, "bob"),
    ]
    for operation in operations:
        with pytest.raises(FleetError, match="is damaged: line 4"):
            operation()
    assert state.known_hosts.read_text().endswith(f"{line}\n")


def test_commands_at_the_same_time_lose_nothing(state: FleetState) -> None:
    def claim_ten(start: int) -> None:
        for number in range(start, start + 10):
            remember(state, f"u{number}", f"10.0.0.{number}", 22, host_key(number))

    threads = [threading.Thread(target=claim_ten, args=(start,)) for start in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert all_keys(state) == {f"u{number}": host_key(number) for number in range(30)}


def test_a_lock_held_for_long_is_told(state: FleetState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.fleet_state.LOCK_TIMEOUT_S", 0.1)
    with state.locked(), pytest.raises(FleetError, match="is in use by another command"):
        forget(state, "ada")
