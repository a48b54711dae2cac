"""A unit as a fleet sees it, scripted: what its commands answer, and how it goes wrong. No network here."""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from provisioning.on_unit.bundle_reader import _octal
from provisioning.on_unit.errors import NOT_NOW, UpdateError
from provisioning.on_unit.manifest import parse_manifest

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


class Fault(StrEnum):
    """What is wrong with a unit. Several may be at once."""

    OFF = "nothing listens at its address"
    SILENT = "takes the connection and says nothing"
    REFUSES_KEY = "does not let the admin in"
    CHANGED_KEY = "shows another host key than at its claim"
    SLOW = "each command takes slow_s"
    CLOSES = "drops the connection in the middle of a command"
    HANGS = "a command never ends"
    FREEZES = "a command never ends, and the connection says no more: as when the power goes"
    DISK_FULL = "nothing can be staged"
    BAD_SIGNATURE = "does not trust who signed"
    BUSY = "a meeting runs; activation and reboot are refused"
    BAD_RELEASE = "a new release fails its verification and is taken back"
    NEVER_BACK = "is off from the activation of a release on"
    HUGE = "commands print without end"
    NOT_JSON = "commands print binary rubbish and escape sequences"
    APP_DOWN = "the app does not answer"
    AGENT_DOWN = "the agent does not answer"
    BROKEN_SERVICE = "no service can be started"


HOSTILE = b'\x1b]0;owned\x07\x1b[2J{"state": "\xff\xfe\x00 \xe2\x80\xae'


@dataclass(slots=True)
class Said:
    """What a command answers."""

    out: bytes = b""
    status: int = 0
    error: bytes = b""


def said(value: Any, status: int = 0) -> Said:
    """An answer in JSON."""
    return Said(json.dumps(value).encode() + b"\n", status)


def failed(text: str, status: int = 1) -> Said:
    """A failure in words."""
    return Said(b"", status, text.encode() + b"\n")


Answerer = Callable[["FakeUnit", list[str], bytes], Said | Awaitable[Said]]


def _update(**more: Any) -> dict[str, Any]:
    state: dict[str, Any] = {
        "step": "idle",
        "release": None,
        "origin": None,
        "reason": "",
        "epoch": 1,
        "boots": 0,
        "boot_id": "",
    }
    found: dict[str, Any] = {
        "current": "1.0.0-000000000000",
        "previous": None,
        "complete": ["1.0.0-000000000000"],
        "failed": {},
        "restart": {"services": [], "said": ""},
    }
    return {**state, "deadline_s": 0.0, "baseline": {}, **found, **more}


