"""The commands about guests, beside a hub whose database and keys they share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from common.clock import ManualClock
from common.errors import MyDeskError
from hub import cli_visits
from hub.cli import app
from hub.tables import AUDIT
from tests.hub.visits.kit import Hub, change, hub, visit

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Hub]:
    with hub(tmp_path, clock=ManualClock(NOW)) as made:
        made.kiosk("lobby")
        made.kiosk("north")
        (tmp_path / "hub.toml").write_text(
            f"""\
[site]
name = "Nordhavn"
[database]
url = "{made.url}"
[visits]
enabled = true
keys_file = "{tmp_path / "keys" / "day.keys"}"
"""
        )
        yield made


def run(there: Hub, *words: str, stdin: str | None = None) -> Result:
    command = [*words, "--config", str(there.folder / "hub.toml")]
    return CliRunner().invoke(app, command, input=stdin, catch_exceptions=False)


def test_all_that_is_known_is_shown_and_noted(there: Hub) -> None:
    there.told("lobby", visit(1, NOW))
    found = json.loads(
        run(there, "visits", "export", "--guest", "-", "--json", stdin="guest0001@mail.example\n").stdout
    )
    assert [(one["name"], one["host"], one["signed_in_at"]) for one in found] == [
        ("Åse Guest0001name Ørsted", "Host0001name Holm", "lobby")
    ]
    assert "1 visits" in run(there, "visits", "export", "--guest", "Åse Guest0001name Ørsted").stdout
    with there.store.reading() as connection:
        noted = connection.execute(select(AUDIT)).all()
    assert [(one.action, one.target) for one in noted] == [("visit exported", visit(1).id)] * 2


def test_an_erasure_reaches_the_kiosks_with_the_hubs_next_look(there: Hub) -> None:
    there.told("lobby", visit(1, NOW))
    there.told("lobby", visit(2, NOW))
    there.parts.look()
    there.heard("north")
    assert run(there, "visits", "erase", "--guest", "guest0001@mail.example").exit_code == 1, "still in the building"
    there.told("lobby", change(visit(1, NOW), "lobby", state="left", out_at=NOW))
    answer = run(there, "visits", "erase", "--guest", "guest0001@mail.example", "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["visits"]) == (0, 1)
    there.parts.look()
    for unit in ("lobby", "north"):
        assert [one.erased for one in there.heard(unit) if one.id == visit(1).id] == [True]
    assert there.readable() == {2}


def test_the_proof_reads_from_standard_input_and_names_no_text(there: Hub, tmp_path: Path) -> None:
    there.told("lobby", visit(1, NOW))
    broker = tmp_path / "mosquitto"
    broker.mkdir()
    gone = run(there, "prove-forgotten", "-", "--broker", str(broker), stdin="Nobody Atall\nguest0009@mail.example\n")
    assert (gone.exit_code, "0 findings" in gone.stdout) == (0, True)
    (broker / "mosquitto.db").write_bytes(b"xx" + "Åse Guest0001name Ørsted".encode("utf-16-le"))
    words = ("prove-forgotten", "Guest0001name", "--broker", str(broker))
    found = run(there, *words)
    assert found.exit_code == 1
    assert "text 1: utf-16-le" in found.stdout
    assert "readable until" in found.stdout
    assert "Guest0001name" not in found.stdout
    assert json.loads(run(there, *words, "--json").stdout)["forgotten"] is False
    with pytest.raises(MyDeskError, match="is not there"):
        run(there, *words, "--besides", str(tmp_path / "nothing"))


@pytest.mark.parametrize(("sure", "code"), [(True, 0), (False, 1)])
def test_what_is_due_is_forgotten_by_a_clock_that_is_kept(
    there: Hub, monkeypatch: pytest.MonkeyPatch, sure: bool, code: int
) -> None:
    monkeypatch.setattr(cli_visits, "trusted", lambda clock: sure)
    there.told("lobby", visit(1, NOW))
    answer = run(there, "forget", "--now", "--json")
    assert (answer.exit_code, json.loads(answer.stdout.splitlines()[0])["trusted"]) == (code, sure)
    assert there.readable() == {1}
    assert run(there, "forget").exit_code == 2


def test_where_guests_are_not_shared_it_is_told(there: Hub) -> None:
    config = there.folder / "hub.toml"
    config.write_text(config.read_text().replace("enabled = true", "enabled = false"))
    with pytest.raises(MyDeskError, match="not shared"):
        run(there, "visits", "export", "--guest", "bo@dam.example")
