"""The facts of one note, each in the person's language; a fact nobody knows is simply absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.utils import translation

from rebond.base.blocks import first_name
from rebond.base.dates import show_day
from rebond.nurture.drafts import english, french
from rebond.nurture.library import reasons
from rebond.nurture.library.files import public_link
from rebond.nurture.models import Enrolment, NamedDate, Piece

NOBODY = ("", "none")


@dataclass(frozen=True)
class Around:
    """What belongs to an enrolment's note beside the enrolment itself.

    Attributes:
        date: the nearest date they gave.
        before: who was in charge before them.
        names: the list of reasons.
    """

    date: NamedDate | None
    before: str
    names: reasons.Names


def facts_of(enrolment: Enrolment, around: Around, piece: Piece | None, language: str, now: datetime) -> dict[str, str]:
    """Every fact that is known, by its placeholder. Person, company, owner, deal and close event are loaded."""
    words = french.PHRASES if language == "fr" else english.PHRASES
    today = now.astimezone(ZoneInfo(enrolment.zone)).date()
    with translation.override(language):
        found = (
            _of_person(enrolment, words)
            | _of_us(enrolment)
            | _of_the_no(enrolment, around, words, language, today)
            | _of_date(around.date, words, language, today)
            | of_piece(piece, words)
        )
    return {name: fact for name, fact in found.items() if fact}


def _of_person(enrolment: Enrolment, words: Mapping[str, str]) -> dict[str, str]:
    person = enrolment.person
    first = first_name(person.name)
    hello = words["hello_name"] % first if first else words["hello"]
    company = person.company.name if person.company else ""
    return {"hello": hello, "first_name": first, "name": person.name, "company": company}


def _of_us(enrolment: Enrolment) -> dict[str, str]:
    owner, ours = enrolment.owner, settings.CONFIG.legal_name
    name = owner.name if owner else ours
    return {"seller": name, "seller_first": owner.first_name if owner else ours, "ours": ours}


def _of_the_no(
    enrolment: Enrolment, around: Around, words: Mapping[str, str], language: str, today: date
) -> dict[str, str]:
    event = enrolment.close_event
    closed = event.closed_at if event else None
    rival = event.competitor if event and event.competitor not in NOBODY else ""
    reason = "" if enrolment.reason in reasons.NO_ANSWER else around.names.buyer_label(enrolment.reason)
    return {
        "deal": enrolment.deal.name if enrolment.deal else "",
        "since": words["in_month"] % _month(closed.date(), language, today) if closed else "",
        "reason": reason, "competitor": rival, "waits_for": enrolment.waits_for, "before_you": around.before,
    }  # fmt: skip


def _of_date(found: NamedDate | None, words: Mapping[str, str], language: str, today: date) -> dict[str, str]:
    if found is None:
        return {}
    when = (
        words["in_month"] % _month(found.on, language, today) if found.whole_month
        else words["on_day"] % show_day(found.on)
    )  # fmt: skip
    return {"date": when, "date_words": words.get(found.kind, ""), "said": found.words}


def of_piece(piece: Piece | None, words: Mapping[str, str]) -> dict[str, str]:
    """Title, sentence and place of a piece."""
    if piece is None:
        return {}
    link = public_link(piece) or (words["below"] if piece.text else "")
    return {"piece_title": piece.title, "piece_summary": piece.summary, "piece_link": link}


def _month(day: date, language: str, today: date) -> str:
    """ "March", with the year when it is not this one's."""
    return str(format_date(day, "LLLL" if day.year == today.year else "MMMM y", locale=_locale(language)))


def _locale(language: str) -> str:
    return "fr" if language == "fr" else "en_GB"
