"""Somebody has left the company: who says so, and who took over."""

from __future__ import annotations

import re

from rebond.mail.reading import phrases
from rebond.mail.reading.folding import folded, sentences

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}")
_PART = r"[A-ZÀ-ÖØ-Þ][\w’'À-ÿ-]{1,30}"
_NAME = rf"{_PART}(?: (?:(?:de|du|la|le|van|von|der|den|del|los|las|y|da|zu) ){{0,3}}{_PART}){{1,3}}"
_NAMES = re.compile(_NAME)
_TITLES = re.compile(
    r"\b(?:Mrs?|Ms|Miss|Mme|Mlle|Madame|Monsieur|M|Frau|Herrn?|Sra?|Señora?|Doña|Don|Dr|Prof|Dipl\.-Ing|Kollegin"
    r"|Kollege[n]?)\.? (?=[A-ZÀ-Þ])"
)
_NOT_NAMES = re.compile(
    r"^(?:Please|Kindly|Contact|For|From|The|She|He|Her|His|My|Our|Your|In|As|Merci|Veuillez|Pour|Vous|Son|Sa|Je|Bitte"
    r"|Wenden|Ihre?|Meine?|Unsere?|Neue[rn]?|Ansprechpartner(?:in)?|Nachfolger(?:in)?|Para|Por|Puede|Su|Mi"
    r"|Nuestr[oa]|Contacte|Con|Dear|Hello|Bonjour|Hola|Guten|Tag|Hallo)\b ?"
)
#: The words right before a name that make it the successor's.
_LEADS = re.compile(
    r"(?:contact|successor(?: is|,)?|over by|by|with|to|reach|e-?mail|colleague,?|over to|remplacee? par"
    r"|contacter|contactez"
    r"|joindre|successeur(?: est|,)?|succede|adresser a|aupres de|a|est|an|bei|ist|ubernimmt|kontaktieren|sie"
    r"|mit|von|durch|con|a|es|por|contactar a|contacte a|lleva|is|collegue|kollegin|kollege)\s*:?\s*$"
)


def told(text: str, *, automatic: bool, firm: str) -> str:
    """The rule by which a text says that its sender (or who we wrote to) has left; empty when it does not.

    A person who tells of a colleague's leaving as a reason ("our CTO has left, so we paused") is not meant, and of a
    person's mail only the plainest words count, or those that name the ``firm`` ("Helen has left Valmy").
    """
    for sentence in sentences(folded(text[:6_000]))[:60]:
        language = phrases.search("left", sentence)
        loose = phrases.search("left_automatic", sentence)
        if not language and loose and (automatic or (len(firm) > 2 and firm in sentence)):
            language = loose
        if language and (automatic or not phrases.search("left_other", sentence)):
            return f"left_words:{language}"
    return ""


def successor(text: str, *, from_address: str, from_name: str) -> tuple[str, str]:
    """Name and address (lower case) of who took over; empty for what is not said.

    Args:
        from_address: never taken for the successor's, unless the writer says that they took over themselves.
    """
    pieces = sentences(text[:6_000])[:60]
    plain = [folded(piece) for piece in pieces]
    since = next(
        (
            place
            for place, piece in enumerate(plain)
            if phrases.search("left", piece) or phrases.search("left_automatic", piece)
        ),
        None,
    )
    if since is None:
        return "", ""
    if any(phrases.search("took_over_self", piece) for piece in plain):
        return from_name, from_address
    for want_address in (True, False):
        for piece, low in zip(pieces[since:], plain[since:], strict=True):
            if not phrases.search("successor", low):
                continue
            name, address = _named(piece, from_address)
            name = name or _owner(address, text)
            if address or (name and not want_address):
                return name, address
    return "", ""


def _named(piece: str, from_address: str) -> tuple[str, str]:
    found = [match for match in _ADDRESS.finditer(piece) if match[0].lower() != from_address]
    if not found:
        return _name_in(_TITLES.sub("", piece)), ""
    first = found[0]
    before, after = piece[: first.start()], piece[first.end() : first.end() + 80]
    name = _last_name(_TITLES.sub("", before)[-110:]) or _bracketed(_TITLES.sub("", after))
    return name, first[0].lower().rstrip(".")


def _owner(address: str, text: str) -> str:
    """The name in the text that the address is made of ("priya.nair@…": "Priya Nair")."""
    local = address.partition("@")[0]
    for match in _NAMES.finditer(_TITLES.sub("", text[:6_000])) if local else ():
        name = _trimmed(match[0])
        parts = [part for part in folded(name).split() if len(part) > 2]
        if parts and parts[-1] in local:
            return name
    return ""


def _last_name(words: str) -> str:
    names = [_trimmed(match[0]) for match in _NAMES.finditer(words)]
    return next((name for name in reversed(names) if name), "")


def _bracketed(after: str) -> str:
    match = re.match(rf"\W{{0,3}}\(({_NAME})", after)
    return match[1] if match else ""


def _name_in(piece: str) -> str:
    """A name without an address: only right behind a word such as "contact" or "successor is"."""
    for match in _NAMES.finditer(piece):
        start = match.start() + len(match[0]) - len(_trimmed(match[0]))
        if _trimmed(match[0]) and _LEADS.search(folded(piece[:start])):
            return _trimmed(match[0])
    return ""


def _trimmed(name: str) -> str:
    """Without the word that began the sentence; empty when only one word is left."""
    while (match := _NOT_NAMES.match(name)) and match[0]:
        name = name[match.end() :]
    return name if " " in name else ""
