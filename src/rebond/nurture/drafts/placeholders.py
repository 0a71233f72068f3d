"""The words in braces a template may hold, and how they are filled: without code, and never with an empty hole.

``{first_name}`` is a placeholder. What stands between ``[[`` and ``]]`` is left out as a whole when a fact in it is
missing, so that no sentence limps. Facts come from records and mails: they are one line, cut, and never looked into
again (a fact that reads ``{seller}`` stays as it is).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from rebond.base.blocks import BLOCK, NAME, fill_blocks
from rebond.base.errors import RebondError

#: Longest subject and body of a template.
SUBJECT, BODY = 160, 4_000
#: Every placeholder, and what it stands for.
KNOWN: dict[str, str | Promise] = {
    "hello": pgettext_lazy("placeholder", "the greeting, with the first name where we know it"),
    "seller": pgettext_lazy("placeholder", "your name"),
    "seller_first": pgettext_lazy("placeholder", "your first name"),
    "first_name": pgettext_lazy("placeholder", "their first name"),
    "name": pgettext_lazy("placeholder", "their whole name"),
    "company": pgettext_lazy("placeholder", "their company"),
    "ours": pgettext_lazy("placeholder", "our company"),
    "deal": pgettext_lazy("placeholder", "what it was about"),
    "since": pgettext_lazy("placeholder", "when they said no: “in March”"),
    "reason": pgettext_lazy("placeholder", "why they said no, as buyers read it"),
    "said": pgettext_lazy("placeholder", "their own words about the date they gave"),
    "date": pgettext_lazy("placeholder", "the date they gave: “on 1 June”"),
    "date_words": pgettext_lazy("placeholder", "what happens on that date: “your budget opens”"),
    "competitor": pgettext_lazy("placeholder", "whom they chose"),
    "waits_for": pgettext_lazy("placeholder", "what they missed"),
    "before_you": pgettext_lazy("placeholder", "who was in charge before them"),
    "piece_title": pgettext_lazy("placeholder", "title of the piece"),
    "piece_summary": pgettext_lazy("placeholder", "what the piece helps with"),
    "piece_link": pgettext_lazy("placeholder", "its address; for a text, where it stands"),
}
#: Always there, so they may stand outside of ``[[ ]]``.
ALWAYS = frozenset(("hello", "seller", "seller_first"))


def check(text: str) -> None:
    """Whether a template can be filled, whoever it is for.

    Raises:
        RebondError: ``unknown_placeholder``, ``stray_brace``, ``open_block`` or ``may_be_missing`` (a fact that not
            everybody has stands outside of ``[[ ]]``); each says which.
    """
    for name in NAME.findall(text):
        if name not in KNOWN:
            raise RebondError(
                _("{%(name)s} is none of the words in braces we know. Nothing was saved. Choose one of the list.")
                % {"name": name},
                code="unknown_placeholder", name=name,
            )  # fmt: skip
    if re.search(r"[{}]", NAME.sub("", text)):
        raise RebondError(
            _("A brace stands alone. Nothing was saved. Braces only go around a word of the list, as in {company}."),
            code="stray_brace",
        )
    outside = BLOCK.sub("", text)
    if "[[" in outside or "]]" in outside or any("[[" in inside for inside in BLOCK.findall(text)):
        raise RebondError(
            _("A [[ has no ]] of its own. Nothing was saved. Each [[ needs one ]] after it, and none inside another."),
            code="open_block",
        )
    for name in NAME.findall(outside):
        if name not in ALWAYS:
            raise RebondError(
                _("{%(name)s} is not known for everybody. Nothing was saved. Put its whole sentence between [[ and ]]: "
                  "it is left out where the fact is missing.") % {"name": name},
                code="may_be_missing", name=name,
            )  # fmt: skip


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The template with its facts; blocks with a missing fact are gone, and so are the gaps they leave.

    >>> fill("{hello} [[How is {company}?]] [[{deal}?]] {seller}", {"hello": "Hi,", "seller": "C", "company": "Valmy"})
    'Hi, How is Valmy? C'
    """
    return fill_blocks(text, {name: fact for name, fact in facts.items() if name in KNOWN})


def needs(text: str) -> frozenset[str]:
    """The placeholders a text uses."""
    return frozenset(NAME.findall(text))
