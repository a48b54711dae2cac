"""Operations over OpenSSH's own sshd, and its ssh: what a fake server may take too easily."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from provisioning.converge_wish import wish_for
from provisioning.drift import drift_of
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import Unit
from provisioning.known_hosts import HostKey, remember
from provisioning.many_units import Reach, on_each, on_one
from provisioning.op_decommission import _SCRIPT
from provisioning.op_logs import follow
from provisioning.op_shell import run_command, ssh_command
from provisioning.op_status import look_at
from provisioning.unit_commands import ask
from tests.provisioning.fleet_kit import fleet
from tests.provisioning.sshd_kit import USER, SshUnit, ssh_unit

pytestmark = pytest.mark.slow

REALLY = """\
#!/bin/sh
PATH={root}/bin:$PATH
export PATH
exec sh -c "$SSH_ORIGINAL_COMMAND"
"""
AS_USER = '#!/bin/sh\nshift 3\nprogram=$(basename "$1")\nshift\nexec "$program" "$@"\n'
PROGRAMS = {
    "runuser": AS_USER,
    "sudo": '#!/bin/sh\nshift\ntest "$1" != -u || shift 2\nprogram=$(basename "$1")\nshift\nexec "$program" "$@"\n',
    "mydesk-room": '#!/bin/sh\necho \'{"state": "free", "calendar_age_s": 3}\'\n',
    "mydesk-agent": "#!/bin/sh\necho 'mydesk-agent: nobody answers' >&2\nexit 1\n",
    "systemctl": "#!/bin/sh\nprintf 'Id=mydesk-room.service\\nActiveState=active\\nLoadState=loaded\\n'\n",
    "timedatectl": "#!/bin/sh\necho NTPSynchronized=no\n",
    "journalctl": "#!/bin/sh\necho 'one from 10.1.2.3'\nexec sleep 60\n",
}


@pytest.fixture(scope="module")
def real() -> Iterator[SshUnit]:
    """An sshd that runs what it is asked, with a few programs of a panel."""
    with ssh_unit() as unit:
        (unit.root / "command").write_text(REALLY.format(root=unit.root))
        (unit.root / "bin").mkdir()
        for name, text in PROGRAMS.items():
            (unit.root / "bin" / name).write_text(text)
            (unit.root / "bin" / name).chmod(0o755)
        yield unit


@pytest.fixture
def reach(real: SshUnit, tmp_path: Path) -> Reach:
    state = FleetState.open(tmp_path / "state")
    key = HostKey.parse((real.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text())
    remember(state, "ada", "127.0.0.1", real.port, key)
    return Reach(state, USER, {"ada": key}, real.identity)


@pytest.fixture
def ada(real: SshUnit) -> Unit:
    return msgspec.structs.replace(fleet().unit("ada"), address="127.0.0.1", ssh_port=real.port)


def on(ada: Unit, reach: Reach, work: Any, **more: Any) -> Any:
    return asyncio.run(on_one(ada, work, reach=reach, **more))


def test_status(ada: Unit, reach: Reach) -> None:
    found = on(ada, reach, look_at)
    assert (found.state, found.calendar_age_s, found.clock_synchronised) == ("free", 3.0, False)
    assert found.services == {"mydesk-room.service": "active"}
    assert 0 <= found.disk_free_percent <= 100
    assert set(found.faults) == {"agent", "update"}


def test_a_command_gets_its_input_and_its_words_whole(ada: Unit, reach: Reach) -> None:
    async def work(unit: Unit, connection: Any) -> Any:
        return await ask(connection, ["sh", "-c", 'cat; printf "%s|" "$@"', "sh", "a b", "'\"$x"], data=b"in\0put")

    answer = on(ada, reach, work)
    assert (answer.out, answer.status) == (b"in\0puta b|'\"$x|", 0)


def test_output_without_end_is_cut_off(ada: Unit, reach: Reach) -> None:
    async def work(unit: Unit, connection: Any) -> Any:
        first = await ask(connection, ["yes"], most_bytes=1000)
        return first, await ask(connection, ["echo", "still here"])

    first, second = on(ada, reach, work)
    assert (len(first.out), first.cut) == (1000, True)
    assert second.out == b"still here\n"


def test_a_command_that_a_signal_ends_is_no_success(ada: Unit, reach: Reach) -> None:
    async def work(unit: Unit, connection: Any) -> Any:
        return await run_command(unit, connection, words=["kill -9 $$"], as_root=False, timeout_s=10)

    try:
        assert on(ada, reach, work).status != 0
    except FleetError as error:
        assert "cut" in str(error)  # noqa: PT017 - both are right: how sshd tells it differs by version


def test_logs_that_go_on(ada: Unit, reach: Reach) -> None:
    heard: list[str] = []

    async def work(unit: Unit, connection: Any) -> None:
        first = asyncio.Event()

        def tell(line: str) -> None:
            heard.append(line)
            first.set()

        following = asyncio.create_task(follow(unit, connection, tell))
        async with asyncio.timeout(10):
            await first.wait()
        following.cancel()

    on(ada, reach, work)
    assert heard == ["one from <ip>"]


def test_drift_with_the_unit_s_own_python(ada: Unit, reach: Reach) -> None:
    own = fleet()

    async def work(unit: Unit, connection: Any) -> Any:
        return await drift_of(connection, wish_for(own, own.unit("ada")))

    found = on(ada, reach, work)
    assert "write /etc/mydesk/room.toml" in found.changes
    assert any(change.startswith("install ") for change in found.changes)


def test_one_silent_unit_beside_a_real_one(ada: Unit, reach: Reach) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        other = msgspec.structs.replace(ada, id="bob", ssh_port=silent.getsockname()[1])
        known = Reach(reach.state, reach.user, {"ada": reach.keys["ada"], "bob": reach.keys["ada"]}, reach.identity)
        results = asyncio.run(on_each([other, ada], look_at, reach=known, connect_timeout_s=1.0))
    assert "does not answer" in str(results["bob"])
    assert not isinstance(results["ada"], FleetError)


def test_ssh_itself_accepts_the_key_of_the_claim_and_no_other(ada: Unit, reach: Reach, real: SshUnit) -> None:
    words = ssh_command(ada, reach.state, USER, real.identity)
    done = subprocess.run([*words, "echo", "in"], capture_output=True, text=True, timeout=20, check=False)
    assert (done.stdout, done.returncode) == ("in\n", 0), done.stderr
    wrong = (real.root / "identity.pub").read_text()
    remember(reach.state, "ada", "127.0.0.1", real.port, HostKey.parse(wrong))
    done = subprocess.run([*words, "echo", "in"], capture_output=True, text=True, timeout=20, check=False)
    assert (done.stdout, done.returncode) == ("", 255)
    assert "Host key verification failed" in done.stderr


def _run_wipe(folder: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    for name in ("systemctl", "journalctl", "fstrim"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{folder}/log\n')
        (folder / name).chmod(0o755)
    command = ["sh", "-c", _SCRIPT, "wipe", *map(str, paths)]
    environment = {"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)


def test_the_wipe_leaves_nothing_and_may_be_done_twice(tmp_path: Path) -> None:
    root, folder = tmp_path / "root", tmp_path / "bin"
    folder.mkdir()
    (root / "var/lib/mydesk/outbox").mkdir(parents=True)
    secret = root / "var/lib/mydesk/graph-tokens.key"
    secret.write_bytes(b"secret" * 100)
    twin = tmp_path / "same blocks"
    twin.hardlink_to(secret)
    (root / "opt").mkdir()
    (root / "opt/current").symlink_to("releases/1")
    paths = [root / "var/lib/mydesk", root / "opt", root / "never there"]
    for _ in range(2):
        done = _run_wipe(folder, *paths)
        assert (done.returncode, done.stderr) == (0, "")
    assert not any(path.exists() for path in paths)
    assert not any(twin.read_bytes()), "the key was overwritten, not only unlinked"
    said = (folder / "log").read_text()
    assert "disable --now mydesk-room.service mydesk-kiosk.service mydesk-agent.service" in said
