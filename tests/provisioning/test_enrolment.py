"""The hub signs a unit's request: the real mydesk-hub, on this machine and behind SSH."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncssh
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning.enrolment import signed_by_hub
from provisioning.fleet_error import FleetError
from provisioning.fleet_state import FleetState
from provisioning.inventory import EnrolSection
from provisioning.many_units import Reach

PROGRAM = (sys.executable, "-c", "from hub.cli import main; main()")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    path = folder / "hub.toml"
    path.write_text(
        f'[site]\nname = "Nordhavn"\n[broker]\nhost = "hub.example"\n[authority]\nfolder = "{folder / "ca"}"\n'
        f'[database]\nurl = "sqlite:///{folder / "hub.db"}"\n[local_admin]\nname = "admin"\n'
    )
    command = [*PROGRAM, "broker-config", "--config", str(path), "--out", str(folder / "broker")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


def request(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def reach(folder: Path, identity: Path | None = None) -> Reach:
    return Reach(FleetState.open(folder / "state"), "root", {}, identity)


def words(config: Path, unit: str) -> list[str]:
    return ["enrol", unit, "--config", str(config), "--role", "room", "--name", "Ada 'n' Bob; $(id)"]


@pytest.mark.slow
def test_on_this_machine(config: Path, tmp_path: Path) -> None:
    section = EnrolSection(program=PROGRAM, config=str(config))
    own, ca = asyncio.run(signed_by_hub(section, words(config, "ada"), request("ada"), reach(tmp_path)))
    made = x509.load_pem_x509_certificate(own.encode())
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(ca.encode()))
    assert made.subject.rfc4514_string() == "CN=ada"


@pytest.mark.slow
def test_what_the_hub_refuses_is_told_in_its_words(config: Path, tmp_path: Path) -> None:
    section = EnrolSection(program=PROGRAM, config=str(config))
    with pytest.raises(FleetError, match="The request is for eva, not for ada"):
        asyncio.run(signed_by_hub(section, words(config, "ada"), request("eva"), reach(tmp_path)))
    nowhere = EnrolSection(program=("/no/such/mydesk-hub",), config=str(config))
    with pytest.raises(FleetError, match="did not sign"):
        asyncio.run(signed_by_hub(nowhere, words(config, "ada"), request("ada"), reach(tmp_path)))


async def _over_ssh(config: Path, folder: Path, *, right_key: bool) -> tuple[str, str]:
    """A server that runs what it is asked in a shell, as sshd does."""
    host_key, user_key = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user_key.write_private_key(folder / "identity")
    authorized = asyncssh.import_authorized_keys(user_key.export_public_key().decode())

    async def serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
        pipe = asyncio.subprocess.PIPE
        shell = await asyncio.create_subprocess_shell(str(process.command), stdin=pipe, stdout=pipe, stderr=pipe)
        out, said = await shell.communicate(await process.stdin.read())
        process.stdout.write(out)
        process.stderr.write(said)
        process.exit(shell.returncode or 0)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=authorized,
        process_factory=serve,
        encoding=None,
    )
    async with server:
        shown = host_key if right_key else user_key
        section = EnrolSection(
            ssh="root@127.0.0.1",
            ssh_port=server.get_port(),
            host_key=" ".join(shown.export_public_key().decode().split()[:2]),
            program=PROGRAM,
            config=str(config),
        )
        way = reach(folder, folder / "identity")
        certificate, authority = await signed_by_hub(section, words(config, "bob"), request("bob"), way)
    return certificate, authority


@pytest.mark.slow
def test_behind_ssh(config: Path, tmp_path: Path) -> None:
    own, _ = asyncio.run(_over_ssh(config, tmp_path, right_key=True))
    assert x509.load_pem_x509_certificate(own.encode()).subject.rfc4514_string() == "CN=bob"


def test_no_other_host_key_is_accepted(tmp_path: Path) -> None:
    config = tmp_path / "nobody-reads-it"
    with pytest.raises(FleetError, match="shows another SSH key than"):
        asyncio.run(_over_ssh(config, tmp_path, right_key=False))


@pytest.mark.parametrize(
    ("host_key", "text"),
    [
        ("", "is needed with ssh: nothing is trusted on first use"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGBRo36Fwb", "is cut short or damaged"),
    ],
)
def test_the_inventory_must_name_the_key(host_key: str, text: str) -> None:
    section = EnrolSection(ssh="root@hub", host_key=host_key)
    assert [message for _, message in section.problems() if text in message]
