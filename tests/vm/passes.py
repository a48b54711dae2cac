"""Whole passes: from a stock image to a panel that nobody can take down, and to one whose lamp tells the truth."""

from __future__ import annotations

import json

from drivers.emulators.ld2410 import Ld2410Emulator
from tests.vm import power, steps, wires
from tests.vm.bench import Bench
from tests.vm.images import Releases

HALF_STAGED = 'd=$(echo /opt/mydesk/releases/*/); [ -d "${d##* }lib" ] && [ ! -e "${d##* }.complete" ]'
ANOTHER_RUNS = '[ "$(readlink /opt/mydesk/current)" != "{0}" ] && sync'
"""Another release than that is current, and the card holds it: a cut before that takes the activation back."""


def whole_pass(bench: Bench, releases: Releases) -> None:
    """Everything that the bench shows, in one life of one machine. Raises AssertionError: something does not hold."""
    steps.first_boot(bench)
    steps.leaves_its_console(bench)
    power.provisioning(bench, releases.bundle(), power.when(bench, HALF_STAGED))
    again = json.loads(bench.fleet_ok(*steps.provisioning(releases.bundle()), "--json"))
    assert not again["changed"], again
    steps.sign_in(bench)
    steps.book(bench)
    steps.shows_busy(bench)
    steps.hub_knows(bench)
    steps.keyboard(bench)
    steps.give_back(bench)
    steps.shows_free(bench)
    old = power.judged(bench)["current"]
    after = power.update(bench, releases.bundle(1), power.when(bench, ANOTHER_RUNS.format(f"releases/{old}")))
    bench.told(f"the update ended as {after['step']}: {old} became {after['current']}")
    assert after["step"] == "committed", after
    assert after["previous"] == old, after


def wired_pass(bench: Bench, releases: Releases, radar: Ld2410Emulator) -> None:
    """A panel with a lamp and a radar, from a stock image. Raises AssertionError: something does not hold."""
    steps.first_boot(bench)
    steps.provision(bench, releases.bundle())
    steps.sign_in(bench)
    steps.shows_free(bench)
    wires.shows(bench, wires.FREE, "free")
    radar.person(150)
    wires.sees(bench, "occupied")
    radar.leave()
    wires.sees(bench, "vacant")
    steps.book(bench)
    steps.shows_busy(bench)
    wires.shows(bench, wires.BUSY, "busy")
    steps.hub_knows(bench)
    steps.give_back(bench)
    steps.shows_free(bench)
    wires.invite(bench)
    wires.shows(bench, wires.ATTENTION, "check in")
    wires.cut_off(bench)
    wires.shows(bench, wires.UNKNOWN, "unknown")
    steps.give_back(bench)
    wires.reconnect(bench)
    wires.shows(bench, wires.FREE, "free")
    bench.root.run("systemctl stop mydesk-room")
    wires.shows(bench, None, "nothing, for the panel is off")
