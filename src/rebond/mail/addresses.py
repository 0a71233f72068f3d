"""Addresses as one person has them: how two spellings meet, and the fingerprint that outlives an erasure."""

from __future__ import annotations

import hmac
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def normalised(address: str) -> str:
    """Lower case, the domain in ASCII (IDNA): two records with one address are one person for sending.

    >>> normalised(" Helene@Bücher.Example ")
    'helene@xn--bcher-kva.example'
    """
    local, _at, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            pass
    return f"{local}@{domain}".lower()


def fingerprint(address: str) -> str:
    """A keyed fingerprint (HMAC-SHA-256, RFC 2104) of the normalised address, in hex: not reversible without the key.

    >>> fingerprint("Helene@Valmy.example") == fingerprint("helene@valmy.example")
    True
    """
    return _mark(address, settings.SECRET_KEY)


@lru_cache(maxsize=2048)
def _mark(address: str, key: str) -> str:
    """Kept for a while, since a batch asks for each of its addresses several times."""
    return hmac.digest(key.encode(), b"address:" + normalised(address).encode(), "sha256").hex()


def usable(address: str) -> bool:
    """Whether mail could be sent there at all.

    >>> usable("helene@valmy.example"), usable("helene@"), usable("a@b.example\\nBcc: c@d.example")
    (True, False, False)
    """
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True
