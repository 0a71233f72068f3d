"""Passwords of mailboxes, kept encrypted (Fernet) under a key derived from the installation's secret key.

The key is derived by HKDF (RFC 5869), so that nothing else made from the secret key helps with it.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError


def hide(text: str) -> str:
    """``text`` encrypted, for the database; empty stays empty.

    >>> show(hide("imaps://me:secret@imap.valmy.example"))
    'imaps://me:secret@imap.valmy.example'
    """
    return _box().encrypt(text.encode()).decode("ascii") if text else ""


def show(hidden: str) -> str:
    """What was hidden.

    Raises:
        RebondError: ``secret_key_changed`` when it was hidden under another secret key.
    """
    if not hidden:
        return ""
    try:
        return _box().decrypt(hidden.encode()).decode()
    except (InvalidToken, ValueError) as error:
        raise RebondError(
            _(
                "The password of this mailbox was stored under another secret key, and cannot be read. "
                "Nothing else is lost. Enter the password again, or put the old secret key back."
            ),
            code="secret_key_changed",
        ) from error


def _box() -> Fernet:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rebond mailbox passwords")
    return Fernet(base64.urlsafe_b64encode(made.derive(settings.SECRET_KEY.encode())))
