"""Secrets kept in the database, encrypted (Fernet) under keys derived from the installation's secret key.

A key is derived by HKDF (RFC 5869) for each use, so that nothing else made from the secret key helps with it.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(ValueError):
    """It was hidden under another secret key, or for another use."""


def hide(text: str, use: str) -> str:
    """``text`` encrypted, for the database; empty stays empty.

    >>> show(hide("https://chat.example/hooks/1", "tests"), "tests")
    'https://chat.example/hooks/1'
    """
    return _box(use).encrypt(text.encode()).decode("ascii") if text else ""


def show(hidden: str, use: str) -> str:
    """What was hidden.

    Raises:
        Unreadable: the secret key has changed since.
    """
    if not hidden:
        return ""
    try:
        return _box(use).decrypt(hidden.encode()).decode()
    except (InvalidToken, ValueError) as error:
        raise Unreadable from error


def _box(use: str) -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"rebond {use}".encode())
    return Fernet(base64.urlsafe_b64encode(made.derive(settings.SECRET_KEY.encode())))
