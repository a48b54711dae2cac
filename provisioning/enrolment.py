"""Gives a unit its certificate: key and request are made on it, the hub signs, and only the certificate comes back.

The hub is asked where it is: over SSH, to the one host key that the inventory names, or on this machine.
"""

from __future__ import annotations

import asyncio
import shlex
from typing import Any, Final

import asyncssh
import msgspec

from provisioning.converge_certificate import certificate_fault
from provisioning.converge_programs import program
from provisioning.converge_wire import CertificateFacts, CertificateWish, Put, UnitFile
from provisioning.fleet_error import FleetError
from provisioning.inventory import EnrolSection, Unit
from provisioning.inventory_load import Fleet
from provisioning.many_units import Reach
from provisioning.plain_text import plain_line
from provisioning.unit_commands import ask

__all__ = ["enrol", "on_hub", "signed_by_hub"]

HUB_TIMEOUT_S: Final = 60.0
_MARK: Final = "-----BEGIN CERTIFICATE-----"
_ON_HUB: Final = (
    'set -e; folder=$(mktemp -d); trap \'rm -rf "$folder"\' EXIT; cat >"$folder/request"; '
    '"$@" --csr "$folder/request" --out "$folder" >&2; cat "$folder/unit.pem" "$folder/site-ca.pem"'
)
"""mydesk-hub reads and writes files: they are in a folder of their own that is removed again."""

_ON_UNIT: Final = (
    'set -eu; umask 077; key=$1; folder=$(dirname "$key"); '
    'test -d "$folder" || install -d -m 0700 -o mydesk-agent -g mydesk-agent "$folder"; '
    'if ! openssl pkey -in "$key" -noout 2>/dev/null; then '
    'openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key.making" 2>/dev/null '
    '|| openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key.making" 2>/dev/null; '
    'chown mydesk-agent:mydesk-agent "$key.making"; sync "$key.making"; '
    'mv -f "$key.making" "$key"; sync "$folder"; fi; '
    'openssl req -new -key "$key" -subj "/CN=$2"'
)
"""A key is made once, and kept whatever comes in between: a request can be made of it again."""


async def enrol(
    fleet: Fleet, unit: Unit, wish: CertificateWish, connection: asyncssh.SSHClientConnection, reach: Reach
) -> None:
    """Have the hub sign what `unit` asks for, and put it there.

    Raises:
        FleetError: the hub cannot be asked, refuses, or has another CA than the inventory says.
    """
    hub = fleet.hub_of(unit)
    section = hub.enrol if hub is not None else None
    if section is None:
        hint = "Say in the inventory how the hub is asked: [hub] enrol = { ssh = ..., host_key = ... } (docs/fleet.md)."
        raise FleetError("nobody can sign its certificate.", hint=hint)
    answer = await ask(connection, ["sh", "-c", _ON_UNIT, "sh", wish.key, unit.id])
    request = answer.checked().out
    words = ["enrol", unit.id, "--config", section.config, "--role", unit.role]
    site = fleet.site_of(unit)
    words += ["--name", unit.shown_name, "--site", site.name, "--floor", unit.floor]
    pem, ca = await signed_by_hub(section, words, request, reach)
    public = await ask(connection, ["openssl", "pkey", "-in", wish.key, "-pubout"])
    found = CertificateFacts(certificate=pem, ca=ca, public_key=public.checked().text, has_key=True)
    if fault := certificate_fault(unit.id, wish, found):
        raise FleetError(f"the hub's answer is not taken: {fault}.", hint="Compare ca_file or ca_fingerprint with it.")
    await _keep(connection, wish, pem, ca)


async def _keep(connection: asyncssh.SSHClientConnection, wish: CertificateWish, pem: str, ca: str) -> None:
    own = UnitFile(path=wish.certificate, content=pem.encode(), owner="mydesk-agent", group="mydesk-agent")
    files = (UnitFile(path=wish.ca, content=ca.encode()), own)
    answer = await ask(connection, program("converge_put"), data=msgspec.json.encode(Put(files=files)))
    answer.checked()


async def signed_by_hub(section: EnrolSection, words: list[str], request: bytes, reach: Reach) -> tuple[str, str]:
    """The certificate and the site CA, as PEM, that `mydesk-hub` answers to a request. Raises FleetError."""
    command = ["sh", "-c", _ON_HUB, "sh", *section.program, *words]
    status, out, said = await on_hub(section, command, request, reach)
    if status != 0:
        raise FleetError(f"the hub did not sign: {plain_line(said, 400)}", hint="Try it there: mydesk-hub enrol --help")
    parts = out.decode("ascii", "replace").split(_MARK)[1:]
    if len(parts) < 2:
        raise FleetError("the hub answered with no certificate.", hint="Is it of this version?")
    own, ca = (_MARK + part for part in (parts[0], parts[-1]))
    return own, ca


async def on_hub(
    section: EnrolSection, command: list[str], data: bytes, reach: Reach
) -> tuple[int | None, bytes, bytes]:
    """Run a command where the hub is; its exit code, output and standard error. Raises FleetError: not reached."""
    return await (_over_ssh(section, command, data, reach) if section.ssh else _here(command, data))


async def _here(command: list[str], request: bytes) -> tuple[int | None, bytes, bytes]:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        hint = "If the hub is elsewhere: [hub] enrol = { ssh = ..., host_key = ... } in the inventory."
        raise FleetError(f"{command[0]} cannot be run here: {error.strerror}.", hint=hint) from error
    try:
        async with asyncio.timeout(HUB_TIMEOUT_S):
            out, said = await process.communicate(request)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise FleetError(f"mydesk-hub did not answer in {HUB_TIMEOUT_S:g} s.") from error
    return process.returncode, out, said


async def _over_ssh(
    section: EnrolSection, command: list[str], request: bytes, reach: Reach
) -> tuple[int | None, bytes, bytes]:
    user, _, host = section.ssh.rpartition("@")
    line = shlex.join(command if user == "root" else ["sudo", "-n", *command])
    options = {} if reach.identity is None else {"client_keys": [str(reach.identity)], "agent_path": None}
    known: Any = ([asyncssh.import_public_key(section.host_key)], [], [])
    try:
        async with asyncio.timeout(HUB_TIMEOUT_S):
            async with asyncssh.connect(
                host, section.ssh_port, config=None, username=user, known_hosts=known, password=None, **options
            ) as hub:
                done = await hub.run(line, input=request, encoding=None, check=False)
    except asyncssh.HostKeyNotVerifiable as error:
        raise FleetError(f"{section.ssh} shows another SSH key than [hub.enrol] host_key.") from error
    except (asyncssh.Error, OSError, TimeoutError) as error:
        why = plain_line(getattr(error, "reason", "") or getattr(error, "strerror", "") or error) or "no answer in time"
        raise FleetError(f"the hub cannot be reached at {section.ssh}: {why}.") from error
    return done.exit_status, _bytes(done.stdout), _bytes(done.stderr)


def _bytes(said: object) -> bytes:
    return said if isinstance(said, bytes) else str(said or "").encode()
