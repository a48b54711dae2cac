"""One simulated tenant over TLS for each module, and units with files of their own in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from common.config_schema import toml_value
from graph import cli, client, signing_in
from tests.graph.tenant import DEVICE, PANEL_APP, ROOM, Tenant, served


@dataclass(frozen=True)
class Done:
    """What a run of the command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Unit:
    """A unit's configuration file, and the command run with it in this process."""

    def __init__(self, tenant: Tenant, run: Callable[..., Done]) -> None:
        self.tenant = tenant
        self._run = run
        self.file = tenant.folder / "unit.toml"
        self.sections: dict[str, dict[str, Any]] = {
            "graph": {
                "tenant_id": tenant.simulator.tenant.office.tenant_id,
                "client_id": PANEL_APP,
                "account": DEVICE,
                "sign_in": "device-code",
                "authority_url": tenant.simulator.url,
                "graph_url": f"{tenant.simulator.url}/v1.0",
                "token_cache_file": str(tenant.folder / "tokens"),
                "token_key_file": str(tenant.folder / "tokens.key"),
            },
            "network": {"ca_file": str(tenant.simulator.ca_file)},
            "room": {"address": ROOM, "name": "Storebælt", "time_zone": "Europe/Copenhagen"},
        }

    def write(self, **sections: dict[str, Any]) -> None:
        """Write the file, with more keys in some sections."""
        for name, keys in sections.items():
            self.sections.setdefault(name, {}).update(keys)
        lines = [
            f"[{name}]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in keys.items())
            for name, keys in self.sections.items()
        ]
        self.file.write_text("\n".join(lines), "utf-8")

    def run(self, command: str, *words: str, **sections: dict[str, Any]) -> Done:
        """Run `mydesk-graph COMMAND --config FILE ...`."""
        self.write(**sections)
        return self._run(command, "--config", str(self.file), *words)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run mydesk-graph as its entry point does."""

    def run(*words: str) -> Done:
        monkeypatch.setattr("sys.argv", ["mydesk-graph", *words])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        said = capsys.readouterr()
        return Done(code or 0, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    with served(tmp_path_factory.mktemp("office")) as tenant:
        yield tenant


@pytest.fixture
def unit(office: Tenant, tmp_path: Path, command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> Unit:
    """A unit nobody has signed in, in the office as it opens."""
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(signing_in, "STATUS_POLL_S", 0.0)
    office.reopen()
    return Unit(Tenant(office.simulator, tmp_path), command)


@pytest.fixture
def signed_in(unit: Unit) -> Unit:
    unit.tenant.control("POST", "sign-in/auto-approve", account=DEVICE)
    assert unit.run("sign-in").code == 0
    unit.tenant.control("POST", "sign-in/auto-approve", account="")
    return unit
