"""How a unit should be, from the inventory. Reads secrets and files on this laptop; asks no unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from common import config
from provisioning import converge_files, guests_left, system_files
from provisioning.converge_boot import boot_lines
from provisioning.converge_wire import BootWish, CertificateWish, UnitFile, Wish
from provisioning.deb_list import packages_for
from provisioning.fleet_error import FleetError
from provisioning.hub_ca import ca_fingerprint
from provisioning.inventory import Role, Unit
from provisioning.inventory_load import Fleet
from provisioning.maintenance import drop_ins, window_of
from provisioning.on_unit.manifest import Manifest
from provisioning.on_unit.signature import NAMESPACE, PRINCIPAL
from provisioning.render import OUTBOX, agent_settings, agent_text, app_file, app_settings, app_text
from provisioning.secret_refs import resolve
from provisioning.settings_layers import Reference, merged, references, value_at
from provisioning.toml_text import toml_text
from telemetry.settings import AgentConfig, StateSection
from telemetry.shadow_record import RECORD

__all__ = ["wish_for"]

ETC: Final = "/etc/mydesk"
BIN: Final = "/opt/mydesk/current/bin"
BOOT: Final = "/boot/firmware"
TIMESYNCD: Final = "/etc/systemd/timesyncd.conf.d/10-mydesk.conf"
"""The same that the first boot of Bookworm writes (seed_firstrun)."""

OVERRIDES: Final = "/var/lib/mydesk/overrides.json"
"""What the hub set over a panel's settings, unless these name another file."""

I2C_MODULE: Final = "/etc/modules-load.d/mydesk.conf"
SOMETIMES: Final = (
    TIMESYNCD,
    I2C_MODULE,
    f"{ETC}/release_revoked",
    f"{ETC}/agent.toml",
)
"""Files that a unit has or has not: what the inventory no longer says goes."""

DATA: Final[dict[Role, tuple[str, ...]]] = {
    "room": ("/var/lib/mydesk/check-ins.json", "/var/lib/mydesk/strikes.json"),
    "kiosk": tuple(guests_left.FOLDERS.values()),
}
"""What only that role fills, unless its settings say otherwise. A unit that changes its role keeps it."""

CLOCK: Final = "systemd-timesyncd.service"
MASKED_ON_PI: Final = ("serial-getty@ttyAMA0.service", "serial-getty@ttyS0.service")
MADE_BY: Final = (("systemd-sysusers",), ("systemd-tmpfiles", "--create", "/etc/tmpfiles.d/mydesk.conf"))


def wish_for(fleet: Fleet, unit: Unit, manifests: Sequence[Manifest] = ()) -> Wish:
    """`unit` as it should be; `manifests` are those of first releases, of which those for its architecture count.

    Raises:
        FleetError: a secret, the hub's CA or the release signers cannot be had.
    """
    files = converge_files.fixed_files(unit.role)
    users, groups = converge_files.users(files)
    agent = ("mydesk-agent.service",) if fleet.hub_of(unit) else ()
    other: Role = "kiosk" if unit.role == "room" else "room"
    own = (f"mydesk-{unit.role}.service", *agent)
    every = (*files, *_own_files(fleet, unit, own))
    settings = tuple(_settings(fleet, unit))
    there = {file.path for file in (*every, *settings)}
    others = (*(file.path for file in converge_files.fixed_files(other)), *_made_then(other), f"{ETC}/{other}.toml")
    architecture = fleet.hardware_of(unit).architecture
    fitting = [one for one in manifests if one.architecture == architecture]
    return Wish(
        unit=unit.id,
        packages=packages_for(unit.role, [name for one in fitting for name in one.debian]),
        files=every,
        settings=settings,
        absent=tuple(path for path in SOMETIMES if path not in there),
        users=users,
        groups=groups,
        folders=converge_files.folders(files),
        made_by=MADE_BY,
        masked=(*system_files.MASKED, *(MASKED_ON_PI if _is_pi(fleet, unit) else ())),
        enabled=(*converge_files.enabled(unit.role), CLOCK),
        started=(*converge_files.started(files, unit.role), CLOCK),
        panel=own,
        disabled=(f"mydesk-{other}.service", *(() if agent else ("mydesk-agent.service",))),
        other_role=tuple(path for path in others if path not in there),
        other_settings=f"{ETC}/{other}.toml",
        had_guests=other == "kiosk",
        kept=DATA[other],
        overlay=tuple(dict.fromkeys(_overlay(fleet, unit))),
        boot=_boot(fleet, unit),
        certificate=_certificate(fleet, unit),
        has_bundle=bool(fitting),
    )


def _made_then(role: Role) -> tuple[str, ...]:
    """Files that a unit got when it came to `role`; no inventory says them."""
    return (guests_left.ELSEWHERE,) if role == "room" else ()


def _overlay(fleet: Fleet, unit: Unit) -> Iterator[str]:
    yield value_at(app_settings(fleet, unit), "unit.overrides_file") or OVERRIDES
    agent = merged(fleet.inventory.agent, unit.agent)  # also of the agent that it had, when it has no hub any more
    yield value_at(agent, "state.overrides_file") or OVERRIDES
    yield f"{value_at(agent, 'state.folder') or StateSection().folder}/{RECORD}"


