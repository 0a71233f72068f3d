"""The link to an advocate's own page: 128 bits nobody can guess, made when it is written out, stored as a digest only.

A copy of the database opens no page: the token is made of the advocate's ``nonce`` and the secret key, with a salt of
its own, so that the link of a question to a buyer opens no advocate's page and the other way round.
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


def token_of(nonce: str) -> str:
    """The 22 letters of the link that belongs to ``nonce``.

    >>> len(token_of("00" * 16)), token_of("00" * 16) == token_of("00" * 16)
    (22, True)
    """
    made = hmac.new(settings.SECRET_KEY.encode(), b"advocate:" + nonce.encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest_of(token: str) -> str:
    """What is stored and looked up; empty for what cannot be one of our links (truncated, too long, other letters).

    >>> digest_of("short"), len(digest_of("a" * 22))
    ('', 64)
    """
    return hashlib.sha256(token.encode()).hexdigest() if _SHAPE.fullmatch(token) else ""
