"""A real systemd, booted in namespaces, with our unit files: restarts, sandboxes, updates, rollbacks, power cuts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from tests.systemd.booted_unit import REQUEST, ROOM, SETTINGS, SOCKET, BootedUnit, booted_unit
from tests.systemd.machine import why_not

pytestmark = pytest.mark.slow

AGENT = "mydesk-agent.service"
AGENT_SOCKET = "/run/mydesk/agent.sock"
STATE = "/var/lib/mydesk-update/update.json"
DROP_IN = f"/run/systemd/system/{ROOM}.d/50-mydesk-trying.conf"


@pytest.fixture(scope="module")
def here() -> None:
    """Where no systemd can be booted; a run that may skip nothing fails."""
    if reason := why_not():
        (pytest.fail if os.environ.get("MYDESK_NO_SKIPS") else pytest.skip)(reason)


@pytest.fixture(scope="module")
def settled(here: None) -> Iterator[BootedUnit]:
    """A unit that runs 1.0.0, for tests that leave it so."""
    with booted_unit() as made:
        install(made)
        yield made


@pytest.fixture
def unit(settled: BootedUnit) -> Iterator[BootedUnit]:
    """A unit that runs 1.0.0, for one test: it begins with what is on the disk of the other."""
    with booted_unit(settled) as made:
        made.until_runs("1.0.0")
        made.until_settled()
        yield made


def install(unit: BootedUnit) -> None:
    unit.stage("1.0.0")
    assert unit.update("activate") == (0, "")
    assert unit.step("committed", "rolled_back", "failed")["step"] == "committed"
    unit.until_settled()
    assert unit.runs() == "1.0.0"


def unjudged(unit: BootedUnit) -> None:
    """Nobody judges: what is left are the guards of systemd."""
    change_settings(unit, verifier="")


def change_settings(unit: BootedUnit, **changed: str | float) -> None:
    given = {line.partition(" =")[0]: line for line in SETTINGS.splitlines()}
    given |= {key: f"{key} = {json.dumps(value)}" for key, value in changed.items()}
    unit.machine.run("tee", "/etc/mydesk/update.toml", data="\n".join(given.values()).encode())


def restarts(unit: BootedUnit, service: str = ROOM) -> int:
    return int(unit.machine.show(service, "NRestarts")[0])


def until_restarted(unit: BootedUnit, before: int) -> None:
    unit.machine.until("it was restarted", lambda: restarts(unit) > before and unit.runs() == "1.0.0")


def test_a_panel_that_hangs_is_restarted(settled: BootedUnit) -> None:
    before, pid = restarts(settled), settled.machine.show(ROOM, "MainPID")[0]
    assert settled.machine.ask("hang") is None
    until_restarted(settled, before)
    assert settled.machine.show(ROOM, "MainPID")[0] != pid
    assert "Watchdog timeout" in settled.machine.journal("-u", ROOM)


def test_a_panel_that_is_killed_comes_back_however_often(settled: BootedUnit) -> None:
    for _ in range(8):
        before = restarts(settled)
        settled.machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", ROOM)
        until_restarted(settled, before)
    assert settled.machine.show(ROOM, "ActiveState") == ["active"]
    assert settled.state()["step"] == "committed", "the way back is for a release that is tried"


def test_systemd_understands_every_line_of_ours(settled: BootedUnit) -> None:
    complaints = re.compile(r"Unknown|Failed to parse|Invalid|not understood|ignoring", re.IGNORECASE)
    journal = settled.machine.run("journalctl", "--no-pager", "-o", "cat", "-b").stdout.splitlines()
    assert [line for line in journal if "mydesk" in line and complaints.search(line)] == []
    assert len(journal) > 20
    shown = settled.machine.run("systemctl", "show", "--property=CtrlAltDelBurstAction,DefaultTimeoutStopUSec").stdout
    assert "DefaultTimeoutStopUSec=30s" in shown, "our system.conf.d was read"


def test_nothing_is_judged_and_nothing_taken_back_without_an_update(settled: BootedUnit) -> None:
    for service in ("mydesk-update-verify.service", "mydesk-rollback.service", "mydesk-update.service"):
        assert settled.machine.run("systemctl", "start", service).returncode == 0
    settled.until_settled()
    assert (settled.state()["step"], settled.runs()) == ("committed", "1.0.0")


NOT_WRITABLE = ("/usr/x", "/etc/x", "/opt/mydesk/current/x", "/var/lib/mydesk-update/x", "/sys/kernel/x", "/proc/sys/x")
SANDBOX: dict[tuple[str, ...], tuple[str, str]] = {
    **{("write", path): ("refused", "refused") for path in NOT_WRITABLE},
    ("write", "/var/lib/mydesk/x"): ("done", "done"),
    ("write", "/run/mydesk/x"): ("done", "done"),
    ("write", "/run/mydesk-update/x"): ("refused", "done"),
    ("write", "/var/lib/mydesk-agent/x"): ("refused", "done"),
    ("read", "/root/x"): ("refused", "refused"),
    ("socket", "AF_UNIX"): ("done", "done"),
    ("socket", "AF_INET"): ("done", "done"),
    ("socket", "AF_INET6"): ("done", "done"),
    ("socket", "AF_NETLINK"): ("done", "refused"),
    ("socket", "AF_PACKET"): ("refused", "refused"),
    ("socket", "AF_ALG"): ("refused", "refused"),
    ("socket", "AF_VSOCK"): ("refused", "refused"),
    ("memory",): ("done", "refused"),
    ("setuid",): ("refused", "refused"),
    ("nice",): ("refused", "refused"),
    ("host name",): ("refused", "refused"),
    ("clock",): ("refused", "refused"),
    ("see", "1"): ("refused", "refused"),
}
"""What is tried: what comes of it in the panel's sandbox, and in the agent's."""


def came(word: str) -> str:
    return word if word == "done" else "refused"


@pytest.mark.parametrize(("socket", "column"), [("/run/mydesk/room.sock", 0), (AGENT_SOCKET, 1)], ids=["room", "agent"])
def test_the_sandboxes_are_enforced(settled: BootedUnit, socket: str, column: int) -> None:
    found = {}
    for words in SANDBOX:
        answer = settled.machine.ask("attempt", socket=socket, words=words)
        assert answer, words
        found[words] = came(answer["came"])
    assert found == {words: expected[column] for words, expected in SANDBOX.items()}


@pytest.mark.parametrize(
    ("words", "agent", "panel"),
    [
        (("restart", ROOM), "done", "refused"),
        (("stop", ROOM), "refused", "refused"),
        (("start", "mydesk-rollback.service"), "refused", "refused"),
        (("restart", "systemd-journald.service"), "refused", "refused"),
        (("set-property", "--runtime", ROOM, "CPUWeight=1"), "refused", "refused"),
        (("daemon-reload",), "refused", "refused"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one),
)
def test_the_agent_may_ask_systemd_for_what_the_hub_asks_of_it(
    settled: BootedUnit, words: tuple[str, ...], agent: str, panel: str
) -> None:
    """A real polkit with our rule, asked from within the sandboxes, where sudo would not work."""
    pid = settled.machine.show(ROOM, "MainPID")
    for socket, expected in ((SOCKET, panel), (AGENT_SOCKET, agent)):
        answer = settled.machine.ask("attempt", socket=socket, words=("run", "systemctl", "--no-ask-password", *words))
        assert answer
        assert came(answer["came"]) == expected, answer
    assert (settled.machine.show(ROOM, "MainPID") != pid) is (agent == "done")


def test_the_agent_may_reboot_the_unit(unit: BootedUnit) -> None:
    words = ("run", "systemctl", "--no-ask-password", "--no-wall", "reboot")
    refused = unit.machine.ask("attempt", words=words)
    assert refused
    assert came(refused["came"]) == "refused", "the panel may not"
    unit.machine.ask("attempt", socket=AGENT_SOCKET, words=words)
    unit.machine.until("it goes down", unit.machine.is_down)


def probe(*words: str) -> str:
    """Python that prints what becomes of an attempt."""
    return f"from fake_panel import attempt; print('came', attempt(*{words!r}))"


def test_without_a_sandbox_the_same_is_done(settled: BootedUnit) -> None:
    """The control: what refuses is the sandbox, not this machine."""
    settled.machine.run("tee", "/root/x")
    for words in (
        ("write", "/usr/x"),
        ("write", "/etc/x"),
        ("read", "/root/x"),
        ("socket", "AF_PACKET"),
        ("memory",),
        ("nice",),
        ("see", "1"),
    ):
        done = settled.machine.run("/opt/mydesk/current/bin/python", "-I", "-c", probe(*words))
        assert done.stdout == "came done\n", (words, done)


def test_root_s_programs_are_confined_too(settled: BootedUnit) -> None:
    """In the box of the updater's services, and by the updater's own kind of start."""
    tried = {
        ("write", "/usr/x2"): "refused",
        ("write", "/etc/x2"): "refused",
        ("write", "/var/lib/mydesk/x2"): "refused",
        ("write", "/var/lib/mydesk-update/x2"): "done",
        ("write", "/run/systemd/system/x2"): "done",
        ("socket", "AF_INET"): "refused",
        ("socket", "AF_UNIX"): "done",
        ("read", "/root/x"): "refused",
        ("memory",): "refused",
        ("clock",): "refused",
    }
    settled.machine.run("tee", "/root/x")
    script = "from fake_panel import attempt\n" + "".join(f"print(attempt(*{words!r}))\n" for words in tried)
    settled.machine.run("tee", "/var/lib/mydesk-update/probe.py", data=script.encode())
    over = "[Service]\nExecStart=\nExecStart=/opt/mydesk/current/bin/python -I /var/lib/mydesk-update/probe.py\n"
    settled.machine.run("mkdir", "-p", "/run/systemd/system/mydesk-upkeep.service.d")
    settled.machine.run("tee", "/run/systemd/system/mydesk-upkeep.service.d/probe.conf", data=over.encode())
    settled.machine.run("systemctl", "daemon-reload")
    assert settled.machine.run("systemctl", "start", "mydesk-upkeep.service").returncode == 0
    said = settled.machine.journal("-u", "mydesk-upkeep.service", "-t", "python", "-n", str(len(tried))).splitlines()
    assert dict(zip(tried, map(came, said), strict=True)) == tried


def test_a_good_release_is_kept(unit: BootedUnit) -> None:
    change_settings(unit, soak_s=2.0)
    unit.stage("1.1.0")
    assert unit.update("activate") == (0, "")
    assert unit.machine.show(ROOM, "StartLimitBurst", "StartLimitIntervalUSec") == ["3", "10min"], "while it is tried"
    assert unit.step("committed", "rolled_back")["step"] == "committed"
    unit.until_settled()
    assert (unit.runs(), restarts(unit)) == ("1.1.0", 0)
    assert unit.machine.show(ROOM, "StartLimitIntervalUSec") == ["0"], "from now on it is restarted for ever"
    assert unit.machine.run("test", "-e", DROP_IN).returncode == 1


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("does not start", "do not start"),
        ("crashes later", "crashed"),
        ("hangs", "the app does not answer"),
        ("blind", "no frame was drawn for 99 s"),
        ("cut off", "no longer calendar read"),
    ],
)
def test_a_bad_release_is_taken_back(unit: BootedUnit, kind: str, reason: str) -> None:
    change_settings(unit, verify_s=2.0)
    unit.stage("1.1.0", kind)
    assert unit.update("activate")[0] == (1 if kind == "does not start" else 0)
    state = unit.step("rolled_back", "committed")
    assert state["step"] == "rolled_back"
    assert reason in state["reason"]
    unit.until_runs("1.0.0")
    unit.until_settled()
    assert unit.machine.show(ROOM, "ActiveState", "StartLimitIntervalUSec") == ["active", "0"]
    assert "failed here before" in unit.update("stage", "-", data=unit.bundle("1.1.0", kind))[1]


@pytest.mark.parametrize("kind", ["crashes later", "hangs"])
def test_systemd_alone_takes_a_bad_release_back(unit: BootedUnit, kind: str) -> None:
    """Nobody judges, as if Python itself were broken: StartLimit and OnFailure are enough."""
    unjudged(unit)
    unit.stage("1.1.0", kind)
    assert unit.update("activate") == (0, "")
    state = unit.step("rolled_back")
    assert "systemd gave up" in state["reason"]
    unit.until_runs("1.0.0")
    unit.until_settled()
    assert unit.machine.show(ROOM, "ActiveState", "StartLimitIntervalUSec") == ["active", "0"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("refuses the settings", "self-test mydesk-room failed (4)"), ("cannot migrate", "cannot take over")],
)
def test_a_release_is_tried_on_the_unit_s_own_settings_and_data_first(unit: BootedUnit, kind: str, said: str) -> None:
    make = "import sqlite3; c = sqlite3.connect('/var/lib/mydesk/outbox/outbox.db'); c.execute('CREATE TABLE a (b)')"
    assert unit.machine.run("python3", "-c", make).returncode == 0
    code, text = unit.update("stage", "-", data=unit.bundle("1.1.0", kind))
    assert (code, unit.state()["step"], unit.runs()) == (1, "failed", "1.0.0")
    assert said in text
    unit.stage("1.2.0")


def test_a_power_cut_while_a_release_is_judged(unit: BootedUnit) -> None:
    change_settings(unit, soak_s=30.0, verify_s=60.0)
    unit.stage("1.1.0")
    assert unit.update("activate") == (0, "")
    unit.until_runs("1.1.0")
    unit.machine.kill()
    boots_of_one_kernel(unit)
    unit.machine.boot()
    assert unit.machine.show(ROOM, "StartLimitBurst", "StartLimitIntervalUSec") == ["3", "10min"], "guarded again"
    assert unit.machine.show("mydesk-update-verify.service", "ActiveState") == ["active"], "and judged again"
    change_settings(unit)
    unit.machine.run("systemctl", "restart", "mydesk-update-verify.service")
    assert unit.step("committed", "rolled_back")["step"] == "committed"
    assert unit.runs() == "1.1.0"


def boots_of_one_kernel(unit: BootedUnit) -> None:
    """All machines here share the kernel's boot id, by which the updater tells two starts apart: note another."""
    state = unit.machine.root / STATE.lstrip("/")
    state.write_text(json.dumps({**json.loads(state.read_text()), "boot_id": "before"}))


