"""Texts with words in braces, filled from facts without leaving a hole; and what to call somebody in a greeting.

``{first_name}`` is a placeholder. What stands between ``[[`` and ``]]`` is left out as a whole when a fact in it is
missing, so that no sentence limps. Facts come from records and mails: they are one line, cut, and never looked into
again (a fact that reads ``{seller}`` stays as it is).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rebond.base.text import clean, fold

#: Longest fact.
FACT = 160
NAME = re.compile(r"\{([a-z_]+)\}")
BLOCK = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
#: What stands before a name and is none.
_TITLES = frozenset(
    ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "m", "mme", "mlle", "mle", "me", "maitre", "pr",
     "madame", "monsieur", "mademoiselle", "docteur", "professeur", "herr", "frau", "sr", "sra")
)  # fmt: skip


def fill_blocks(text: str, facts: Mapping[str, str]) -> str:
    """The text with its facts; blocks with a missing fact are gone, and so are the gaps they leave.

    >>> fill_blocks("{hello} [[How is {company}?]] [[{deal}?]] {seller}", {"hello": "Hi,", "seller": "C"})
    'Hi, C'
    """
    known = {name: one_line(fact) for name, fact in facts.items()}
    kept = BLOCK.sub(lambda block: block[1] if _complete(block[1], known) else "", text)
    return tidy(NAME.sub(lambda name: known.get(name[1], ""), kept))


def one_line(fact: str) -> str:
    """A fact as it may stand in a letter: one line, no control characters, cut at a word.

    >>> one_line("Groupe\\r\\nBcc: all@valmy.example")
    'Groupe Bcc: all@valmy.example'
    """
    line = " ".join(clean(str(fact), 4 * FACT).split())
    if len(line) <= FACT:
        return line
    return line[: FACT - 1].rsplit(" ", 1)[0].rstrip() + "…"


def _complete(block: str, known: Mapping[str, str]) -> bool:
    return all(known.get(name) for name in NAME.findall(block))


def tidy(text: str) -> str:
    """No trailing or doubled spaces inside lines, no more than one empty line, none at the ends."""
    lines = [re.sub(r"(?<=\S) {2,}", " ", line).strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def first_name(name: str) -> str:
    """What to call somebody in a greeting; empty where it is better to name nobody.

    >>> [first_name(name) for name in ("Hélène Marchetti", "MARCHETTI Hélène", "Dr. Anna Weiss", "Marchetti, Hélène")]
    ['Hélène', 'Hélène', '', 'Hélène']
    >>> first_name("Jean-Luc Durand"), first_name("Mme Petit"), first_name("H. Weiss")
    ('Jean-Luc', '', '')
    """
    before, comma, after = name.partition(",")
    words = (after if comma and after.strip() else before).split()
    if not words or fold(words[0].strip(".")) in _TITLES:
        return ""
    called = next((word for word in words if not (word.isupper() and word.isalpha() and len(word) > 1)), "")
    if len(words) == 1 and not called:
        called = words[0].capitalize()
    return called if re.fullmatch(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*", called) else ""
