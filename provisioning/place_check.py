"""Looks whether what an inventory refers to is there: certificates of hubs, and, where asked for, secrets."""

from __future__ import annotations

from collections.abc import Iterator

from common import config
from common.config import Problem
from common.config_convert import Finding
from provisioning.fleet_error import FleetError
from provisioning.hub_ca import ca_fingerprint
from provisioning.inventory_load import Fleet
from provisioning.render import agent_settings, app_settings, key_of
from provisioning.secret_refs import reference_to, resolve
from provisioning.settings_layers import Reference, references

__all__ = ["place_problems"]


def place_problems(fleet: Fleet, *, secrets: bool) -> tuple[Problem, ...]:
    """What is not there, or cannot be read, as problems of the inventory. With `secrets` their commands are run."""
    found = [*_hubs(fleet), *(_secrets(fleet) if secrets else ())]
    return config.placed(found, fleet.text, fleet.path)


def _hubs(fleet: Fleet) -> Iterator[Finding]:
    places = [("hub", fleet.inventory.hub)]
    places += [(f"sites[{index}].hub", site.hub) for index, site in enumerate(fleet.inventory.sites)]
    for key, hub in places:
        try:
            if hub is not None:
                ca_fingerprint(hub, fleet.path.parent)
        except FleetError as error:
            yield Finding(f"{key}.ca_file", str(error))


def _secrets(fleet: Fleet) -> Iterator[Finding]:
    for key, reference in {**_wifi(fleet), **_settings(fleet)}.items():
        try:
            resolve(reference, fleet.path.parent, key)
        except FleetError as error:
            yield Finding(key, str(error))


def _wifi(fleet: Fleet) -> dict[str, Reference]:
    sites = enumerate(fleet.inventory.sites)
    return {
        f"sites[{index}].wifi.passphrase": reference_to(site.wifi.passphrase)
        for index, site in sites
        if site.wifi is not None
    }


def _settings(fleet: Fleet) -> dict[str, Reference]:
    """By where they stand, so that what many units have in common is looked up once."""
    found: dict[str, Reference] = {}
    for unit in fleet.inventory.units:
        for key, reference in references(app_settings(fleet, unit)):
            found[key_of(fleet, unit, key)] = reference
        for key, reference in references(agent_settings(fleet, unit) or {}):
            found[key_of(fleet, unit, key, agent=True)] = reference
    return found
