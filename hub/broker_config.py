"""Mosquitto's configuration for a site: TLS with certificates only, rights by name, bounded queues.

Who a client is, is the common name of its certificate: `hub`, a unit's id, or `homeassistant`. Why the figures:
reference/fleet.md 3.1 and 3.6.
"""

from __future__ import annotations

import grp
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.errors import MyDeskError
from common.sealed_file import replace_whole
from hub.authority import HOME_ASSISTANT_NAME, HUB_NAME, Authority
from hub.link import RECEIVE_MAXIMUM
from telemetry.messages import LARGEST_BYTES
from telemetry.topics import HA_COMMAND_ID, HA_STATUS, HUB_FILTERS, ROOT

GROUP = "mosquitto"
_OVERHEAD_BYTES = 64 << 10

_UNIT_WRITES = tuple(filter_.replace("+", "%u", 1) for filter_ in HUB_FILTERS)
_UNIT_READS = tuple(f"{ROOT}/%u/{rest}" for rest in ("ack", "desired/+", "cmd/+/+"))
_HUB_WRITES = tuple(f"{ROOT}/+/{rest}" for rest in ("ack", "desired/+", "cmd/+/+"))
_HOME_ASSISTANT_READS = tuple(f"{ROOT}/+/{rest}" for rest in ("status", "twin/+", "now/+", "a/+"))


class BrokerConfigError(MyDeskError):
    """Error raised when the broker's files cannot be written."""


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """`folder` is where the files will be read from, `data_folder` where sessions and retained messages are kept."""

    folder: Path
    port: int = 8883
    address: str = ""
    data_folder: str = "/var/lib/mosquitto/"
    home_assistant: bool = False
    log_denied: bool = False


def configuration(options: BrokerOptions) -> str:
    """mosquitto.conf, whole."""
    folder = options.folder
    listener = f"listener {options.port} {options.address}".rstrip()
    denied = "log_type debug\n" if options.log_denied else ""
    return f"""\
# Written by mydesk-hub broker-config: change [broker] and run it again, not this file.
per_listener_settings true

{listener}
allow_anonymous false
certfile {folder / "broker.pem"}
keyfile {folder / "broker.key"}
cafile {folder / "ca.pem"}
crlfile {folder / "crl.pem"}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
# Whoever has a certificate could else take the session of the hub by its client id.
use_username_as_clientid true
acl_file {folder / "mydesk.acl"}
max_connections -1
set_tcp_nodelay true

# What was taken in outlives a restart; what a crash forgets, units send again (the hub's watermark).
persistence true
persistence_location {options.data_folder}
autosave_interval 30
persistent_client_expiration 14d

# Bounds. The hub hears of all retained messages at once when it connects: its queue is the large one.
max_inflight_messages {RECEIVE_MAXIMUM}
max_queued_messages 200000
max_queued_bytes 268435456
max_packet_size {LARGEST_BYTES + _OVERHEAD_BYTES}
max_keepalive 600

log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S
log_type error
log_type warning
log_type notice
log_type information
{denied}connection_messages true
"""


def access_rules(options: BrokerOptions) -> str:
    """The ACL: a unit has its own subtree, and of that only what it tells and hears."""
    units = [f"pattern write {topic}" for topic in _UNIT_WRITES]
    units += [f"pattern read {topic}" for topic in _UNIT_READS]
    units += ["pattern write homeassistant/device/%u/config", f"pattern read {HA_STATUS}"]
    hub = [f"topic read {filter_}" for filter_ in HUB_FILTERS] + [f"topic write {topic}" for topic in _HUB_WRITES]
    lines = ["# Written by mydesk-hub broker-config.", *units, "", f"user {HUB_NAME}", *hub]
    if options.home_assistant:
        reads = [f"topic read {topic}" for topic in _HOME_ASSISTANT_READS]
        lines += ["", f"user {HOME_ASSISTANT_NAME}", "topic readwrite homeassistant/#", *reads]
        lines += [f"topic write {ROOT}/+/cmd/+/{HA_COMMAND_ID}"]
    return "\n".join(lines) + "\n"


def write(authority: Authority, hosts: tuple[str, ...], options: BrokerOptions) -> list[Path]:
    """Write all that Mosquitto reads into `options.folder`, readable by its group; returns the files.

    Raises:
        BrokerConfigError: the folder cannot be written.
        AuthorityError: the site CA cannot be read.
    """
    authority.prepare()
    certificate, key = authority.broker_files(hosts)
    files = {
        "mosquitto.conf": configuration(options).encode(),
        "mydesk.acl": access_rules(options).encode(),
        "broker.pem": certificate.read_bytes(),
        "broker.key": key.read_bytes(),
        "ca.pem": authority.ca_file.read_bytes(),
        "crl.pem": authority.crl_file.read_bytes(),
    }
    if options.home_assistant:
        own, own_key = authority.client_files(HOME_ASSISTANT_NAME)
        files |= {"homeassistant.pem": own.read_bytes(), "homeassistant.key": own_key.read_bytes()}
    return _write_all(options.folder, files)


def write_revoked(authority: Authority, folder: Path) -> Path:
    """Bring the broker's list of revoked certificates up to date. Raises as `write`."""
    (path,) = _write_all(folder, {"crl.pem": authority.crl_file.read_bytes()})
    return path


def _write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            replace_whole(folder / name, content)
            _open_to_the_broker(folder / name)
    except OSError as error:
        hint = "Run this as root, or name another folder with --out."
        raise BrokerConfigError(f"{error.filename}: {error.strerror}.", hint=hint) from error
    return [folder / name for name in files]


def _open_to_the_broker(path: Path) -> None:
    """Mosquitto gives up root before it reads them."""
    if os.geteuid() != 0 or path.name.startswith(HOME_ASSISTANT_NAME):
        return
    try:
        group = grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return
    os.chown(path, 0, group)
    path.chmod(0o640)