def _agent(fleet: Fleet, unit: Unit) -> AgentConfig | None:
    text = agent_text(fleet, unit, lambda key, reference: "x")
    return None if text is None else config.parse(text, AgentConfig)


def _is_pi(fleet: Fleet, unit: Unit) -> bool:
    return fleet.hardware_of(unit).board != "x86"


def _boot(fleet: Fleet, unit: Unit) -> BootWish | None:
    if not _is_pi(fleet, unit):
        return None
    lines = boot_lines(fleet.hardware_of(unit), app_settings(fleet, unit))
    return BootWish(folder=BOOT, lines=lines)


def _own_files(fleet: Fleet, unit: Unit, services: tuple[str, ...]) -> Iterator[UnitFile]:
    yield UnitFile(path=f"{ETC}/update.toml", content=_update_text(fleet, unit, services).encode())
    yield UnitFile(path=f"{ETC}/release_signers", content=_signers(fleet).encode())
    revoked = fleet.inventory.fleet.release_revoked
    if revoked:
        yield UnitFile(path=f"{ETC}/release_revoked", content=_read(fleet.path.parent / revoked))
    for path, text in drop_ins(window_of(fleet, unit)).items():
        yield UnitFile(path=path, content=text.encode())
    servers = fleet.site_of(unit).ntp_servers
    if servers:
        yield UnitFile(path=TIMESYNCD, content=f"[Time]\nNTP={' '.join(servers)}\n".encode())
    boot = _boot(fleet, unit)
    if boot is not None and "dtparam=i2c_arm=on" in boot.lines:
        yield UnitFile(path=I2C_MODULE, content=b"i2c-dev\n")


def _update_text(fleet: Fleet, unit: Unit, services: tuple[str, ...]) -> str:
    tests = [f"mydesk-{unit.role} check-config {ETC}/{app_file(unit)}"]
    tests += [f"mydesk-agent check-config {ETC}/agent.toml"] if len(services) > 1 else []
    made: dict[str, Any] = {"services": list(services), "control_socket": f"/run/mydesk/{unit.role}.sock"}
    made |= {"self_test": tests, "databases": list(_databases(fleet, unit))}
    made |= {"busy_hours": list(fleet.busy_hours_of(unit))}
    return "# Written by mydesk-fleet. What each key means: mydesk-update, on_unit/settings.py.\n" + toml_text(made)


def _databases(fleet: Fleet, unit: Unit) -> Iterator[str]:
    """What a new release tries its migrations on, before it is made current."""
    if fleet.hub_of(unit):
        yield f"mydesk-agent check-outbox {OUTBOX}"
    if unit.role == "kiosk":
        folder = value_at(app_settings(fleet, unit), "register.folder") or guests_left.FOLDERS["register.folder"]
        yield f"mydesk-kiosk check-register {folder}/register.db"


def _signers(fleet: Fleet) -> str:
    keys = fleet.inventory.fleet.release_keys
    return "".join(f'{PRINCIPAL} namespaces="{NAMESPACE}" {key}\n' for key in keys)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FleetError(f"{path}: {error.strerror}.", hint="It is named by [fleet] release_revoked.") from error


def _settings(fleet: Fleet, unit: Unit) -> Iterator[UnitFile]:
    """Readable for the panel's group, which the agent is in: the self-test of a release reads both."""
    app = app_text(fleet, unit, _secrets(fleet, unit.id))
    yield _setting(f"mydesk-{unit.role}", app_file(unit), app, _secret_keys(app_settings(fleet, unit)))
    agent = agent_text(fleet, unit, _secrets(fleet, unit.id))
    if agent is not None:
        yield _setting("mydesk-agent", "agent.toml", agent, _secret_keys(agent_settings(fleet, unit) or {}))


def _setting(program: str, name: str, text: str, secret: tuple[str, ...]) -> UnitFile:
    """Checked by the release that runs, as the user who will read it: root runs nothing of a release."""
    check = ("runuser", "-u", "mydesk", "--", f"{BIN}/{program}", "check-config", "{}")
    return UnitFile(path=f"{ETC}/{name}", content=text.encode(), mode=0o640, group="mydesk", secret=secret, check=check)


def _secret_keys(settings: dict[str, Any]) -> tuple[str, ...]:
    """Last words of keys whose values nobody is shown; what is named like a secret is hidden besides (LIKE_SECRETS)."""
    return tuple(sorted({"pin_hash", *(key.rpartition(".")[2] for key, _ in references(settings))}))


def _secrets(fleet: Fleet, unit: str) -> Any:
    def found(key: str, reference: Reference) -> str:
        return resolve(reference, fleet.path.parent, f"{key} of {unit}")

    return found


def _certificate(fleet: Fleet, unit: Unit) -> CertificateWish | None:
    hub, agent = fleet.hub_of(unit), _agent(fleet, unit)
    if hub is None or agent is None:
        return None
    paths = agent.hub
    known = ca_fingerprint(hub, fleet.path.parent)
    return CertificateWish(certificate=paths.cert_file, key=paths.key_file, ca=paths.ca_file, ca_fingerprint=known)
