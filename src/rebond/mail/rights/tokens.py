"""The link to a person's preferences: it names an address (as its fingerprint) and a list, nobody can forge one, and
it never runs out (RFC 8058, 3.1; CAN-SPAM asks for 30 days, CASL for 60).

It is made of the fingerprint alone, so that it works for a person who was erased, too. It is stored nowhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings

from rebond.mail.addresses import fingerprint
from rebond.mail.models import Scope

#: The list a token names, by a byte that never changes its meaning.
_LISTS = {1: Scope.ALL, 2: Scope.FEEDBACK, 3: Scope.KEEP_IN_TOUCH, 4: Scope.REFERRAL}
_BYTES = {scope: number for number, scope in _LISTS.items()}
_SEAL = 16
_SHAPE = re.compile(r"[A-Za-z0-9_-]{66}")


@dataclass(frozen=True)
class Holder:
    """Whom a link belongs to, and the list (a value of ``Scope``) of the mail that carried it."""

    fingerprint: str
    scope: str


def token_for(address: str, scope: str = Scope.KEEP_IN_TOUCH.value) -> str:
    """The token of an address and a list: 66 letters that need no quoting in a link or a subject.

    >>> len(token_for("helene@valmy.example"))
    66
    """
    return token_of(fingerprint(address), scope)


def token_of(mark: str, scope: str = Scope.KEEP_IN_TOUCH.value) -> str:
    """The same for an address of which only the fingerprint is known."""
    body = bytes.fromhex(mark) + bytes([_BYTES[Scope(scope)]])
    return base64.urlsafe_b64encode(body + _seal(body)).decode().rstrip("=")


def read(token: str) -> Holder | None:
    """Whom a token belongs to; ``None`` for what we did not make.

    >>> read(token_for("Helene@Valmy.example")).scope, read("a" * 66), read("")
    ('keep_in_touch', None, None)
    """
    if not _SHAPE.fullmatch(token):
        return None
    try:
        whole = base64.urlsafe_b64decode(token + "==")
    except (binascii.Error, ValueError):
        return None
    body, seal = whole[:-_SEAL], whole[-_SEAL:]
    scope = _LISTS.get(body[-1])
    # Base64 has several spellings of one value; only ours is taken.
    if scope is None or not hmac.compare_digest(seal, _seal(body)) or token != token_of(body[:-1].hex(), scope):
        return None
    return Holder(body[:-1].hex(), scope.value)


def in_subject(subject: str) -> Holder | None:
    """Whom a mail to the address of ``List-Unsubscribe`` belongs to, by its subject ``stop TOKEN``.

    >>> in_subject("stop " + token_for("helene@valmy.example")).scope, in_subject("stop the press")
    ('keep_in_touch', None)
    """
    for word in _SHAPE.findall(subject):
        if holder := read(word):
            return holder
    return None


def _seal(body: bytes) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"preferences:" + body, hashlib.sha256).digest()[:_SEAL]
