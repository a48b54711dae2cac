"""The whole pass: from a stock image to a panel that nobody can take down."""

from __future__ import annotations

import json

from tests.vm import power, steps
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
    steps.keyboard(bench)
    steps.give_back(bench)
    steps.shows_free(bench)
    old = power.judged(bench)["current"]
    after = power.update(bench, releases.bundle(1), power.when(bench, ANOTHER_RUNS.format(f"releases/{old}")))
    bench.told(f"the update ended as {after['step']}: {old} became {after['current']}")
    assert after["step"] == "committed", after
    assert after["previous"] == old, after
