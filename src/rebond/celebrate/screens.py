"""What a television on the wall goes by: the code it shows, the key in its cookie, the edition of its page."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

from rebond import __version__

#: Without what looks alike from across a room (0 O Q, 1 I L, 2 Z, 5 S, 8 B, 6 G, U V) and without A and E, so that
#: no word comes of it: 17 signs, 24 million codes.
SIGNS = "CDFHJKMNPRTWXY347"
LENGTH, CODE_FOR = 6, timedelta(minutes=10)
COOKIE, COOKIE_AGE = "rebond-wall", 400 * 24 * 3600
#: What a wall's page is made of, beside its templates.
FILES = ("web/wall.js", "web/wall.css", "web/live.js", "web/bell.js", "web/tokens.css", "web/icons.svg")


def new_code() -> str:
    """Six signs.

    >>> len(new_code()), set(new_code()) <= set(SIGNS)
    (6, True)
    """
    return "".join(secrets.choice(SIGNS) for _place in range(LENGTH))


def as_typed(text: str) -> str:
    """A code as somebody copied it: small letters, blanks and dashes are forgiven; empty for what cannot be one.

    >>> as_typed(" cdf-347"), as_typed("CDF 3470"), as_typed("")
    ('CDF347', '', '')
    """
    found = "".join(sign for sign in text.upper()[:40] if sign not in " -\u00a0\u202f")
    return found if len(found) == LENGTH and set(found) <= set(SIGNS) else ""


def in_two(code: str) -> str:
    """How it is read aloud.

    >>> in_two("CDF347")
    'CDF 347'
    """
    return f"{code[:3]} {code[3:]}"


def new_key() -> str:
    """256 bits for a cookie; nobody can guess it."""
    return secrets.token_urlsafe(32)


def digest_of(key: str) -> str:
    """What is stored of a key: who reads the database cannot pass for a wall.

    >>> digest_of("x")[:8]
    '2d711642'
    """
    return hashlib.sha256(key.encode()).hexdigest()


@cache
def edition() -> str:
    """Changes whenever the product or a file of the wall's page does; a wall of another edition loads itself anew."""
    parts = hashlib.sha256(__version__.encode())
    folder = Path(__file__).parent / "templates/celebrate/wall"
    found = [finders.find(name) for name in FILES]
    templates = [folder / "board.html", folder / "paired.html"]
    for path in (*templates, *(Path(one) for one in found if isinstance(one, str))):
        parts.update(path.read_bytes())
    return parts.hexdigest()[:12]
