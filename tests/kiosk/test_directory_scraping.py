"""The figures of docs/privacy.md come from scripts/bench/directory_scraping.py; a small company is tried here."""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.settings import HostsSection
from scripts.bench.directory_scraping import SEED, Kiosk, Namebook, attack

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_the_attacker_gets_a_small_company_and_pays_for_it() -> None:
    book = Namebook()
    searches, reached = attack(book.staff(200, SEED), book)
    assert searches is not None
    assert reached >= 0.9
    published = re.search(r"\| 200 \| (\d+) \|", PAGE)
    assert published
    assert searches >= int(published[1]), "docs/privacy.md promises more than the kiosk keeps"


def test_the_staff_are_the_same_in_every_run() -> None:
    book = Namebook()
    assert book.staff(50, SEED) == book.staff(50, SEED)
    assert len({name.split()[-1] for name in book.staff(200, SEED)}) > 30


def test_the_count_is_the_kiosks_own() -> None:
    kiosk = Kiosk(["Jesper Friis", "Anne Holm"])
    for typed in ("jes", "jesp", "ann", "xyz", "jes"):
        kiosk.ask(typed)
    assert kiosk.searches == 4


def test_the_budgets_of_the_page_are_the_defaults() -> None:
    rules = HostsSection()
    assert f"{rules.searches_per_session} searches a guest, {rules.searches_per_hour} an hour" in PAGE
