"""What is kept of rollouts, and how they are shown."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from common.database import StoreError
from provisioning.fleet_error import FleetError
from provisioning.rollout_plan import Amount, Rules, Window
from provisioning.rollout_state import Abort, Resume, Rollout, Status, Tick, step
from provisioning.rollout_store import Parcel, RolloutStore
from provisioning.rollout_unit import Phase, Progress, Refused
from provisioning.rollout_view import LiveView, summary, table

PARCEL = Parcel("/tmp/a.bundle", "1.1.0-abcdefabcdef", "aarch64", "3.13", 20_000_000)
RULES = Rules(max_fail=Amount(2.5, is_percent=True), window=Window("19:00", "06:00"), need_percent=90.0)
NOW_S = 1_790_000_000.0


def rollout(count: int = 3, rules: Rules = RULES) -> Rollout:
    return Rollout(rules, {f"u-{number}": Progress(f"u-{number}", min(number, 1), "UTC") for number in range(count)})


def releases(of: Rollout) -> dict[str, str]:
    return dict.fromkeys(of.units, PARCEL.release)


def test_what_is_kept_is_what_comes_back(tmp_path: Path) -> None:
    first = rollout()
    with RolloutStore(tmp_path) as store:
        assert store.last() is None
        kept = store.add(first, releases(first), (PARCEL,), "1.1.0")
        after, visits = step(first, Tick(), NOW_S)
        after, _ = step(after, Refused("u-0", "no."), NOW_S)
        store.save(kept.number, first, after)
        assert len(visits) == 1
    with RolloutStore(tmp_path) as store:
        last = store.last()
        assert last is not None
        assert (last.rollout, last.parcels) == (replace(after, visits={}), (PARCEL,))
        assert store.failed_before({PARCEL.release, "2.0.0-000000000000"}) == {"u-0": "no."}
        assert store.failed_before({"2.0.0-000000000000"}) == {}
    assert stat.S_IMODE((tmp_path / "rollouts.db").stat().st_mode) == 0o600


def test_orders_are_taken_once_and_only_for_their_rollout(tmp_path: Path) -> None:
    with RolloutStore(tmp_path) as store, RolloutStore(tmp_path) as other:
        kept = store.add(rollout(), releases(rollout()), (PARCEL,), "1.1.0")
        other.order(kept.number, "pause")
        other.order(kept.number, "resume", RULES)
        assert store.take_orders(kept.number) == [("pause", None), ("resume", RULES)]
        assert store.take_orders(kept.number) == []


def test_one_runs_at_a_time(tmp_path: Path) -> None:
    with RolloutStore(tmp_path) as store, RolloutStore(tmp_path) as other:
        with store.running():
            assert other.is_running()
            pattern = rf"runs in process {os.getpid()} on .*rollout status, pause"
            with pytest.raises(FleetError, match=pattern), other.running():
                pass
        assert not other.is_running()


def test_files_that_are_not_ours(tmp_path: Path) -> None:
    with RolloutStore(tmp_path) as store:
        store._db.execute("PRAGMA user_version = 9")
    with pytest.raises(FleetError, match="of a newer mydesk-fleet"):
        RolloutStore(tmp_path)
    (tmp_path / "rollouts.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="damaged"):
        RolloutStore(tmp_path)


def test_a_damaged_row_is_told(tmp_path: Path) -> None:
    with RolloutStore(tmp_path) as store:
        store.add(rollout(), releases(rollout()), (PARCEL,), "1.1.0")
        store._db.execute("UPDATE units SET progress = '{}'")
        with pytest.raises(StoreError, match="damaged"):
            store.last()


def test_a_finished_rollout_with_unknown_units_can_go_on_and_an_aborted_one_cannot() -> None:
    units = {"u-0": Progress("u-0", 0, "UTC", Phase.UNKNOWN)}
    ended = Rollout(Rules(), units, Status.FINISHED, "nobody knows", begun=1)
    again, visits = step(ended, Resume(), NOW_S)
    assert (again.status, len(visits)) == (Status.RUNNING, 1)
    aborted, _ = step(again, Abort(), NOW_S)
    assert step(aborted, Resume(), NOW_S)[0].status is Status.ABORTED


def test_how_it_is_shown(tmp_path: Path) -> None:
    first = rollout(30)
    with RolloutStore(tmp_path) as store:
        kept = store.add(first, releases(first), (PARCEL,), "1.1.0")
    units = {name: replace(one, note="[red]a[/red]" if one.wave else "") for name, one in first.units.items()}
    units["u-0"] = replace(units["u-0"], phase=Phase.FAILED, note="no frame was drawn.")
    shown = replace(first, units=units, status=Status.STOPPED, reason="the canary u-0 failed.", begun=1)
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(table(kept, shown, {"u-3": "sent 40 %"}))
    lines = console.export_text().splitlines()
    assert lines[0].endswith("is stopped: the canary u-0 failed.")
    assert lines[1] == "29 waiting, 1 failed"
    assert lines[3].split() == ["canary", "1", ".", "1"]
    assert lines[4].split() == ["(1)", "29", "29", "."]
    assert lines[5] == "u-0: failed: no frame was drawn."
    assert lines[6] == "u-1: waiting: [red]a[/red]"
    assert lines[-1] == "and 19 more"
    assert summary(kept, shown)["counts"] == {"failed": 1, "waiting": 29}


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_live_view(tmp_path: Path, is_terminal: bool) -> None:
    first = rollout()
    with RolloutStore(tmp_path) as store:
        kept = store.add(first, releases(first), (PARCEL,), "1.1.0")
    out = io.StringIO()
    after, _ = step(first, Tick(), NOW_S)
    after, _ = step(after, Refused("u-0", "no."), NOW_S)
    with LiveView(kept, Console(file=out, width=100, force_terminal=is_terminal)) as view:
        view(first, after, {"u-1": "sent 40 %"})
    assert "u-0: failed: no." in out.getvalue()
    assert ("sent 40 %" in out.getvalue()) is is_terminal
