"""Permissions: exactly those in use, each explained in every language, and a link that asks for no other."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from graph.config import Shape
from graph.consent import SIGN_IN_SCOPES, Language, consent_url, permissions_for, short_name
from graph.features import Feature, scopes_for
from graph.permission_texts import TEXTS
from graph.roles import ROLE_FEATURES, Role

DOCS = Path(__file__).parents[2] / "docs"
LANGUAGES: tuple[Language, ...] = ("da", "en", "es")
SHAPES: tuple[Shape, ...] = ("delegate", "room-account", "app-only")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("feature", list(Feature))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_permission_is_explained_in_one_line(shape: Shape, feature: Feature, language: Language) -> None:
    found = permissions_for({feature}, shape, language)
    nobody_but_people = {Feature.CHECK_IN, Feature.CHAT, Feature.CHAT_ANSWERS}
    assert found or (shape == "app-only" and feature in nobody_but_people)
    for permission in found:
        assert permission.text.endswith(".")
        assert "\n" not in permission.text


def test_the_languages_differ_and_none_is_missing() -> None:
    for name, texts in TEXTS.items():
        assert set(texts) == set(LANGUAGES), name
        assert len(set(texts.values())) == len(LANGUAGES), name


@pytest.mark.parametrize(
    ("features", "shape", "names"),
    [
        ({Feature.AGENDA, Feature.BOOKING}, "delegate", ["Calendars.ReadWrite.Shared"]),
        ({Feature.AGENDA}, "room-account", ["Calendars.Read"]),
        (ROLE_FEATURES[Role.KIOSK], "delegate",
         ["Chat.Create", "Chat.Read", "ChatMessage.Send", "GroupMember.Read.All", "Mail.Send", "Presence.Read.All",
          "User.Read.All"]),
    ],
)  # fmt: skip
def test_delegated_permissions(features: set[Feature], shape: Shape, names: list[str]) -> None:
    assert [found.name for found in permissions_for(features, shape)] == [*names, *SIGN_IN_SCOPES]


def test_app_only_never_asks_entra_for_a_mailbox() -> None:
    found = permissions_for(list(Feature), "app-only")
    assert {p.name for p in found if p.where == "exchange"} == {"Calendars.ReadWrite", "Mail.Send"}
    assert {p.name for p in found if p.where == "entra"} == {
        "Place.Read.All", "User.Read.All", "GroupMember.Read.All", "Presence.Read.All",
        "ProfilePhoto.Read.All",
    }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_the_link_asks_for_the_scopes_in_use_and_no_other(role: Role) -> None:
    scopes = scopes_for(ROLE_FEATURES[role], "delegate")
    url = urlsplit(consent_url("https://login.example/", "contoso.example", "the-id", scopes, state="s&x"))
    query = {key: values[0] for key, values in parse_qs(url.query, strict_parsing=True).items()}
    assert (url.scheme, url.netloc, url.path) == ("https", "login.example", "/contoso.example/v2.0/adminconsent")
    assert (query["client_id"], query["redirect_uri"], query["state"]) == ("the-id", "http://localhost", "s&x")
    assert {short_name(scope) for scope in query["scope"].split()} == {*scopes, *SIGN_IN_SCOPES}


def test_app_only_asks_for_what_the_registration_holds() -> None:
    url = consent_url("https://login.example", "t", "c", scopes_for({Feature.PLACES}, "app-only"))
    assert parse_qs(urlsplit(url).query)["scope"] == ["https://graph.microsoft.com/.default"]


def test_two_links_have_two_states() -> None:
    first, second = (consent_url("https://a.example", "t", "c", ["Place.Read.All"]) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(("language", "page"), [("en", ""), ("da", ".da"), ("es", ".es")])
def test_the_guides_say_the_same(language: Language, page: str) -> None:
    text = (DOCS / f"entra-exchange{page}.md").read_text("utf-8")
    for name, texts in TEXTS.items():
        assert f"| `{name}` | {texts[language]} |" in text
