"""A unit with OpenSSH's sshd before it and the real updater behind it, over a root file system in a folder."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncssh

from provisioning.updater_file import updater_file
from tests.provisioning.bundle_kit import Signer
from tests.provisioning.sshd_kit import USER, SshUnit
from tests.provisioning.unit_kit import Unit, make_unit, unit_folder

COMMAND = """\
#!/bin/sh
echo "$SSH_ORIGINAL_COMMAND" >>{root}/commands
case "$SSH_ORIGINAL_COMMAND" in
*mydesk-update\\ *)
    export PATH={tools}:$PATH
    exec {python} -I {updater} --root {root} ${{SSH_ORIGINAL_COMMAND#*mydesk-update }}
    ;;
*mydesk-room\\ ctl\\ status*) echo '{{"frame_age_s": 0.4}}' ;;
*) echo "unknown: $SSH_ORIGINAL_COMMAND" >&2; exit 127 ;;
esac
"""


@contextmanager
def updater_behind(machine: SshUnit, signer: Signer) -> Iterator[Unit]:
    """A new unit without a release behind the machine's sshd."""
    with unit_folder() as folder:
        unit = make_unit(folder, signer)
        updater = folder / "mydesk-update"
        updater.write_bytes(updater_file())
        words = {"root": unit.places.root, "tools": unit.tools, "updater": updater, "python": sys.executable}
        fresh = machine.root / "command.new"
        fresh.write_text(COMMAND.format(**{name: shlex.quote(str(word)) for name, word in words.items()}))
        fresh.chmod(0o755)
        fresh.replace(machine.root / "command")
        yield unit


@asynccontextmanager
async def signed_in(machine: SshUnit) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection to it; that the host key is checked is tested elsewhere."""
    options = {"client_keys": [str(machine.identity)], "agent_path": None, "config": None}
    connection = await asyncssh.connect("127.0.0.1", machine.port, username=USER, known_hosts=None, **options)
    try:
        yield connection
    finally:
        connection.abort()
        await connection.wait_closed()
