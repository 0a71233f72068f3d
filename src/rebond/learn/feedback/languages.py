"""The languages a buyer may read: English, and each one that has a message file in this room's ``locale`` folder.

Adding one is adding its file (``locale/de/LC_MESSAGES/django.po``, compiled beside it); there is no list to keep.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel import Locale

LOCALE = Path(__file__).resolve().parents[1] / "locale"


@cache
def spoken(folder: Path = LOCALE) -> dict[str, str]:
    """Language code to the language's own name, English first.

    >>> spoken()
    {'en': 'English', 'fr': 'Français'}
    """
    codes = ["en", *sorted(path.parents[1].name for path in folder.glob("*/LC_MESSAGES/django.mo"))]
    return {code: _own_name(code) for code in codes}


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[0].upper() + name[1:]
