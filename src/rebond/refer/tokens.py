"""The link to an advocate's own page; it opens no other page, and no other link opens it (``base.links``)."""

from __future__ import annotations

from rebond.base.links import digest_of, new_nonce, token_for

__all__ = ["digest_of", "new_nonce", "token_of"]


def token_of(nonce: str) -> str:
    """The 22 letters of the link that belongs to ``nonce``.

    >>> len(token_of("00" * 16)), token_of("00" * 16) == token_of("00" * 16)
    (22, True)
    """
    return token_for("advocate", nonce)
