"""Settings in layers, references among them, and TOML that says what was meant."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.config_schema import keys_of
from kiosk.config import KioskConfig
from provisioning.settings_layers import KINDS, merged, references, replaced, value_at
from provisioning.toml_text import toml_text
from roomdisplay.config import RoomConfig
from telemetry.settings import AgentConfig

LAYERS = [
    ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
    ([{"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}], {"a": {"x": 1, "y": 3}}),
    ([{"a": [1, 2]}, {"a": [3]}], {"a": [3]}),
    ([{"a": {"x": 1}}, {"a": 5}], {"a": 5}),
    ([{"a": 5}, {"a": {"x": 1}}], {"a": {"x": 1}}),
    ([{"s": {"env": "A"}}, {"s": {"file": "b"}}], {"s": {"file": "b"}}),
    ([{"s": "text"}, {"s": {"env": "A"}}, {"s": {"env": "B"}}], {"s": {"env": "B"}}),
]


@pytest.mark.parametrize(("layers", "made"), LAYERS)
def test_later_layers_win_key_by_key(layers: list[dict[str, Any]], made: dict[str, Any]) -> None:
    assert merged(*layers) == made


def test_what_was_merged_is_no_part_of_a_layer() -> None:
    below: dict[str, Any] = {"a": {"x": [1]}}
    made = merged(below, {"a": {"y": 2}})
    made["a"]["x"].append(2)
    assert below == {"a": {"x": [1]}}


def test_references_are_found_and_replaced() -> None:
    tables = {
        "admin": {"pin_hash": {"env": "PIN"}},
        "network": {"proxy_url": {"command": ["pass", "show", "p"]}, "ca_file": "x"},
    }
    found = dict(references(tables))
    assert {key: (each.kind, each.place) for key, each in found.items()} == {
        "admin.pin_hash": ("env", ("PIN",)),
        "network.proxy_url": ("command", ("pass", "show", "p")),
    }
    assert replaced(tables, lambda key, reference: f"<{key}>") == {
        "admin": {"pin_hash": "<admin.pin_hash>"},
        "network": {"proxy_url": "<network.proxy_url>", "ca_file": "x"},
    }
    assert replaced(tables, lambda key, reference: None) == {"admin": {}, "network": {"ca_file": "x"}}
    assert value_at(tables, "network.ca_file") == "x"
    assert value_at(tables, "network.ca_file.deeper") is None


def structs(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    return {kind}.union(*(structs(key.section) for key in keys_of(kind) if key.section is not None))


@pytest.mark.parametrize("kind", [RoomConfig, KioskConfig, AgentConfig])
def test_no_section_of_an_app_can_be_taken_for_a_reference(kind: type[msgspec.Struct]) -> None:
    assert [each for each in structs(kind) if KINDS & {key.name for key in keys_of(each)}] == []


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_tomllib_reads_is_what_was_written(tables: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(tables)) == tables


def test_how_it_looks() -> None:
    tables = {"unit": {"id": "ada"}, "sensors": [{"kind": "pir", "range": {"cm": 5}}], "a@b": 1, "none": []}
    assert toml_text(tables).splitlines() == [
        *('"a@b" = 1', "none = []", "", "[unit]", 'id = "ada"', "", "[[sensors]]", 'kind = "pir"'),
        *("", "[sensors.range]", "cm = 5"),
    ]


def test_numbers_that_are_none_and_times_are_written_as_toml_has_them() -> None:
    text = toml_text({"a": [float("inf"), -float("inf")], "b": float("nan"), "c": date(2026, 11, 23)})
    assert text == "a = [inf, -inf]\nb = nan\nc = 2026-11-23\n"
