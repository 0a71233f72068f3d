"""Out of office: whether somebody is away, and the first day they are there again."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rebond.mail.reading import dates, phrases
from rebond.mail.reading.folding import folded, sentences

#: Further ahead than this nobody's return is believed.
_FURTHEST = timedelta(days=550)

#: Before a date: the day itself is the first one back.
_BACK = re.compile(
    r"\b(?:back|returns?|returning|resum\w+|rejoin\w*|available again|reachable again|available|restart|reopen\w*"
    r"|(?:re)?open again|respond\w*|repl(?:y|ies)|answer\w*|get back"
    r"|de retour|mon retour|retour|reviens|reviendrai|revient|rentre|rentrerai|reprends?|reprendrai|reprise|rouvr\w+"
    r"|repondrai|joignable|disponible|des mon retour"
    r"|wieder|zuruck|ruckkehr"
    r"|vuelv\w+|volv\w+|vuelta|regreso|regresare|reincorpor\w+|incorpor\w+|retomo|reabr\w+|respondere|contestare"
    r"|retom\w+|reanud\w+|again|relirai|relis|consulterai|traiterai|lirai|operativ[oa])\b"
)
#: After a date: it was the day back ("ab dem 15. Juni bin ich wieder erreichbar").
_BACK_AFTER = re.compile(
    r"(?:(?! und | and | et | y |[.;]).){0,60}?\b(?:wieder|zuruck|i(?:'ll| will| am|'m) (?:be )?(?:back"
    r"|available|return)"
    r"|je serai (?:de retour|de nouveau|a nouveau)|je (?:reviens|reprends|reprendrai)|estare (?:de vuelta"
    r"|de nuevo|disponible)"
    r"|vuelvo|volvere|estoy de vuelta|geht es weiter)\b"
)
#: Right before a date: the last day away.
_UNTIL = re.compile(
    r"\b(?:until|till|til|through|thru|up to|to|jusqu'?au?|jusque|au|bis(?: einschliesslich| einschl\.?| inkl\.?| zum"
    r"| einschliesslich zum| inklusive)?|einschliesslich|hasta(?: el)?(?: dia)?|al|ends?(?: on)?|inclus(?:ive)?)"
    r"(?: and including| including| y incluido)?(?: au| le| the| el| den| dem| zum| dia| and)?(?: \w{3,10},?)?"
    r"(?: den| dem| the| le)?\s*$"
)
_AFTER = re.compile(
    r"\b(?:after|apres(?: le)?|nach(?: dem)?|despues del?|tras el|a partir de despues)(?: \w{5,10},?)? ?(?:the "
    r"|den |dem )?$"
)
_RANGE = re.compile(r"\b(?:and|et|und|y|-|&)(?: the| le| el| dem| den)?(?: \w{4,10},?)?\s*$|(?:^|\s)[-/]\s*$")
_OPENS = re.compile(r"\b(?:between|entre(?: le| el)?|zwischen(?: dem)?|from|du|vom|von|del|desde(?: el)?)\b")
_STARTS = re.compile(
    r"\b(?:from|as of|as from|starting(?: on)?|since|beginning|effective|du|depuis|des|a partir du|a compter du"
    r"|vom|von|ab|seit|desde|del"
    r"|a partir del?)(?: \w{1,3})?(?: \w{4,10},?)?(?: den| dem| the| le| el)?\s*$"
)
_INCLUDED = re.compile(r"\W{0,3}(?:both |ambos )?(?:inclus|inkl|einschl|included)")
_AWAY = re.compile(
    r"\b(?:out|away|leave|vacation|holiday|closed|absent\w*|absence|conges?|vacances|ferme\w*|indisponible|deplacement"
    r"|abwesen\w+|urlaub|nicht|geschlossen|ferien|dienstreise|ausser|frei|fuera|ausen\w+|vacaciones|cerrad\w+"
    r"|viaje|baja|off|unavailable|not|feiertag|festivo|ferie|rtt|holiday|seminaire|messe|feria|conference)\b"
)
_NOT_UNTIL = re.compile(
    r"\b(?:not|won't|n't|erst|fruhestens|earliest|no (?:vuelvo|estare|volvere|regreso|me reincorporo)"
    r"|pas (?:de retour|disponible|joignable|au bureau) avant|avant)\b"
)


def told(subject: str, text: str, *, automatic: bool) -> str:
    """The rule by which a mail says that somebody is away; empty when it does not.

    Args:
        text: what they wrote, without quotes.
        automatic: a header already says that a program wrote it; one sign is then enough.
    """
    heading, body = folded(subject).strip(), " ".join(folded(text[:6_000]).split())
    titled = phrases.search("absence_subject", heading)
    if titled and (automatic or not phrases.search("by_hand", body)):
        return f"subject_words:{titled}"
    announced = automatic or bool(phrases.search("automatic_subject", heading))
    if announced:
        found = phrases.search("absence", body) or phrases.search("absence", heading)
        return f"body_words:{found}" if found else ""
    found = phrases.search("absence_now", body)
    if found and phrases.search("absence_sign", body) and not phrases.search("by_hand", body):
        return f"body_words:{found}"
    return ""


def automatic_subject(subject: str) -> bool:
    """Whether the subject says "Automatic reply" in one of the languages."""
    return bool(phrases.search("automatic_subject", folded(subject).strip()))


def return_on(subject: str, text: str, language: str, base: date) -> date | None:
    """The first day they are there again, or ``None`` when they named none.

    "Back on X" is X; "until X" and the end of a range are the next working day after (Monday to Friday; holidays are
    not known here). A day without its year is the next such day, unless it passed within ``dates.STALE`` days.
    """
    pieces = [piece for piece in sentences(folded(text[:6_000])) if piece] + [folded(subject)]
    backs: list[date] = []
    lasts: list[date] = []
    latest = base
    for piece in pieces[:60]:
        text = dates.prepared(piece)
        found = [one for one in dates.find(text, language, base, latest) if abs(one.on - base) < _FURTHEST]
        latest = max([latest, *(one.on for one in found)])
        _sort(text, found, backs, lasts)
    return next(iter(backs), None) or max(lasts, default=None)


def _sort(text: str, found: list[dates.Found], backs: list[date], lasts: list[date]) -> None:
    """Puts the dates of one sentence to the days back or, as the working day after, to the last days away."""
    for place, one in enumerate(found):
        previous = found[place - 1] if place else None
        left = text[previous.end if previous else 0 : one.start]
        right = text[one.end : found[place + 1].start if place + 1 < len(found) else len(text)]
        meaning = _meaning(one, left, right, text[: one.start], bool(previous))
        if meaning == "back":
            backs.append(one.on)
        elif meaning == "last":
            lasts.append(dates.working_day_after(one.on + timedelta(days=4 if one.week else 0)))


def _meaning(one: dates.Found, left: str, right: str, before: str, follows: bool) -> str:
    """``back``, ``last`` (day away) or empty, by the words around one date."""
    near = left[-90:]
    backward = bool(_BACK.search(near))
    in_range = one.closes_range or (follows and len(left) < 24 and _RANGE.search(near) and _OPENS.search(before))
    if in_range or _AFTER.search(near) or _INCLUDED.match(right):
        return "last"
    if _UNTIL.search(near):
        return "back" if backward and _NOT_UNTIL.search(near) else "last"
    if (backward and not _ends_away(near)) or _BACK_AFTER.match(right):
        return "" if one.today else "back"
    opens = _STARTS.search(near) or one.month_only
    return "last" if not opens and (_AWAY.search(before) or _AWAY.search(right)) else ""


def _ends_away(near: str) -> bool:
    """Whether, after the last word of coming back, the words speak of being away again."""
    last = [match.end() for match in _BACK.finditer(near)][-1]
    return bool(re.search(r"\b(?:away|absent|abwesend|urlaub|vacaciones|conges|leave)\b", near[last:]))
