"""Free text to a code: exact labels and plain rules first, then what people confirmed. Never a silent guess.

Rules (``reason_rules.toml``) are patterns looked for in the folded text, English and French. When exactly one code's
rules apply and the phrase is plain, the match is ``sure``; "price" alone, or two codes at once, is a suggestion only.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rebond.base.text import fold
from rebond.learn.taxonomy import BUILT_IN_LIST, NOT_KNOWN_YET, Taxonomy

_COMPETITOR = re.compile(
    r"(?:lost to|chose|went with|selected|picked|choisi|parti(?:s|e)? (?:chez|avec)|perdu (?:contre|face a))\s+"
    r"(?:the |a |le |la |un |une )?(?P<name>.+)|\b(?:competitor|competition|concurrent|concurrence)\b"
)
_UNKNOWN = re.compile(
    r"^(unknown|n/?a|none|not known|not specified|inconnu\w*|non (connu|renseigne|precise)\w*|\?+|-+|tbd|autre|other"
    r"|divers|misc\w*)$"
)
_RULES = tomllib.loads((Path(__file__).parent / "reason_rules.toml").read_text())
_PLAIN = {code: re.compile("|".join(patterns)) for code, patterns in _RULES["plain"].items()}
_VAGUE = {code: re.compile("|".join(patterns)) for code, patterns in _RULES["vague"].items()}


@dataclass(frozen=True)
class Suggestion:
    """What a text may mean. ``sure`` ones are taken; others wait for a person.

    ``competitor`` is true when the text names who won rather than why.
    """

    code: str | None
    sure: bool
    competitor: bool = False


def match(text: str, names: Taxonomy = BUILT_IN_LIST) -> Suggestion:
    """The code a text stands for, and whether that is plain; always one that may be chosen from ``names``.

    >>> match("Pas de budget")
    Suggestion(code='no_budget', sure=True, competitor=False)
    >>> match("Price")
    Suggestion(code='price_vs_alternative', sure=False, competitor=False)
    >>> match("Lost to Competitor X")
    Suggestion(code=None, sure=False, competitor=True)
    """
    folded = fold(text).replace("’", "'")
    if label := names.offered([names.spellings.get(folded, "")]):
        return Suggestion(label[0], sure=True)
    if not folded or _UNKNOWN.match(folded):
        return Suggestion(NOT_KNOWN_YET, sure=True)
    hits = names.offered(code for code, pattern in _PLAIN.items() if pattern.search(folded))
    if hits:
        return Suggestion(hits[0], sure=len(hits) == 1 and len(folded) <= 80)
    vague = names.offered(code for code, pattern in _VAGUE.items() if pattern.search(folded))
    if vague:
        return Suggestion(vague[0], sure=False)
    return Suggestion(None, sure=False, competitor=bool(_COMPETITOR.search(folded)))
