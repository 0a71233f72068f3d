"""What somebody wrote themselves: their mail without what it quotes, and without signature.

Line by line and in one pass, on purpose: of the kept libraries, mail-parser-reply 1.36 left whole French and Spanish
Gmail quotes in, took a list with dashes for a signature, and needed time in the square of a line's length (the
figures on our corpus are in docs/reading-replies.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rebond.mail.reading.folding import folded

#: Longest text that is kept of a mail, in characters.
KEPT = 20_000
_LINES_AT_MOST = 4_000

#: "On … wrote:" in four languages, on one line or wrapped over up to three; name or date may come first.
_WROTE = re.compile(
    r"(?:(?:on|le|am|el|il|em|a la date du|den|op)\b.{4,260}?\b(?:wrote|a ecrit|ecrit|schrieb|hat geschrieben|escribio)"
    r"\b.{0,120}?|.{2,160}?\b(?:wrote|a ecrit|schrieb|escribio)\b(?: (?:on|le|am|el)\b)?.{0,120}?"
    r"|\d{4}-\d{2}-\d{2}.{0,40} .{2,160}<?[^ ]{1,64}@[^ ]{3,190}>?)\s?:"
)
_WROTE_HINT = re.compile(r"wrote|ecrit|schrieb|geschrieben|escribio|\d{4}-\d{2}-\d{2}.{0,200}@")
#: Everything from such a line on is somebody else's.
_BREAK = re.compile(
    r"[\s>]*(?:[-_*=]{2,}\s?(?:original message|original appointment|forwarded (?:message|by .{1,80})|forward"
    r"|message d'origine|message original|message initial|message transfere|message transmis"
    r"|ursprungliche nachricht|originalnachricht|urspr\. nachricht|weitergeleitete nachricht|original-nachricht"
    r"|mensaje original|mensaje reenviado|mensaje inicial)\s?[-_*=]{0,40}"
    r"|begin forwarded message ?:|debut du message (?:transfere|reexpedie) ?:"
    r"|anfang der weitergeleiteten nachricht ?:|inicio del mensaje reenviado ?:"
    r"|[-#= ]*(?:please )?reply above this line[-#= ]*|in reply to your message.{0,80}:)\s*"
)
_FIELD = re.compile(
    r"[\s>*]*(?P<field>from|de|von|sent|date|envoye(?: le)?|gesendet|datum|enviado(?: el)?|fecha|to|a|an|para|cc"
    r"|subject|objet|betreff|asunto)\s?:\*?\s?(?P<value>.*)"
)
_FROM = frozenset({"from", "de", "von"})
_SENT = ("sent", "date", "envoye", "gesendet", "datum", "enviado", "fecha")
_RULE = re.compile(r"\s*[_-]{10,}\s*")

_CLOSING = re.compile(
    r"(?:(?:with )?(?:best|kind|warm|kindest|warmest)(?: (?:regards|wishes))?|regards|cheers|sincerely|yours(?: \w+)?"
    r"|all the best|many thanks|thanks(?: (?:a lot|and regards|in advance|again))?|thank you|br|rgds|best"
    r"|(?:bien |tres )?cordialement(?: \w+)?|cdlt|cdt|bien a (?:vous|toi)|(?:sinceres|meilleures|cordiales) salutations"
    r"|salutations(?: \w+)?|(?:bonne|belle|excellente) (?:journee|soiree|reception|fin de semaine)(?: a vous)?|merci"
    r"|merci d'avance|a (?:bientot|plus)|amicalement|respectueusement|(?:mit )?(?:freundlichen?|besten?|vielen?"
    r"|herzlichen?|lieben?|schonen?|sonnigen?) (?:gru(?:ss|ess|s)en?|grusse?(?:n)?|gruss|dank)(?: aus \w+)?|mfg|lg|vg"
    r"|viele grusse|gruss|danke|hochachtungsvoll|(?:un )?(?:cordial(?:es)?|atento"
    r"|afectuoso)? ?saludos?(?: cordial(?:es)?)?"
    r"|atentamente|(?:un )?abrazo|gracias(?: y (?:un )?saludos?)?|muchas gracias|quedo a su disposicion)"
    r"\s?[,.!]{0,3}"
)
_DEVICE = re.compile(
    r"[\s_*]*(?:sent (?:from|with|via) (?:my|mail for|outlook|yahoo|proton|samsung|the)\b.{0,60}"
    r"|get outlook for.{0,80}|envoye (?:de|depuis|a partir de|avec) .{2,60}|telecharge[rz] outlook pour.{0,80}"
    r"|(?:von meinem .{2,40}|mit (?:der|dem) .{2,60}) gesendet\.?|gesendet (?:von|mit|aus) .{2,60}"
    r"|holen sie sich outlook fur.{0,80}|enviado desde .{2,60}|obtener outlook para.{0,80}"
    r"|diese nachricht wurde von meinem .{2,60} gesendet.{0,40})[\s_*]*"
)
_NOTICE = re.compile(
    r"[\s*_]*(?:(?:confidentiality|disclaimer|legal notice|privileged|confidential)\b"
    r"|this (?:e-?mail|message|communication)(?: \w+){0,6} (?:is|are|may be"
    r"|contains?)(?: \w+){0,4} (?:confidential|privileged"
    r"|intended)|ce (?:message|courriel|mail)(?: \w+| \(.{0,40}\)){0,8} (?:est|sont|peut"
    r"|contient)(?: \w+){0,4} (?:confidentiel"
    r"|destine)|pensez a l'environnement|please consider the environment|diese (?:e-?mail|nachricht) (?:enthalt|ist)"
    r"|este (?:mensaje|correo)(?: \w+){0,6} (?:es|contiene|puede|va dirigido))"
)


@dataclass(frozen=True)
class Written:
    """``own`` is theirs with closing and signature, ``words`` without; ``quotes`` whether anything was cut away."""

    own: str
    words: str
    quotes: bool


def written(text: str, name: str = "") -> Written:
    """What they wrote, at most 20,000 characters each; a last line that is only ``name`` goes with the signature."""
    lines = [line.replace("\u00a0", " ").rstrip()[:2_000] for line in text.split("\n", _LINES_AT_MOST)[:_LINES_AT_MOST]]
    kept, quotes = _without_quotes(lines)
    own = _joined(kept)
    words = _without_name(_without_signature(kept), name)
    return Written(own[:KEPT], _joined(words)[:KEPT], quotes)


def _joined(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_quotes(lines: list[str]) -> tuple[list[str], bool]:
    """Drops quoted lines wherever they stand, and everything after a line that begins a quote without marks."""
    kept: list[str] = []
    place, quotes = 0, False
    while place < len(lines):
        line = lines[place]
        if _begins_copy(lines, place):
            return _without_rule(kept), True
        taken = _attribution(lines, place)
        if taken:
            quotes = True
            place += taken
            if not _marks_follow(lines, place):
                break
        elif line.lstrip().startswith(">"):
            quotes = True
            place += 1
        else:
            kept.append(line)
            place += 1
    return kept, quotes


def _without_rule(kept: list[str]) -> list[str]:
    """Outlook draws a line above what it copies."""
    while kept and (not kept[-1].strip() or _RULE.fullmatch(kept[-1])):
        kept = kept[:-1]
    return kept


def _begins_copy(lines: list[str], place: int) -> bool:
    """A line such as "-----Original Message-----", or the From and Sent lines of a copied head."""
    line = lines[place]
    if len(line) > 200:
        return False
    plain = folded(line)
    if _BREAK.fullmatch(plain):
        return True
    field = _FIELD.match(plain)
    return bool(field and field["field"] in _FROM and field["value"] and _sent_follows(lines, place))


def _sent_follows(lines: list[str], place: int) -> bool:
    for line in lines[place + 1 : place + 6]:
        field = _FIELD.match(folded(line[:200]))
        if field and field["field"].startswith((*_SENT, "subject", "objet", "betreff", "asunto", "to", "para", "an")):
            return True
    return False


def _attribution(lines: list[str], place: int) -> int:
    """How many lines the "On … wrote:" takes that begins here; 0 for none."""
    if not lines[place].strip("> ") or len(lines[place]) > 300:
        return 0
    for count in (1, 2, 3):
        rows = [row.strip("> ") for row in lines[place : place + count]]
        if len(rows) < count or not rows[-1]:
            return 0
        if count == 1 and rows[0].endswith(":") and "@" in rows[0] and _marks_follow(lines, place + 1):
            return 1  # in whatever language
        if _says_who_wrote(rows):
            return 0 if count > 1 and any(_says_who_wrote(rows[later:]) for later in range(1, count)) else count
    return 0


def _says_who_wrote(rows: list[str]) -> bool:
    plain = folded(" ".join(rows))[:420]
    return rows[-1].endswith(":") and bool(_WROTE_HINT.search(plain) and _WROTE.fullmatch(plain))


def _marks_follow(lines: list[str], place: int) -> bool:
    """Whether the quote that begins here is marked line by line (else it goes to the end)."""
    ahead = [line for line in lines[place : place + 6] if line.strip()]
    return bool(ahead) and ahead[0].lstrip().startswith(">")


def _without_signature(lines: list[str]) -> list[str]:
    """Up to the signature mark, the closing words, the telephone's line or the lawyers' notice; never to nothing."""
    said = False
    for place, line in enumerate(lines):
        plain = folded(line.strip()[:300])
        if said and _ends_here(line, plain, lines[place + 1 :]):
            return lines[:place]
        if plain and _DEVICE.fullmatch(plain):
            return lines[:place]
        said = said or bool(plain)
    return lines


def _without_name(lines: list[str], name: str) -> list[str]:
    """Drops a last line such as "Helen" or "H. Marsh", when something stands before it."""
    said = [place for place, line in enumerate(lines) if line.strip()]
    parts = set(folded(name).split())
    initials = {f"{part[0]}." for part in parts} | {part[0] for part in parts}
    if len(said) < 2 or not parts:
        return lines
    words = folded(lines[said[-1]]).strip(" ,-").split()
    return lines[: said[-1]] if words and all(word in parts | initials for word in words) else lines


def _ends_here(line: str, plain: str, after: list[str]) -> bool:
    if line in {"--", "-- ", "—", "__"} or _RULE.fullmatch(line) or _NOTICE.match(plain):
        return True
    return bool(_CLOSING.fullmatch(plain)) and sum(1 for row in after if row.strip()) <= 14
