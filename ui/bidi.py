"""Right-to-left texts in the order and the forms in which they are drawn. Pure.

SDL_ttf as Kivy uses it draws letters from left to right and joins none, so Hebrew and Arabic are prepared here: a
small part of the Unicode bidirectional algorithm (UAX 9: one line, one level) and of Arabic joining, which is all
that names and subjects need. The joined forms come from the Unicode data in the standard library.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata

RIGHT_TO_LEFT = {"R", "AL"}
LEFT_TO_RIGHT = {"L", "EN", "AN"}
FORMS = ("isolated", "final", "initial", "medial")
PRESENTATION_FORMS = (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def visual(text: str) -> str:
    """`text` as it is drawn from left to right; texts without right-to-left letters are returned as they are."""
    if not any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in text):
        return text
    reversed_clusters = list(reversed(_clusters(shaped(text))))
    return "".join(_restore_left_to_right(reversed_clusters))


def shaped(text: str) -> str:
    """Arabic letters in the forms that join them to their neighbours."""
    forms = _forms()
    letters = _ligatures(text)
    drawn = []
    for index, letter in enumerate(letters):
        before = _joins_onward(letters, index - 1)
        after = _joins_onward(letters, index) and _joins_back(letters, index + 1)
        wanted = FORMS[(1 if before else 0) + (2 if after else 0)]
        drawn.append(forms.get((letter, wanted)) or forms.get((letter, "isolated")) or letter)
    return "".join(drawn)


def _joins_onward(letters: list[str], index: int) -> bool:
    """Whether the letter there joins the one that follows it (it has an initial form)."""
    return 0 <= index < len(letters) and (letters[index], "initial") in _forms()


def _joins_back(letters: list[str], index: int) -> bool:
    return index < len(letters) and (letters[index], "final") in _forms()


def _ligatures(text: str) -> list[str]:
    """Letters, with lam and alef as the one letter that they are written as."""
    pairs = {letters for letters, _ in _forms() if len(letters) == 2}
    result: list[str] = []
    for letter in text:
        if result and result[-1] + letter in pairs and result[-1] == "\u0644":
            result[-1] += letter
        else:
            result.append(letter)
    return result


@functools.cache
def _forms() -> dict[tuple[str, str], str]:
    """(letters, form) to the code point that draws it."""
    forms: dict[tuple[str, str], str] = {}
    for code in PRESENTATION_FORMS:
        kind, *parts = unicodedata.decomposition(chr(code)).split() or [""]
        if kind.strip("<>") in FORMS and len(parts) <= 2:
            letters = "".join(chr(int(part, 16)) for part in parts)
            forms.setdefault((letters, kind.strip("<>")), chr(code))
    return forms


def _clusters(text: str) -> list[str]:
    """Letters with the marks that belong to them, brackets turned round."""
    clusters: list[str] = []
    for letter in text.translate(MIRRORED):
        if clusters and unicodedata.combining(letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _restore_left_to_right(clusters: list[str]) -> list[str]:
    """Latin words and numbers are read from left to right within the rest."""
    result: list[str] = []
    for left_to_right, run in itertools.groupby(_directions(clusters), key=lambda item: item[0]):
        words = [cluster for _, cluster in run]
        result += [word.translate(MIRRORED) for word in reversed(words)] if left_to_right else words
    return result


def _directions(clusters: list[str]) -> list[tuple[bool, str]]:
    """Whether each cluster runs left to right; what has no direction goes with equal neighbours on both sides."""
    kinds = [unicodedata.bidirectional(cluster[0]) for cluster in clusters]
    strong = [kind in LEFT_TO_RIGHT if kind in LEFT_TO_RIGHT | RIGHT_TO_LEFT else None for kind in kinds]
    found = []
    for index, cluster in enumerate(clusters):
        before = next((s for s in reversed(strong[:index]) if s is not None), False)
        after = next((s for s in strong[index:] if s is not None), False)
        found.append((before and after if strong[index] is None else bool(strong[index]), cluster))
    return found