@dataclass(slots=True)
class FakeUnit:
    """One unit. Change any of it while it runs; `commands` is what it was asked, without sudo.

    `answers` go before the built-in ones: the longest words that a command begins with win.
    """

    id: str
    role: str = "room"
    faults: set[Fault] = field(default_factory=set)
    slow_s: float = 0.2
    soak_s: float = 0.0
    """How long a release is tried before it is kept or taken back."""

    reboot_s: float = 0.0
    disk_free_mb: int = 9000
    refused: dict[str, str] = field(default_factory=dict)
    """What its programs say to a file of settings."""

    journal: list[bytes] = field(default_factory=lambda: [b"2026-11-22T09:00:00 mydesk-room: ready"])
    update: dict[str, Any] = field(default_factory=_update)
    app: dict[str, Any] = field(default_factory=dict)
    agent: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    services: dict[str, dict[str, str]] = field(default_factory=dict)
    system: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answerer] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    boots: int = 1
    off_until_s: float = 0.0
    received_bytes: int = 0
    _tried_s: float = 0.0

    def __post_init__(self) -> None:
        age = {"calendar_age_s": 12.0, "frame_age_s": 0.4, "clock_synchronised": True, "signed_in": True}
        state = {"state": "free", "presence": "empty", "sensors": []} if self.role == "room" else {"page": "Welcome"}
        self.app = {"unit": self.id, **state, **age, "last_error": None} | self.app
        certificate = {"expires": "2027-06-01T00:00:00+00:00", "fault": ""}
        hub = {"connected": True, "fault": "", "connects": 1}
        own: dict[str, Any] = {
            "unit": self.id,
            "role": self.role,
            "version": "1.0.0",
            "clock_synchronised": True,
            "alarms": [],
        }
        self.agent = {**own, "hub": hub, "app": {"answers": True}, "certificate": certificate} | self.agent
        for name in (f"mydesk-{self.role}.service", "mydesk-agent.service"):
            self.services.setdefault(name, {"ActiveState": "active", "SubState": "running", "NRestarts": "0"})

    @property
    def is_off(self) -> bool:
        """Whether nothing answers at its address."""
        return Fault.OFF in self.faults or time.monotonic() < self.off_until_s

    @property
    def boot_id(self) -> str:
        """Of its kernel."""
        return f"00000000-0000-4000-8000-{self.boots:012d}"

    def reboot(self) -> None:
        """Go down now, for `reboot_s`; connections are cut by the fleet that it is in."""
        self.boots += 1
        self.off_until_s = time.monotonic() + self.reboot_s

    async def answer(self, line: str, data: bytes) -> Said:
        """What it says to a command line with `data` on standard input."""
        words = _without_sudo(shlex.split(line))
        words[0] = words[0].rpartition("/")[2]
        command = shlex.join(words)
        self.commands.append(command)
        if Fault.SLOW in self.faults:
            await asyncio.sleep(self.slow_s)
        if Fault.HANGS in self.faults:
            await asyncio.Event().wait()
        if Fault.NOT_JSON in self.faults:
            return Said(HOSTILE)
        self.settle()
        found = _longest({**ANSWERS, **self.answers}, words)
        if found is None:
            return failed(f"sh: {words[0]}: not found", 127)
        answer = found(self, words, data)
        return answer if isinstance(answer, Said) else await answer

    def settle(self) -> None:
        """End the trial of a release when its soak is over."""
        if self.update["step"] == "trying" and time.monotonic() >= self._tried_s + self.soak_s:
            self._take_back() if Fault.BAD_RELEASE in self.faults else self.update.update(step="committed")

    def stage(self, data: bytes) -> Said:
        """As `mydesk-update stage -`."""
        if Fault.DISK_FULL in self.faults:
            return failed("mydesk-update: 200 MiB must be free, 3 MiB are. What fills the disk? df -h")
        if Fault.BAD_SIGNATURE in self.faults:
            return failed("mydesk-update: the bundle is not signed by a key that this unit trusts.")
        try:
            name = release_name(data)
        except UpdateError as error:
            return failed(f"mydesk-update: {error}")
        if name in self.update["failed"]:
            why = self.update["failed"][name]
            return failed(f"mydesk-update: {name} failed here before: {why} Offer a new bundle, or use --again.")
        if name != self.update["current"]:
            complete = [*self.update["complete"], name]
            self.update.update(step="staged", release=name, origin=self.update["current"], complete=complete)
        return self._step()

    def activate(self, release: str, *, now: bool) -> Said:
        """As `mydesk-update activate`."""
        if Fault.BUSY in self.faults and not now:
            return failed("mydesk-update: a meeting runs (busy): not now. Try later, or use --now to insist.", NOT_NOW)
        if self.update["step"] != "staged":
            return failed("mydesk-update: nothing is staged.")
        if release != (staged := self.update["release"]):
            return failed(f"mydesk-update: {staged} is staged, not {release}: somebody else brought it.")
        if Fault.NEVER_BACK in self.faults:
            self.faults.add(Fault.OFF)
        self.update.update(step="trying", previous=self.update["current"], current=self.update["release"])
        self._tried_s = time.monotonic()
        return self._step()

    def _step(self) -> Said:
        return said({"state": self.update["step"], "release": self.update["release"], "reason": self.update["reason"]})

    def rollback(self, reason: str) -> Said:
        """As `mydesk-update rollback`."""
        if self.update["previous"] is None:
            return failed("mydesk-update: there is nothing to go back to.")
        self._take_back(reason)
        return self._step()

    def _take_back(self, reason: str = "the calendar was reachable before, and is not now.") -> None:
        bad = self.update["current"]
        failures = {**self.update["failed"], bad: reason}
        back = {"current": self.update["previous"], "previous": bad}
        self.update.update(step="rolled_back", reason=reason, failed=failures, **back)


def release_name(bundle: bytes) -> str:
    """As a unit names it: version, and the beginning of the manifest's hash. Raises UpdateError."""
    size = _octal(bundle[124:135])
    manifest = bundle[512 : 512 + size]
    return f"{parse_manifest(manifest).version}-{sha256(manifest).hexdigest()[:12]}"


def _without_sudo(words: list[str]) -> list[str]:
    if words[:3] == ["sudo", "-H", "-n"]:  # as pyinfra has it
        return shlex.split(words[5]) if words[3:5] == ["sh", "-c"] else words[3:]
    if words[:2] == ["sudo", "-n"]:
        words = words[2:]
        return words[2:] if words[:1] == ["-u"] else words
    return words[words.index("--") + 1 :] if words[:1] == ["runuser"] else words


def _longest(table: Mapping[str, Answerer], words: list[str]) -> Answerer | None:
    for count in range(len(words), 0, -1):
        if found := table.get(" ".join(words[:count])):
            return found
    return None


