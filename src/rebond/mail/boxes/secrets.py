"""Passwords of mailboxes, kept encrypted (``base.hidden``) under a key of their own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rebond.base import hidden as box
from rebond.base.errors import RebondError

_USE = "mailbox passwords"


def hide(text: str) -> str:
    """``text`` encrypted, for the database; empty stays empty.

    >>> show(hide("imaps://me:secret@imap.valmy.example"))
    'imaps://me:secret@imap.valmy.example'
    """
    return box.hide(text, _USE)


def show(hidden: str) -> str:
    """What was hidden.

    Raises:
        RebondError: ``secret_key_changed`` when it was hidden under another secret key.
    """
    try:
        return box.show(hidden, _USE)
    except box.Unreadable as error:
        raise RebondError(
            _(
                "The password of this mailbox was stored under another secret key, and cannot be read. "
                "Nothing else is lost. Enter the password again, or put the old secret key back."
            ),
            code="secret_key_changed",
        ) from error
