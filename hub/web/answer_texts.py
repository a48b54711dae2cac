"""What a host reads who follows a link of a message, in the host's own language. Nothing about a guest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("da", "en", "es")


@dataclass(frozen=True, slots=True)
class AnswerTexts:
    """The words of one language."""

    title: str
    says: Mapping[str, str]
    """by the link's last word: what will be told"""
    explained: str
    send: str
    sent: str
    sent_text: str
    unreached: str
    too_many: str


TEXTS: Mapping[str, AnswerTexts] = {
    "en": AnswerTexts(
        title="Answer the lobby",
        says={"coming": "I am coming", "five": "In 5 minutes"},
        explained="The screen in the lobby will show this as your answer.",
        send="Send the answer",
        sent="Thank you",
        sent_text="If somebody is still waiting, the lobby's screen shows your answer. You may close this page.",
        unreached="The screen in the lobby cannot be reached just now. Please go there, or call reception.",
        too_many="Too many answers just now. Wait a minute, then try again.",
    ),
    "da": AnswerTexts(
        title="Svar lobbyen",
        says={"coming": "Jeg kommer", "five": "Om 5 minutter"},
        explained="Skærmen i lobbyen viser det som dit svar.",
        send="Send svaret",
        sent="Tak",
        sent_text="Hvis nogen stadig venter på dig, viser skærmen i lobbyen dit svar. Du kan lukke siden.",
        unreached="Skærmen i lobbyen kan ikke nås lige nu. Gå derhen, eller ring til receptionen.",
        too_many="Der er for mange svar lige nu. Vent et minut, og prøv igen.",
    ),
    "es": AnswerTexts(
        title="Responder al vestíbulo",
        says={"coming": "Ya voy", "five": "En 5 minutos"},
        explained="La pantalla del vestíbulo lo mostrará como tu respuesta.",
        send="Enviar la respuesta",
        sent="Gracias",
        sent_text="Si alguien te espera todavía, la pantalla muestra tu respuesta. Puedes cerrar esta página.",
        unreached="No se puede contactar con la pantalla del vestíbulo. Ve allí o llama a recepción.",
        too_many="Hay demasiadas respuestas ahora mismo. Espera un minuto e inténtalo de nuevo.",
    ),
}


def language_of(wanted: str, accepted: str) -> str:
    """The language of the link; without one the first of the browser's (Accept-Language) that there is, else English.

    >>> language_of("", "nb, da-DK;q=0.8, en;q=0.5")
    'da'
    """
    if wanted in LANGUAGES:
        return wanted
    spoken = (part.partition(";")[0].strip()[:2].lower() for part in accepted[:200].split(","))
    return next((language for language in spoken if language in LANGUAGES), "en")
