"""The block of conversations to end: what each took, how likely it still is, what its next hour is worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import words as said
from rebond.findings.worth import span
from rebond.worth.goodbyes.words import who_was_right
from rebond.worth.queries.conversations import END, Conversation, Conversations
from rebond.worth.time import words
from rebond.worth.view import View


def shown(found: Conversations, view: View, now: datetime) -> dict[str, Any]:
    """What the template shows."""
    return {
        "found": found, "headline": _headline(found), "why_none": _why_none(found),
        "rows": [_row(one, now) for one in found.rows], "more": max(found.ends - _ends(found), 0),
        "names": not view.is_one_person, "right": who_was_right(found),
    }  # fmt: skip


def _ends(found: Conversations) -> int:
    return sum(one.going.verdict == END for one in found.rows)


def _headline(found: Conversations) -> str:
    if found.why_none == "soon":
        return _("Conversations to end")
    if not found.ends:
        return _("No conversation to end")
    figures = {"n": said.count(found.ends), "hours": words.hours(found.lately / 60)}
    if found.lately < 6:
        return ngettext("%(n)s conversation to end", "%(n)s conversations to end", found.ends) % figures
    return ngettext(
        "%(n)s conversation to end; it took %(hours)s this quarter",
        "%(n)s conversations to end; they took %(hours)s this quarter", found.ends,
    ) % figures  # fmt: skip


def _why_none(found: Conversations) -> str:
    return {
        "cost": _("What an hour costs is not set yet, so nothing can be advised."),
        "sale": _("What a sale earns is not known yet, so nothing can be advised."),
        "soon": _("Prices are being made of your records. Look again in a minute."),
        "cases": _("Too few cases of silence so far to advise anything."),
    }.get(found.why_none, "")


def _row(one: Conversation, now: datetime) -> dict[str, Any]:
    deal, going = one.deal, one.going
    low, high = going.per_hour
    return {
        "name": deal.company.name if deal.company else deal.name, "deal": reverse("loop:deal", args=[deal.pk]),
        "owner": deal.owner.name if deal.owner else "", "spent": _spent(one.talk.minutes),
        "silent": said.count(going.silent), "weeks": _weeks(one, now), "chance": said.in_hundred(going.chance.value),
        "hour": _range(max(low, 0), max(high, 0), one.currency), "ends": going.verdict == END,
        "goodbye": reverse("loop:goodbye", args=[deal.pk]),
    }  # fmt: skip


def _spent(minutes: float) -> str:
    return _("%(n)s h") % {"n": said.decimal(minutes / 60)}


def _weeks(one: Conversation, now: datetime) -> str:
    weeks = one.talk.weeks(now)
    return ngettext("in %(n)s week", "in %(n)s weeks", weeks) % {"n": said.count(weeks)} if weeks else ""


def _range(low: float, high: float, currency: str) -> str:
    """ "€4–22", in the order of the reader's language."""
    return span(low, high, currency)
