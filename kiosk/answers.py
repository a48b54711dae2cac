"""What a host's reply in the chat means: coming, in five minutes, or nothing that we understand. Pure.

Careful: a question, or anything with a "not" in it, is no answer, and the ladder goes on; that costs one message more.
"""

from __future__ import annotations

import re

from common.name_search import fold
from kiosk.model import Answer

MAX_READ = 200
_WORD = re.compile(r"[a-z0-9]+")
_FIVE = re.compile(r"\b(?:5|fem|five|cinco) ?(?:m|min|mins|minut|minuts|minutter|minute|minutes|minuto|minutos)\b")
_BARE_FIVE = frozenset({"5", "fem", "five", "cinco"})
_DANISH_NOT = ("ikke", "ej", "nej", "aldrig", "desvaerre")
_ENGLISH_NOT = ("no", "not", "cant", "cannot", "dont", "wont", "t", "never", "unable")
_SPANISH_NOT = ("nunca", "tampoco", "imposible")
_NOT = frozenset({*_DANISH_NOT, *_ENGLISH_NOT, *_SPANISH_NOT})
_COMING = frozenset(("kommer", "coming", "omw", "voy", "vengo", "llego", "bajo", "vamos"))
_PHRASES = ("pa vej", "er der straks", "on my way", "on the way", "be there", "be right there", "en camino")
_YES = frozenset({"ja", "yes", "si", "ok", "okay", "oki", "yep", "jep", "fint", "vale", "claro", "sure"})
_MOST_WORDS_OF_A_YES = 3
_THUMBS = frozenset("👍🏃👌✅")


def answer_of(text: str) -> Answer | None:
    """Return what a host said.

    >>> answer_of("Jeg kommer om 5 min")
    <Answer.FIVE_MINUTES: 'five-minutes'>
    >>> answer_of("kommer ikke") is None
    True
    """
    short = text[:MAX_READ]
    if "?" in short:
        return None
    words = _WORD.findall(fold(short))
    if not words:
        return Answer.COMING if _THUMBS & set(short) else None
    if _NOT & set(words):
        return None
    line = " ".join(words)
    if _FIVE.search(line) or line in _BARE_FIVE:
        return Answer.FIVE_MINUTES
    says_yes = len(words) <= _MOST_WORDS_OF_A_YES and bool(_YES & set(words))
    if _COMING & set(words) or any(phrase in line for phrase in _PHRASES) or says_yes:
        return Answer.COMING
    return None