def test_a_unit_that_starts_again_and_again_goes_back(unit: BootedUnit) -> None:
    change_settings(unit, soak_s=30.0, verify_s=60.0)
    unit.stage("1.1.0")
    assert unit.update("activate") == (0, "")
    for _ in range(3):
        assert unit.state()["step"] == "trying"
        unit.machine.kill()
        boots_of_one_kernel(unit)
        unit.machine.boot()
    assert unit.state()["step"] == "rolled_back"
    unit.until_runs("1.0.0")


@pytest.mark.parametrize("what", ["before the link", "no link", "a broken link", "the state is lost"])
def test_a_start_after_an_interrupted_activation(unit: BootedUnit, what: str) -> None:
    unit.stage("1.1.0")
    staged, current = unit.state(), unit.machine.root / "opt/mydesk/current"
    unit.machine.kill()
    state = unit.machine.root / STATE.lstrip("/")
    trying = {key: value for key, value in staged.items() if key in json.loads(state.read_text())}
    state.write_text(json.dumps({**trying, "step": "trying", "origin": staged["current"]}))
    match what:
        case "no link":
            current.unlink()
        case "a broken link":
            current.unlink()
            current.symlink_to("releases/9.9.9-nothing")
        case "the state is lost":
            state.write_bytes(b"")
    unit.machine.boot()
    unit.until_runs("1.0.0")
    assert unit.machine.show("mydesk-boot-check.service", "Result", "ActiveState") == ["success", "active"]
    assert unit.state()["current"] == staged["current"]


