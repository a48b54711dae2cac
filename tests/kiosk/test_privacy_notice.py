"""The notice behind "Read more" says what article 13 asks for, and its version follows every letter."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from kiosk.privacy_notice import paragraphs, version, versions
from kiosk.settings import ReceptionSection, RegisterSection, SiteSection
from tests.kiosk.flow_kit import CRAFT, GUEST, RECEPTION, SITE, WORDS, setup

SETUP = setup(GUEST, CRAFT)


@pytest.mark.parametrize("language", ["da", "en", "es"])
def test_who_what_how_long_and_whom_to_ask(language: str) -> None:
    text = " ".join(paragraphs(SETUP, WORDS[language]))
    for needed in ("Nordhavn Kontorhus A/S", "14", "p@nordhavn.example", "Microsoft 365", "6"):
        assert needed in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("site", "reception", "contact"),
    [
        (SITE, RECEPTION, "p@nordhavn.example"),
        (SiteSection(name="Hus"), ReceptionSection(address="r@hus.example"), "r@hus.example"),
        (SiteSection(name="Hus"), RECEPTION, "+45 12 34 56 78"),
        (SiteSection(name="Hus"), ReceptionSection(), "Hus"),
    ],
)
def test_there_is_always_somebody_to_ask(site: SiteSection, reception: ReceptionSection, contact: str) -> None:
    text = paragraphs(replace(SETUP, site=site, reception=reception), WORDS["en"])
    assert text[5].endswith(f"{contact}.")


def test_what_else_is_typed_is_named() -> None:
    assert paragraphs(SETUP, WORDS["da"])[1].endswith("e-mail, telefon, underskrift, Firma.")
    assert paragraphs(setup(GUEST), WORDS["da"])[1].endswith("e-mail, telefon.")


def test_the_version_is_of_the_text_in_its_language() -> None:
    found = versions(SETUP, WORDS)
    assert len(set(found.values())) == 3
    assert found["da"].startswith("da-")
    assert found["da"] == version(SETUP, WORDS["da"])
    changed = replace(SETUP, register=RegisterSection(retention_days=7))
    assert version(changed, WORDS["da"]) != found["da"]
    renamed = replace(SETUP, site=msgspec.structs.replace(SITE, controller="Andre A/S"))
    assert version(renamed, WORDS["da"]) != found["da"]
