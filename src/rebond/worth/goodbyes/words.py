"""A conversation in words: what it took, how long in vain, the chance, what an hour of going on is worth."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.base.dates import show_day
from rebond.base.play import Evidence
from rebond.deals.models import Deal
from rebond.findings import words
from rebond.findings.worth import amount, span
from rebond.numbers.pricing import Prices
from rebond.worth.queries.conversations import END, SEEN, Conversations, Going
from rebond.worth.queries.spent import Talk


def with_whom(deal: Deal) -> str:
    """The company, else the deal."""
    return deal.company.name if deal.company else deal.name


def hours(minutes: float) -> str:
    """Time as one says it: minutes below an hour, else hours to the half.

    >>> hours(330), hours(61), hours(45), hours(0)
    ('5.5 h', '1 h', '45 min', '0 min')
    """
    if minutes < 60:
        return _("%(count)s min") % {"count": words.count(minutes)}
    return _("%(count)s h") % {"count": words.decimal(round(minutes / 30) / 2)}


def chance(going: Going) -> str:
    """ "1 in 100"; a chance that small is rounded, and none is said to be none."""
    if going.chance.value < 0.005:
        return _("under 1 in 100")
    return words.in_hundred(going.chance.value)


def per_hour(going: Going, currency: str) -> str:
    """What an hour of going on brings, its likely range."""
    low, high = going.per_hour
    return span(low, high, currency)


def cases(going: Going) -> str:
    """k of n: how such conversations ended, in the team and of one's own."""
    rate = going.chance
    k, n = max(rate.own, rate.team, key=lambda one: one[1])
    if n < SEEN:
        missing = SEEN - n
        return ngettext(
            "Too few like it to advise anything: %(count)s more.",
            "Too few like it to advise anything: %(count)s more.", missing,
        ) % {"count": words.count(missing)}  # fmt: skip
    return ngettext(
        "Of %(n)s conversation that went on from here, %(k)s was won in the end.",
        "Of %(n)s conversations that went on from here, %(k)s were won in the end.", n,
    ) % {"n": words.count(n), "k": words.count(k)}  # fmt: skip


def unanswered(count: int) -> str:
    """ "seven follow-ups unanswered", in figures."""
    return ngettext("%(count)s follow-up unanswered", "%(count)s follow-ups unanswered", count) % {
        "count": words.count(count)
    }


def in_weeks(weeks: int) -> str:
    """How long that took."""
    return ngettext("in %(count)s week", "in %(count)s weeks", weeks) % {"count": words.count(weeks)}


def evidence(going: Going, talk: Talk, now: datetime) -> list[Evidence]:
    """Why it should end, from the records."""
    ours = ngettext("%(count)s contact of ours in all", "%(count)s contacts of ours in all", going.made)
    found = [
        Evidence(unanswered(going.silent), in_weeks(talk.weeks(now))),
        Evidence(_last_answer(talk), show_day(talk.answered_at) if talk.answered_at else ""),
        Evidence(ours % {"count": words.count(going.made)}, _spent(talk)),
        Evidence(cases(going), ""),
    ]
    if talk.last_at:
        weeks = max((now - talk.last_at).days // 7, 1)
        quiet = ngettext("quiet for %(weeks)d week", "quiet for %(weeks)d weeks", weeks) % {"weeks": weeks}
        found.insert(2, Evidence(quiet, _("our last: %(day)s") % {"day": show_day(talk.last_at)}))
    return found


def bare_evidence(talk: Talk, now: datetime) -> list[Evidence]:
    """The same where nothing is learnt yet about such conversations."""
    found = [Evidence(_last_answer(talk), show_day(talk.answered_at) if talk.answered_at else "")]
    if talk.in_vain_since:
        weeks = talk.weeks(now)
        vain = ngettext("no answer for %(count)s week", "no answer for %(count)s weeks", weeks)
        found.append(Evidence(vain % {"count": words.count(weeks)}, show_day(talk.in_vain_since)))
    return [*found, Evidence(_spent(talk), _("recorded, or as assumed"))]


def _spent(talk: Talk) -> str:
    return _("%(hours)s of work so far") % {"hours": hours(talk.minutes)}


def _last_answer(talk: Talk) -> str:
    return _("their last answer") if talk.answered_at else _("no answer of theirs is known")


def advice(going: Going, prices: Prices) -> str:
    """What the list says of it, in one sentence."""
    words_of = {"range": per_hour(going, prices.currency), "cost": amount(prices.minute * 60, prices.currency)}
    if not prices.minute:
        return _("Nobody said yet what an hour costs, so the list has no advice.")
    if going.verdict == END:
        return (
            _("An hour of going on brings %(range)s and costs %(cost)s: even at its best it does not pay.") % words_of
        )
    return _("An hour of going on brings %(range)s and costs %(cost)s: this one is your call.") % words_of


def who_was_right(found: Conversations) -> str:
    """ "You kept 8; 3 moved", as counts; empty while nobody kept any."""
    if not found.kept:
        return ""
    settled = found.moved + found.nothing
    said = {
        "kept": words.count(found.kept), "moved": words.count(found.moved), "settled": words.count(settled),
        "nothing": words.count(found.nothing),
    }  # fmt: skip
    if not settled:
        return ngettext(
            "%(kept)s was kept against this advice; it is too early to say who was right.",
            "%(kept)s were kept against this advice; it is too early to say who was right.", found.kept,
        ) % said  # fmt: skip
    return ngettext(
        "%(kept)s was kept against this advice; of %(settled)s that is settled, %(moved)s moved.",
        "%(kept)s were kept against this advice; of %(settled)s that are settled, %(moved)s moved.", found.kept,
    ) % said  # fmt: skip
