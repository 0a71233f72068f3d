"""Whether words around a no are a complaint, or heated; and whom they name. Plain lists of phrases, English and French.

A list is no judge: it decides only that nobody is asked for an introduction by themselves, says why, and a seller who
knows better asks by hand. What nobody wrote down is not heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rebond.base.text import fold

#: In folded text. A complaint is about what we did; heat is how it was said.
_COMPLAINT = re.compile(
    r"\b(?:complain\w*|unacceptable|formal notice|legal action|(?:our|their|his|her|my) lawyers?"
    r"|let (?:us|me|them) down|broke (?:a|the|your|our|their) promise\w*|broken promises?|lied to|misled|refund\w*"
    r"|reclamations?|plaintes?|inadmissibles?|inacceptables?|litiges?|mises? en demeure|(?:notre|leur|son|mon) avocat"
    r"|promesses? non tenues?|nous (?:a|avez|ont) menti|nous (?:a|avez|ont) trompes?|remboursements?)\b"
)
_HEATED = re.compile(
    r"\b(?:furious|angry|angrily|shouted|shouting|yelled|insult\w*|rude|aggressive\w*|hung up (?:on|in)|hostile"
    r"|waste of (?:my|our|their|his|her) time|never (?:call|write|contact) (?:me|us|them)|leave (?:me|us|them) alone"
    r"|harass\w*|threaten\w*"
    r"|furieu(?:x|se)|en colere|hurl(?:e|ait)|cri(?:ait|e) (?:sur|au telephone)|insult\w*|impoli\w*|agressi(?:f|ve)\w*"
    r"|raccroche au nez|perte de temps|plus jamais|laissez[- ](?:nous|moi) tranquilles?|harcel\w*|menac(?:e|ait|ant)\w*"
    r"|hostiles?)\b"
)
#: A sentence that speaks of people one knows.
_KNOWS = re.compile(
    r"\b(?:knows?|colleagues?|peers?|friends?|introduc\w*|recommend\w*|(?:talk|speak|reach out) (?:to|with)|contacts?"
    r"|neighbou?rs?|connai\w*|collegues?|confreres?|consoeurs?|amie?s?|pairs?|presenter|recommand\w*|contacter"
    r"|parler (?:a|avec)|voisins?)\b"
)
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
#: Words with a capital, joined by "de", "&" and numbers ("Habitat 74", "Maison de la Loire").
_NAME = re.compile(
    r"(?<![\w.])[A-ZÀ-ÖØ-Þ][\w’'-]+(?:\s+(?:(?:de|du|des|la|le|les|van|von|of|and|et)\s+)*(?:&\s+)?(?:[A-ZÀ-ÖØ-Þ][\w’'-]+|\d{1,4}))*"
)
#: Capitals that name nobody.
_NOBODY = frozenset((
    "i", "je", "we", "nous", "you", "vous", "they", "ils", "he", "il", "she", "elle", "mr", "mrs", "ms", "mme", "m",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
    "april", "may", "june", "july", "august", "september", "october", "november", "december", "erp", "crm", "ceo",
    "cfo", "cto", "it", "hr", "dsi", "daf", "drh", "pdg", "rh", "eu", "ue", "gdpr", "rgpd", "excel", "linkedin",
    "english", "french", "france", "europe", "paris", "london",
))  # fmt: skip
MOST_NAMES = 3


def is_complaint(texts: Iterable[str]) -> bool:
    """Whether any of them complains.

    >>> is_complaint(["A formal complaint came in."]), is_complaint(["Clear, honest, never pushy."])
    (True, False)
    """
    return any(_COMPLAINT.search(fold(text)) for text in texts if text)


def is_heated(texts: Iterable[str]) -> bool:
    """Whether any of them was said in heat.

    >>> is_heated(["Il m’a raccroché au nez."]), is_heated(["They were kind about it."])
    (True, False)
    """
    return any(_HEATED.search(fold(text)) for text in texts if text)


def mentioned(texts: Iterable[str], *, besides: Iterable[str] = ()) -> tuple[str, ...]:
    """People and companies named in sentences about whom one knows; at most three, none of ``besides``.

    Careful rather than complete: a name that begins its sentence is passed over, since every sentence begins with a
    capital.

    >>> mentioned(["You could talk to Rives Logement and Habitat 74 about it."], besides=["Lumen Habitat"])
    ('Rives Logement', 'Habitat 74')
    >>> mentioned(["Clear, honest, never pushy. See you on Monday."])
    ()
    """
    known = {fold(name) for name in besides if name}
    found: dict[str, str] = {}
    for text in texts:
        for sentence in _SENTENCES.split(text[:5_000] if text else ""):
            if _KNOWS.search(fold(sentence)):
                for name in _named(sentence):
                    if not _is_known(fold(name), known):
                        found.setdefault(fold(name), name)
    return tuple(found.values())[:MOST_NAMES]


def _named(sentence: str) -> Iterable[str]:
    for match in _NAME.finditer(sentence):
        before = sentence[: match.start()].strip(" «“\"'(-")
        parts = re.split(r"\s+(?:and|et)\s+", match[0])
        for part in parts if before else parts[1:]:
            if fold(part) not in _NOBODY and len(part) > 2 and not part.isdigit():
                yield part[:80]


def _is_known(name: str, known: Iterable[str]) -> bool:
    """The name itself, or a part of one we know (a first name, a company without its form)."""
    return any(f" {name} " in f" {one} " for one in known)
