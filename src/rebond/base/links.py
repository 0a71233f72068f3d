"""A personal link: 128 bits nobody can guess, derived when it is written out, stored as a digest only.

A copy of the database opens nothing: the token is made of the record's ``nonce`` and the secret key (HMAC-SHA-256,
RFC 2104), with a word for what it opens, so that one kind of link never opens another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

from django.conf import settings

_SHAPE = re.compile(r"[A-Za-z0-9_-]{22}")


def new_nonce() -> str:
    """128 random bits, in hex."""
    return secrets.token_hex(16)


def token_for(opens: str, nonce: str) -> str:
    """The 22 letters of the link that belongs to ``nonce`` and opens ``opens``.

    >>> len(token_for("survey", "00" * 16)), token_for("survey", "00" * 16) == token_for("advocate", "00" * 16)
    (22, False)
    """
    made = hmac.new(settings.SECRET_KEY.encode(), f"{opens}:{nonce}".encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest_of(token: str) -> str:
    """What is stored and looked up; empty for what cannot be one of our links (truncated, too long, other letters).

    >>> digest_of("short"), len(digest_of("a" * 22))
    ('', 64)
    """
    return hashlib.sha256(token.encode()).hexdigest() if _SHAPE.fullmatch(token) else ""