def _ctl(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    program = f"mydesk-{unit.role}"
    if Fault.APP_DOWN in unit.faults:
        return failed(f"{program}: /run/mydesk/{unit.role}.sock: nobody answers.")
    if words[0] != program:
        return failed(f"sh: {words[0]}: not found", 127)
    match words[2]:
        case "status":
            return said(unit.app | ({"state": "busy"} if Fault.BUSY in unit.faults else {}))
        case "screenshot":
            return Said(PNG) if words[3:] == ["--out", "-"] else failed("Usage: --out is missing", 2)
        case "identify" | "reload":
            return said({"unit": unit.id})
    return failed("Usage: no such command", 2)


def _agent_status(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    if Fault.AGENT_DOWN in unit.faults:
        return failed("mydesk-agent: /run/mydesk/agent.sock: nobody answers.")
    return said(unit.agent)


def _update_word(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    match words[1]:
        case "stage":
            return unit.stage(data)
        case "activate":
            return unit.activate(words[-1], now="--now" in words)
        case "rollback":
            return unit.rollback("an admin asked for it.")
    return said(unit.update)


def _cat(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    out = b""
    for name in words[1:]:
        if name.startswith("-"):
            continue
        if name == "/proc/sys/kernel/random/boot_id":
            out += unit.boot_id.encode() + b"\n"
        elif name not in unit.files:
            return Said(out, 1, f"cat: {name}: No such file or directory\n".encode())
        else:
            out += unit.files[name]
    return Said(out)


def _show(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    names = [word for word in words[2:] if not word.startswith("-")]
    missing = {"ActiveState": "inactive", "SubState": "dead", "NRestarts": "0"}
    blocks = [{"Id": name, **unit.services.get(name, missing)} for name in names]
    return Said("\n".join("".join(f"{key}={value}\n" for key, value in one.items()) for one in blocks).encode())


def _df(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    return Said(f"Avail 1M-blocks\n{unit.disk_free_mb} 16000\n".encode())


def _timedatectl(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    if words[1] == "set-ntp":
        unit.app["clock_synchronised"] = True
        return Said()
    return Said(b"NTPSynchronized=yes\n" if unit.app["clock_synchronised"] else b"NTPSynchronized=no\n")


def _journal(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    return Said(b"".join(line + b"\n" for line in unit.journal))


def _service(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    names = [word for word in words[2:] if not word.startswith("-")]
    if Fault.BROKEN_SERVICE in unit.faults and words[1] != "reset-failed":
        return failed(f"Job for {names[0]} failed because the control process exited with error code.")
    for name in names:
        unit.services.setdefault(name, {})
        if words[1] in ("restart", "start", "enable"):
            unit.services[name] |= {"ActiveState": "active", "SubState": "running"}
            if name.startswith("mydesk-"):
                unit.faults -= {Fault.APP_DOWN} if unit.role in name else {Fault.AGENT_DOWN}
                unit.app["frame_age_s"] = 0.1
        if words[1] in ("stop", "disable", "mask"):
            unit.services[name] |= {"ActiveState": "inactive", "SubState": "dead"}
    return Said()


def _test(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    return Said(status=0 if words[-1] in unit.files else 1)


def _check_config(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    return failed(unit.refused[words[-1]]) if words[-1] in unit.refused else Said(f"{words[-1]}: ok\n".encode())


def _make_room(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    unit.disk_free_mb += 1500
    return Said()


def _reboot(unit: FakeUnit, words: list[str], data: bytes) -> Said:
    unit.reboot()
    return Said()


ANSWERS: dict[str, Answerer] = {
    "mydesk-room ctl": _ctl,
    "mydesk-kiosk ctl": _ctl,
    "mydesk-agent status": _agent_status,
    "mydesk-update status": _update_word,
    "mydesk-update stage": _update_word,
    "mydesk-update activate": _update_word,
    "mydesk-update rollback": _update_word,
    "cat": _cat,
    "systemctl show": _show,
    "systemctl reboot": _reboot,
    "df": _df,
    "timedatectl show": _timedatectl,
    "journalctl": _journal,
    "timedatectl set-ntp": _timedatectl,
    **{
        f"systemctl {word}": _service
        for word in ("restart", "start", "stop", "enable", "disable", "mask", "reset-failed")
    },
    "test -e": _test,
    "mydesk-room check-config": _check_config,
    "mydesk-kiosk check-config": _check_config,
    "mydesk-agent check-config": _check_config,
    "apt-get clean": _make_room,
    "mydesk-update prune": _make_room,
    "true": lambda unit, words, data: Said(),
    "echo": lambda unit, words, data: Said(" ".join(words[1:]).encode() + b"\n"),
}
