"""mydesk-update: stages, activates, judges and takes back signed releases on a unit. As root, one call at a time.

    mydesk-update stage BUNDLE      unpack and test it beside what runs (- reads standard input)
    mydesk-update activate RELEASE  make it current, restart the services; refused while somebody is busy (--now), and
                                    where another one is staged. Programs name it; a person at the unit, who sees
                                    what is staged, and an image that has only one may leave RELEASE out
    mydesk-update verify            judge it until it was well for the soak, then keep it or go back
    mydesk-update commit            keep what is being tried, without waiting
    mydesk-update rollback          go back to what ran before
    mydesk-update boot-check        before the services start: end what a power cut interrupted
    mydesk-update restart SERVICE   for new settings: now, or when nobody is disturbed any more (--now insists)
    mydesk-update answer            when nobody is disturbed: activate what the hub asked for, restart what waits
                                    (mydesk-update.service)
    mydesk-update reboot            when nobody is disturbed (mydesk-reboot.service)
    mydesk-update check             read the current release against its checksums
    mydesk-update prune             remove releases that nothing refers to
    mydesk-update status            what runs, what is staged, what failed and why, as JSON

Exit codes: 0 done, 1 refused or failed, 2 wrong use, 75 not now: somebody is busy, or another mydesk-update or a
release that is judged is in the way; ask again later. Standard library only; provisioning packs this folder into one
file (provisioning.updater_file). Format of bundles, states: docs/decisions/0015.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from provisioning.on_unit import activation, asked, quiet, release_check, restarting, settings, staging
from provisioning.on_unit.errors import NOT_NOW, NotNowError, UpdateError
from provisioning.on_unit.places import Places, locked
from provisioning.on_unit.pruning import prune
from provisioning.on_unit.settings import Settings
from provisioning.on_unit.state import State, Step, load

Command = Callable[[Places, Settings, argparse.Namespace], State]


def main(words: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    os.umask(0o022)
    args = _parser().parse_args(words)
    places = Places(args.root)
    try:
        if args.word == "status":
            _say(status(places))
            return 0
        if args.word == "restart":
            left = restarting.restart(places, settings.load(places.settings), args.service, now=args.now)
            _say({"waits": left.said})
            return 0
        before, state = load(places), _state_after(places, args)
    except UpdateError as error:
        sys.stderr.write(f"mydesk-update: {error}\n")
        return NOT_NOW if isinstance(error, NotNowError) else 1
    except OSError as error:
        sys.stderr.write(f"mydesk-update: {error}. What ran still runs; boot-check tidies up.\n")
        return 1
    _say({"state": state.step, "release": state.release, "reason": state.reason})
    judged = args.word == "verify" and before.step is Step.TRYING
    return 1 if judged and state.step is not Step.COMMITTED else 0


def _state_after(places: Places, args: argparse.Namespace) -> State:
    known = settings.load(places.settings)
    if args.word == "verify":
        return activation.verify(places, known)
    with locked(places):
        return COMMANDS[args.word](places, known, args)


def _stage(places: Places, known: Settings, args: argparse.Namespace) -> State:
    if args.bundle == "-":
        return staging.stage(places, known, sys.stdin.buffer, again=args.again)
    with Path(args.bundle).open("rb") as stream:
        return staging.stage(places, known, stream, again=args.again)


def _rollback(places: Places, known: Settings, args: argparse.Namespace) -> State:
    return activation.rollback(places, known, reason=args.reason, if_trying=args.if_trying)


def _prune(places: Places, known: Settings, args: argparse.Namespace) -> State:
    state = load(places)
    prune(places, state)
    return state


COMMANDS: dict[str, Command] = {
    "stage": _stage,
    "activate": lambda places, known, args: activation.activate(places, known, release=args.release, now=args.now),
    "commit": lambda places, known, args: activation.keep(places, known, load(places)),
    "answer": lambda places, known, args: asked.answer(places, known),
    "reboot": lambda places, known, args: quiet.reboot(places, known),
    "check": lambda places, known, args: release_check.check(places),
    "rollback": _rollback,
    "boot-check": lambda places, known, args: activation.boot_check(places, known),
    "prune": _prune,
}


def status(places: Places) -> dict[str, Any]:
    """Return everything that there is to know, for people and for the agent."""
    return {
        **asdict(load(places)),
        "current": places.named_by(places.current),
        "previous": places.named_by(places.previous),
        "wanted": asked.read(places.wanted),
        "answered": asked.read(places.answered),
        "restart": asdict(restarting.waiting(places)),
        "complete": [name for name in places.all_releases() if places.is_complete(name)],
    }


def _named(release: str) -> str:
    """Refuse an empty name: whoever gives one means a certain release, not whatever is staged."""
    if not release:
        raise argparse.ArgumentTypeError("it is empty; `mydesk-update status` names what is staged")
    return release


def _say(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(content, indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mydesk-update", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path("/"), help="where the unit's root file system is mounted")
    words = parser.add_subparsers(dest="word", required=True, metavar="COMMAND")
    stage = words.add_parser("stage", help="unpack and test a bundle")
    stage.add_argument("bundle", help="file, or - for standard input")
    stage.add_argument("--again", action="store_true", help="also one that failed here before")
    activate = words.add_parser("activate", help="make it current")
    activate.add_argument("release", nargs="?", type=_named, help="as status names it; nothing if another is staged")
    activate.add_argument("--now", action="store_true", help="also while somebody is busy")
    again = words.add_parser("restart", help="restart services for new settings, when nobody is disturbed")
    again.add_argument("service", nargs="+", help="such as mydesk-room.service; what does not run stays so")
    again.add_argument("--now", action="store_true", help="also while somebody is busy")
    back = words.add_parser("rollback", help="go back to what ran before")
    back.add_argument("--reason", default="an admin asked for it.", help="told to people")
    back.add_argument("--if-trying", action="store_true", help="only while a release is tried (for OnFailure=)")
    for word in ("verify", "commit", "boot-check", "answer", "reboot", "check", "prune", "status"):
        words.add_parser(word)
    return parser


if __name__ == "__main__":
    sys.exit(main())
