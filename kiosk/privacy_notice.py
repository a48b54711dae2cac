"""The privacy notice (GDPR article 13) from the site's settings, in the guest's language, and its version. Pure.

The version is stored with each visit: a hash of the very text that stood behind "Read more".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from common.i18n import N_
from kiosk.setup import Setup, text_in
from kiosk.words import Words

WHO = N_("{who} is responsible for the details that you type here.")
WHAT = N_("We keep your name, the name of your host, when you came and left, and what else you type: {more}.")
WHY = N_(
    "We use them to tell your host, to print your badge, and to know who is in the building if it must be evacuated. "
    "That is our legitimate interest (GDPR article 6(1)(f)). They are used for nothing else."
)
READERS = N_(
    "Your host and reception read them. Your host gets a message through Microsoft 365, which keeps it in the host's "
    "own mailbox or chat for as long as the host does."
)
RIGHTS = N_("You may see your details, have them corrected or deleted, and object to their use: {contact}.")
FREE = N_(
    "You need not use this kiosk: reception can receive you too. "
    "You may complain to the data protection authority of your country."
)


def paragraphs(setup: Setup, words: Words) -> tuple[str, ...]:
    """Who, what, why, how long, who reads it, rights and complaint."""
    site, reception = setup.site, setup.reception
    contact = site.privacy_contact or reception.address or reception.phone or site.name
    days = setup.register.retention_days
    return (
        words.t(WHO, who=site.controller or site.name),
        words.t(WHAT, more=_more(setup, words)),
        words.t(WHY),
        words.n(
            "After {count} day they are deleted, their key is destroyed, and only a count of visits remains.",
            "After {count} days they are deleted, their key is destroyed, and only a count of visits remains.",
            days,
        ),
        words.t(READERS),
        words.t(RIGHTS, contact=contact),
        words.t(FREE),
    )


def _more(setup: Setup, words: Words) -> str:
    known = [words.t("e-mail"), words.t("phone")]
    if any(kind.rules == "sign" for kind in setup.types):
        known.append(words.t("signature"))
    extras = {text_in(field.label, words.language): None for kind in setup.types for field in kind.fields}
    return ", ".join((*known, *extras))


def version(setup: Setup, words: Words) -> str:
    """Language and twelve hexadecimal digits, such as "da-3f0c9a…"; changes with every letter of the notice."""
    text = "\n".join(paragraphs(setup, words))
    return f"{words.language}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def versions(setup: Setup, by_language: Mapping[str, Words]) -> dict[str, str]:
    """For `kiosk.setup.Situation.notice_versions`."""
    return {language: version(setup, words) for language, words in by_language.items()}
