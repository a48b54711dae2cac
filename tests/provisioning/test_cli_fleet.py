"""mydesk-fleet as people and machines use it: what it prints, and how it exits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from rich.markup import render
from typer.testing import CliRunner, Result

from provisioning.cli import app, main
from tests.provisioning.fleet_kit import changed, unit_text
from tests.provisioning.sshd_kit import USER, ssh_unit


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYDESK_FLEET_STATE", str(tmp_path / "state"))
    (tmp_path / "inventory.toml").write_text(changed())
    return tmp_path


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def answer(*words: str) -> Any:
    return json.loads(ran(*words, "--json").stdout)


def failed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str, code: int = 1) -> str:
    """What the program itself says when it fails: one sentence, exit code 1; 2 for wrong use."""
    monkeypatch.setattr("sys.argv", ["mydesk-fleet", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
    return capsys.readouterr().err


NO_KIOSK = ('role = "kiosk"', 'role = "room"\nmailbox = "lobby@contoso.example"')


def test_check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = folder / "bad.toml"
    bad.write_text(
        changed(
            NO_KIOSK, ("snap_min = 5", "snap_min = 7"), ("ca_fingerprint =", 'ca_file = "none.pem"\nca_fingerprint =')
        )
    )
    told = ran("inventory", "check", "--inventory", "bad.toml")
    assert (told.exit_code, told.stdout) == (1, "")
    lines = told.stderr.splitlines()
    assert lines[0] == "bad.toml: 2 problems"
    assert lines[1].startswith("  line 13: hub.ca_file: none.pem: No such file or directory. Copy")
    assert lines[2].startswith("  line 17: room.booking.snap_min: room.toml says booking.snap_min: expected 0, 5, 10")
    monkeypatch.setattr("provisioning.cli_inventory.app_problems", lambda fleet: ())
    told = ran("inventory", "check")
    assert (told.exit_code, told.stdout) == (0, "inventory.toml: good, 2 units\n")


def test_check_for_machines(folder: Path) -> None:
    (folder / "inventory.toml").write_text(changed(more=unit_text("ada")))
    told = answer("inventory", "check")
    assert not told["ok"]
    assert told["problems"][0]["key"] == "units[2].id"
    assert told["problems"][0]["line"] > 0


def test_check_looks_up_secrets_only_when_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.cli_inventory.app_problems", lambda fleet: ())
    command = '{ command = ["sh", "-c", "touch ran; echo x"] }'
    wifi = 'wifi = { ssid = "x", country = "DK", passphrase = { env = "MYDESK_NONE" } }'
    text = changed(("booking.snap_min = 5", f"admin.pin_hash = {command}"), ('gateway = "10.1.2.1"', wifi))
    (folder / "inventory.toml").write_text(text)
    assert answer("inventory", "check")["ok"]
    assert not (folder / "ran").exists()
    told = answer("inventory", "check", "--secrets")
    assert [problem["key"] for problem in told["problems"]] == ["sites[0].wifi.passphrase"]
    assert (folder / "ran").exists()


def test_show(folder: Path) -> None:
    told = ran("inventory", "show").stdout
    assert [line.split()[0] for line in told.splitlines()] == ["id", "ada", "lobby"]
    assert answer("inventory", "show", "lobby")[0]["architecture"] == "x86_64"
    files = ran("inventory", "show", "ada", "--files").stdout
    assert "# ---- ada: /etc/mydesk/room.toml\n" in files
    assert "# ---- ada: /etc/mydesk/agent.toml\n" in files
    assert set(answer("inventory", "show", "lobby", "--files")[0]["files"]) == {"kiosk.toml", "agent.toml"}


def test_graph(folder: Path) -> None:
    assert ran("inventory", "graph").stdout.splitlines() == [
        "contoso: 2 units",
        "  Nordhavn (cph): 2 units, hub hub.contoso.example",
        "    no floor",
        f"      {'lobby':32} kiosk  lobby",
        "    floor 2",
        f"      {'ada':32} room   Ada",
    ]
    (folder / "inventory.toml").write_text(changed(('name = "Ada"', "name = 'A\"; evil [label=\"x\\'")))
    dot = ran("inventory", "graph", "--format", "dot").stdout
    assert '  "hub hub.contoso.example" -> "site cph";\n' in dot
    assert r'"ada" [label="A\"; evil [label=\"x\\\nada", shape=ellipse];' in dot


def test_example(folder: Path) -> None:
    assert "[microsoft365]" in ran("inventory", "example").stdout


def test_from_the_card_to_the_claim(folder: Path) -> None:
    with ssh_unit() as unit:
        text = changed(
            ('name = "contoso"', f'name = "contoso"\nssh_user = "{USER}"'),
            ('"10.1.2.20"', f'"nowhere.invalid"\nssh_port = {unit.port}'),
        )
        (folder / "inventory.toml").write_text(text)
        assert ran("claim").stdout.startswith("No unit waits to be claimed.")
        card = unit.root / "boot/firmware"
        card.mkdir(parents=True)
        told = ran("seed", "ada", "--to", str(card))
        assert told.stdout.startswith("ada: 6 files for cloud-init in ")
        assert "mydesk-fleet claim ada" in told.stdout
        again = answer("seed", "ada", "--to", str(card), "--again", "--first-boot", "firstrun")
        assert again["to_do"].startswith("Append to the one line of cmdline.txt")
        where = ["--address", "127.0.0.1", "--identity", str(unit.identity)]
        told = ran("claim", "ada", *where)
        assert told.exit_code == 1
        assert "does not offer itself to be claimed" in told.stderr
        token = json.loads((folder / "state/tokens/ada.json").read_text())["token"]
        unit.seed("ada", token)
        done = answer("claim", *where)
        assert (done["unit"], done["news"], done["error"]) == ("ada", True, "")
        assert answer("claim", "ada", *where)["news"] is False
        assert "ada: was claimed already, its key is SHA256:" in ran("claim", "ada", *where).stdout
        assert ran("claim").exit_code == 0


def test_wrong_use(folder: Path) -> None:
    assert ran("claim", "ada", "lobby", "--address", "x").exit_code == 2
    assert ran("seed", "ada").exit_code == 2
    assert ran("inventory", "graph", "--format", "png").exit_code == 2


WORDS: list[tuple[tuple[str, ...], str]] = [
    (("inventory", "show", "--inventory", "none.toml"), "none.toml: 1 problem\n"),
    (("inventory", "show", "eva"), "there is no unit eva in the inventory. `mydesk-fleet inventory show` lists"),
    (("seed", "eva", "--to", "."), "there is no unit eva"),
    (("seed", "ada", "--to", "none"), "none is no folder. Name the card's boot partition"),
    (("claim", "eva"), "there is no unit eva"),
]


@pytest.mark.parametrize(("words", "message"), WORDS)
def test_failures_are_one_sentence(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    told = failed(capsys, monkeypatch, *words)
    assert told.startswith("mydesk-fleet: ")
    assert message in told
    assert "Traceback" not in told


def test_every_command_of_a_guide_is_a_command() -> None:
    assert {"inventory", "seed", "claim", "bundle"} <= set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_check_asks_the_apps_about_an_inventory_whose_parts_do_not_fit(folder: Path) -> None:
    """One run tells it all: what is wrong between units, and what the apps say to the settings of each."""
    bad = folder / "bad.toml"
    bad.write_text(
        changed(
            NO_KIOSK,
            ("snap_min = 5", "snap_min = 7"),
            ('address = "10.1.2.21"', 'address = "10.1.2.20"\noverrides.unit.id = "x"\nagent.health.cpu_hot_c = 9000'),
            more=unit_text("bo", site="nowhere") + unit_text("ada"),
        )
    )
    told = ran("inventory", "check", "--secrets", "--inventory", "bad.toml").stderr
    for said in (
        "room.booking.snap_min: room.toml says booking.snap_min: expected 0, 5, 10",
        "units[1].address: '10.1.2.20' is that of units[0] (ada) already",
        "units[1].overrides.unit.id: is no override; it follows from id",
        "units[1].agent.health.cpu_hot_c: health.cpu_hot_c: ",
        "units[2].site: there is no site 'nowhere'",
        "units[3].id: 'ada' is that of units[0] (ada) already",
    ):
        assert said in told, told
    assert told.startswith("bad.toml: 7 problems\n"), "and the mailbox that is there twice"


WRONG_USE = (
    ("reboot",),
    ("reboot", "--all", "ada"),
    ("shell", "--all"),
    ("rollout", "plan", "inventory.toml", "--soak", "10"),
    ("rollout", "plan", "inventory.toml", "--waves", "ten"),
    ("rollout", "plan", "inventory.toml", "--window", "25:00-06:00"),
    ("status", "--limit", "0"),
    ("status", "--identity", "no-such-key"),
    ("bundle", "build", "--min-from", "first"),
    ("bundle", "build", "--epoch", "1000001"),
    ("image", "build", "--out", "panel.img", "--package", "vim; reboot"),
    ("image", "build", "--out", "panel.img", "--suite", "jessie"),
    ("image", "build", "--out", "panel.img", "--bundle", "inventory.toml"),
    ("nonsense",),
)


@pytest.mark.parametrize("words", WRONG_USE, ids=" ".join)
def test_wrong_use_has_its_own_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert failed(capsys, monkeypatch, *words, code=2)


def test_an_inventory_without_units_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "inventory.toml").write_text(changed().partition("[[sites]]")[0])
    assert ran("inventory", "check").stdout == "inventory.toml: good, 0 units\n"
    for words in (("status",), ("provision", "--all"), ("drift", "--site", "cph")):
        told = failed(capsys, monkeypatch, *words)
        assert "there are no units in inventory.toml yet. Add [[units]] to it: `mydesk-fleet inventory example`" in told


def test_no_help_loses_words_to_markup(folder: Path) -> None:
    """Typer's help reads [words] as markup, and shows nothing of them."""
    for name, command in commands(typer.main.get_command(app), ""):
        texts = [command.help, *(getattr(option, "help", "") for option in command.params)]
        assert all(render(text).plain == text for text in texts if text), name


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {word}")
