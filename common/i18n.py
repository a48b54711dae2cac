"""Marks texts for the catalogues where they are written; `ui.translations` looks them up where shown."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, do not translate yet"
    """Return `text` unchanged. Babel collects what stands inside N_() into the catalogues."""
    return text
