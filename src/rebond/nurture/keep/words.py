"""How screens say what we know of a person we stay in touch with, in whole sentences."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from textwrap import shorten
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from rebond.base.dates import show_day, show_weekday
from rebond.base.play import Evidence
from rebond.mail.models import Basis, Ground
from rebond.nurture.models import Signal, SignalKind

#: How much of what they wrote a line holds.
LINE = 110
WEEK = 6

_VERBS: dict[str, str | Promise] = {
    SignalKind.REPLY: gettext_lazy("Answer them"),
    SignalKind.WROTE: gettext_lazy("Answer them"),
    SignalKind.DATE: gettext_lazy("Ask how things stand"),
    SignalKind.SURVEY: gettext_lazy("Get in touch"),
    SignalKind.STAGE: gettext_lazy("Ask how things stand"),
    SignalKind.SUCCESSOR: gettext_lazy("Introduce yourself"),
    SignalKind.CALLED: gettext_lazy("Go on from their call"),
}
_SOURCES: dict[str, str | Promise] = {
    SignalKind.REPLY: pgettext_lazy("source", "reply"),
    SignalKind.WROTE: pgettext_lazy("source", "their mail"),
    SignalKind.DATE: pgettext_lazy("source", "date they gave"),
    SignalKind.SURVEY: pgettext_lazy("source", "survey answer"),
    SignalKind.STAGE: pgettext_lazy("source", "CRM"),
    SignalKind.SUCCESSOR: pgettext_lazy("source", "automatic answer"),
    SignalKind.CALLED: pgettext_lazy("source", "their call"),
}
#: What a line says when the person's own words follow.
_QUOTED: dict[str, str | Promise] = {
    SignalKind.REPLY: gettext_lazy("they replied: “%(words)s”"),
    SignalKind.WROTE: gettext_lazy("they wrote by themselves: “%(words)s”"),
    SignalKind.DATE: gettext_lazy("the date they gave has come: “%(words)s”"),
    SignalKind.SURVEY: gettext_lazy("we may contact them: “%(words)s”"),
    SignalKind.CALLED: gettext_lazy("they called: “%(words)s”"),
}
#: What is told of them, and is nobody's quote.
_TOLD: dict[str, str | Promise] = {
    SignalKind.STAGE: "%(words)s",
    SignalKind.SUCCESSOR: gettext_lazy("somebody new is in charge: %(words)s"),
}
_PLAIN: dict[str, str | Promise] = {
    SignalKind.SURVEY: gettext_lazy("they said that we may contact them"),
}


def signal_verb(kind: str) -> str:
    """What to do about a sign."""
    return str(_VERBS.get(kind, SignalKind(kind).label))


def bare(words: str) -> str:
    """What they wrote without the quotation marks it may be kept in; each sentence here brings its own.

    >>> bare("“Call me.”"), bare("Maintenance stands at “Proposal”")
    ('Call me.', 'Maintenance stands at “Proposal”')
    """
    inner = words[1:-1]
    return inner if words[:1] == "“" and words[-1:] == "”" and "“" not in inner else words


def signal_why(signal: Signal) -> str:
    """Why now, with what they wrote or what is told of them."""
    words = shorten(bare(signal.words), LINE, placeholder=" …")
    said = (_QUOTED | _TOLD).get(signal.kind) if words else None
    return str(said) % {"words": words} if said else str(_PLAIN.get(signal.kind, SignalKind(signal.kind).label))


def signal_source(signal: Signal) -> str:
    """Where it comes from, and when: "reply, 9 June"."""
    words = {"source": _SOURCES.get(signal.kind, signal.kind), "day": show_day(signal.at)}
    return _("%(source)s, %(day)s") % words


def signal_evidence(signal: Signal) -> Evidence:
    """The sign itself as they put it, with its source and day."""
    words = bare(signal.words)
    quoted = signal.kind in _QUOTED and words
    text = _("“%(words)s”") % {"words": words} if quoted else words or SignalKind(signal.kind).label
    return Evidence(text, signal_source(signal))


def may_write_because(basis: Basis) -> str:
    """Why we may write, beside the name: "agreed to hear from us, 3 June"; the law's term stands on their page."""
    named: dict[str, str | Promise] = {
        Ground.CONSENT: _("agreed to hear from us, %(day)s"),
        Ground.LEGITIMATE_INTEREST: _("may write: in touch with us on %(day)s"),
        Ground.CASL_ENQUIRY: _("enquired on %(day)s (Canada)"),
        Ground.CASL_PURCHASE: _("bought on %(day)s (Canada)"),
        Ground.CUSTOMER: _("customer, %(day)s"),
    }
    return str(named[basis.ground]) % {"day": show_day(basis.obtained_at)}


def leaves_at(until: datetime, zone: str, own_zone: str, now: datetime) -> str:
    """When a note leaves, on their clock: "Thursday at 08:30", "today at 14:00", "on 9 December at 08:30"."""
    there, here = until.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    days = (there.date() - here.date()).days
    words = {"time": f"{there:%H:%M}", "day": _day(there.date(), near=days <= WEEK)}
    if days == 0:
        return _today(words, zone == own_zone)
    if zone == own_zone:
        return _("%(day)s at %(time)s") % words
    return _("%(day)s at %(time)s, their time") % words


def _today(words: dict[str, str], same_clock: bool) -> str:
    return (_("today at %(time)s") if same_clock else _("today at %(time)s, their time")) % words


def _day(day: date, *, near: bool) -> str:
    """ "Thursday" within a week, else "Thursday 9 December"; French days begin small within a sentence."""
    shown = show_weekday(day)
    shown = shown.split(" ")[0] if near else shown
    return shown[0].lower() + shown[1:] if (get_language() or "en").startswith("fr") else shown


#: Days that the answer "not yet" offers.
NOT_YET = {"tomorrow": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30),
           "quarter": timedelta(days=91), "half": timedelta(days=182)}  # fmt: skip