def request(unit: BootedUnit, text: str) -> None:
    """The agent leaves a request, from inside its sandbox."""
    answer = unit.machine.ask("attempt", socket=AGENT_SOCKET, words=("write", REQUEST, text))
    assert answer is not None
    assert answer["came"] == "done"
    unit.machine.until("root took it", lambda: unit.machine.run("test", "-e", REQUEST).returncode == 1)
    unit.until_settled()


def test_the_hub_asks_for_a_release_and_nobody_is_disturbed(unit: BootedUnit) -> None:
    unit.stage("1.1.0")
    unit.machine.run("tee", "/run/mydesk/room-state", data=b"busy")
    request(unit, '{"release": "1.1.0"}')
    assert unit.state()["wanted"] == {"release": "1.1.0", "said": "waits: a meeting runs (busy)."}
    assert unit.runs() == "1.0.0"
    unit.machine.run("rm", "/run/mydesk/room-state")
    assert unit.machine.run("systemctl", "start", "mydesk-update.service").returncode == 0, "as its timer does"
    assert unit.step("committed", "rolled_back")["step"] == "committed"
    assert (unit.runs(), unit.state()["wanted"]) == ("1.1.0", None)
    assert unit.state()["answered"] == {"release": "1.1.0", "said": "activated."}


def test_the_hub_asks_for_what_is_not_there_or_for_nonsense(settled: BootedUnit) -> None:
    request(settled, '{"release": "7.0.0"}')
    assert "not on this unit" in settled.state()["answered"]["said"]
    for text in ("", "[]", "{", '{"release": 7}', json.dumps({"release": "x" * 500})):
        request(settled, text)
    settled.machine.ask("attempt", socket=AGENT_SOCKET, words=("link", "/etc/shadow", REQUEST))
    settled.machine.until("root took it", lambda: settled.machine.run("test", "-h", REQUEST).returncode == 1)
    settled.until_settled()
    assert (settled.state()["wanted"], settled.runs()) == (None, "1.0.0")
    assert settled.machine.show("mydesk-update.service", "ActiveState") == ["inactive"]


