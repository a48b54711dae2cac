from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from graph.config import GraphConfig, NetworkConfig
from graph.features import Feature, scopes_for
from graph.session import Session
from tests.graph.login_double import config
from tests.graph.wire_doubles import clock


@pytest.mark.parametrize(
    "broken",
    [
        {"tenant_id": "common"},
        {"tenant_id": "organizations"},
        {"tenant_id": "a/b"},
        {"tenant_id": ""},
        {"client_id": "my-app"},
        {"account": "mydesk"},
        {"shape": "room"},
        {"sign_in": "password"},
        {"authority_url": "http://login.example"},
        {"graph_url": "https://user@graph.example/v1.0"},
        {"graph_url": "https://graph.example/v1.0?x=1"},
        {"token_cache_file": ""},
        {"colour": "red"},
    ],
)
def test_values_that_are_refused(tmp_path: Path, broken: dict[str, Any]) -> None:
    whole = {**msgspec.to_builtins(config(tmp_path)), **broken}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(whole, GraphConfig)


@pytest.mark.parametrize(
    "broken",
    [{"proxy_url": "proxy:3128"}, {"proxy_url": "socks5://x"}, {"connect_timeout_s": 0}, {"total_timeout_s": 1e9}],
)
def test_network_values_that_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(broken, NetworkConfig)


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, []),
        ({"sign_in": "certificate"}, ["sign_in", "certificate_file", "private_key_file"]),
        ({"shape": "app-only"}, ["sign_in"]),
        (
            {"shape": "app-only", "sign_in": "certificate", "certificate_file": "c", "private_key_file": "k"},
            [],
        ),
        ({"token_key_file": "same", "token_cache_file": "same"}, ["token_key_file"]),
    ],
)
def test_what_no_single_key_can_tell(tmp_path: Path, changes: dict[str, Any], keys: list[str]) -> None:
    assert [key for key, _ in config(tmp_path, **changes).problems()] == keys


@pytest.mark.parametrize("kind", [GraphConfig, NetworkConfig])
def test_every_key_is_explained_with_an_example_it_takes(kind: type[msgspec.Struct]) -> None:
    told = msgspec.inspect.type_info(kind)
    assert isinstance(told, msgspec.inspect.StructType)
    for field in told.fields:
        assert isinstance(field.type, msgspec.inspect.Metadata), field.name
        schema = field.type.extra_json_schema
        assert schema is not None, field.name
        assert schema["description"], field.name
        example = schema["examples"][0]
        msgspec.convert(example, next(one.type for one in msgspec.structs.fields(kind) if one.name == field.name))


def test_the_proxys_password_stays_out_of_messages() -> None:
    [field] = [one for one in msgspec.structs.fields(NetworkConfig) if one.name == "proxy_url"]
    assert field.type.__metadata__[0].extra == {"secret": True}


ALL = frozenset(Feature)


@pytest.mark.parametrize(
    ("features", "shape", "scopes"),
    [
        ({Feature.AGENDA}, "delegate", ["Calendars.Read.Shared"]),
        ({Feature.CHAT}, "delegate", ["Chat.Create", "ChatMessage.Send"]),
        ({Feature.PEOPLE}, "delegate", ["User.ReadBasic.All"]),
        ({Feature.PEOPLE, Feature.PROFILES}, "delegate", ["User.Read.All"]),
        ({Feature.AGENDA, Feature.BOOKING}, "delegate", ["Calendars.ReadWrite.Shared"]),
        ({Feature.BOOKING, Feature.FREE_BUSY}, "delegate", ["Calendars.ReadBasic", "Calendars.ReadWrite.Shared"]),
        ({Feature.BOOKING, Feature.FREE_BUSY}, "room-account", ["Calendars.ReadWrite"]),
        ({Feature.AGENDA, Feature.FREE_BUSY}, "room-account", ["Calendars.Read"]),
        ({Feature.BOOKING, Feature.PLACES}, "room-account", ["Calendars.ReadWrite", "Place.Read.All"]),
        (ALL, "app-only", ["https://graph.microsoft.com/.default"]),
        (
            ALL,
            "room-account",
            [
                "Calendars.ReadWrite",
                "Chat.Create",
                "Chat.Read",
                "ChatMessage.Send",
                "GroupMember.Read.All",
                "Mail.Send",
                "Place.Read.All",
                "Presence.Read.All",
                "ProfilePhoto.Read.All",
                "User.Read.All",
            ],
        ),
    ],
)
def test_scopes_are_what_the_features_take_and_no_more(features: set[Feature], shape: Any, scopes: list[str]) -> None:
    assert list(scopes_for(features, shape)) == scopes


def test_scopes_of_a_national_cloud_name_it() -> None:
    assert scopes_for({Feature.MAIL}, "delegate", "https://graph.microsoft.us/v1.0") == (
        "https://graph.microsoft.us/Mail.Send",
    )


def test_no_feature_no_session() -> None:
    with pytest.raises(ValueError, match="feature"):
        scopes_for(set(), "delegate")


def test_a_session_opens_without_touching_anything(tmp_path: Path) -> None:
    settings = config(tmp_path / "not there", authority_url="https://login.invalid")
    network = NetworkConfig(ca_file="/nowhere/ca.pem", proxy_url="http://proxy.invalid:1")
    session = Session.open(settings, network, clock(), features=ALL)
    assert session.auth.state.outcome is None
    assert not (tmp_path / "not there").exists()