def test_a_reboot_waits_until_the_room_is_free(unit: BootedUnit) -> None:
    assert unit.machine.run("systemctl", "start", "mydesk-reboot.service").returncode == 0
    assert unit.runs() == "1.0.0", "no reboot is required"
    unit.machine.run("tee", "/run/reboot-required", data=b"")
    unit.machine.run("tee", "/run/mydesk/room-state", data=b"check-in")
    assert unit.machine.run("systemctl", "start", "mydesk-reboot.service").returncode == 0
    assert unit.runs() == "1.0.0", "a meeting runs"
    unit.machine.run("rm", "/run/mydesk/room-state")
    unit.machine.run("systemctl", "start", "--no-block", "mydesk-reboot.service")
    unit.machine.until("it goes down", unit.machine.is_down)
    unit.machine.boot()
    unit.until_runs("1.0.0")


def test_a_restart_for_new_settings_waits_until_the_room_is_free(unit: BootedUnit) -> None:
    def pid() -> str:
        return unit.machine.show(ROOM, "MainPID")[0]

    before = pid()
    unit.machine.run("tee", "/run/mydesk/room-state", data=b"busy")
    asked = unit.machine.run("/usr/local/sbin/mydesk-update", "restart", ROOM)
    assert (asked.returncode, "meeting" in asked.stdout) == (0, True), asked
    assert unit.machine.run("systemctl", "start", "mydesk-update.service").returncode == 0, "as its timer does"
    assert pid() == before, "a meeting runs"
    unit.machine.run("rm", "/run/mydesk/room-state")
    assert unit.machine.run("systemctl", "start", "mydesk-update.service").returncode == 0
    unit.machine.until("the panel was restarted", lambda: pid() not in (before, "0"))
    unit.until_runs("1.0.0")
    after = pid()
    assert unit.machine.run("systemctl", "start", "mydesk-update.service").returncode == 0
    assert pid() == after, "once"


def test_upkeep_finds_a_damaged_release(unit: BootedUnit) -> None:
    assert unit.machine.run("systemctl", "start", "mydesk-upkeep.service").returncode == 0
    (module,) = unit.machine.run(
        "sh", "-c", "ls /opt/mydesk/current/lib/python3*/site-packages/fake_panel.py"
    ).stdout.split()
    unit.machine.run("tee", "-a", module, data=b"# worn")
    assert unit.machine.run("systemctl", "start", "mydesk-upkeep.service").returncode == 1
    assert "fake_panel.py" in unit.machine.journal("-u", "mydesk-upkeep.service")
    assert unit.machine.show("mydesk-upkeep.service", "ActiveState") == ["failed"], "the agent tells of it"
