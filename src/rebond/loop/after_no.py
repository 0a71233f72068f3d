"""After every no (M21): what the contacts were worth, and how much nearer the next yes is.

By the method: a contact is worth the commission of all sales over all contacts, those with a no among them, so each
contact of this deal earned its share of the sales to come. How many more it takes is an average, too: a no brings the
next yes nearer by as many contacts as it took, but no deal knows of it. The figures are those of Value of time
(``Prices.per_touch``, ``Prices.per_sale``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.accounts.models import User
from rebond.deals.models import NOES, Channel, Deal, Direction, Touch
from rebond.findings import words
from rebond.findings.worth import amount, span
from rebond.loop.prices import prices_for
from rebond.numbers.pricing import Rate

#: Kinds of contact that have a figure of their own.
KINDS = (Channel.CALL.value, Channel.EMAIL.value, Channel.MEETING.value)


@dataclass(frozen=True)
class AfterNo:
    """What a contact of one person is worth, and how many of them a sale takes.

    Attributes:
        by_kind: by ``call``, ``email``, ``meeting`` and ``all``; empty while there are too few sales.
        per_sale: contacts per sale.
    """

    currency: str
    by_kind: dict[str, Rate]
    per_sale: Rate | None

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return bool(self.by_kind) and self.per_sale is not None

    def sentence(self, kind: str, contacts: int) -> str:
        """ "This call was worth about €19 ...": for the contact that ended it, and all ``contacts`` of the deal.

        Args:
            kind: the last contact's channel; one without a figure of its own is counted among all.
        """
        rate = self.by_kind.get(kind if kind in KINDS else "all") or self.by_kind.get("all")
        if rate is None or self.per_sale is None:
            return _(
                "After five sales we say here what each contact was worth, and how many more a yes takes on average."
            )
        ranged = rate.hi80 > rate.lo80 and self.per_sale.hi80 > self.per_sale.lo80
        figures = {
            "worth": amount(rate.value, self.currency), "range": span(rate.lo80, rate.hi80, self.currency),
            "more": words.count(self.per_sale.value), "low": words.count(self.per_sale.lo80),
            "high": words.count(self.per_sale.hi80), "contacts": words.count(contacts),
        }  # fmt: skip
        return (_one if ranged else _without_range)(kind, contacts) % figures


def _one(kind: str, contacts: int) -> str:
    """Whole messages: by what the last contact was; a no without a contact has none."""
    if not contacts:
        return _("A no without a contact. On average %(more)s contacts to a yes (%(low)s–%(high)s).")
    return {
        "call": _("This call was worth about %(worth)s (likely %(range)s); on average %(more)s more contacts to a "
                  "yes (%(low)s–%(high)s)."),
        "email": _("This email was worth about %(worth)s (likely %(range)s); on average %(more)s more contacts to a "
                   "yes (%(low)s–%(high)s)."),
        "meeting": _("This meeting was worth about %(worth)s (likely %(range)s); on average %(more)s more contacts "
                     "to a yes (%(low)s–%(high)s)."),
    }.get(kind) or _("Each contact was worth about %(worth)s (likely %(range)s); on average %(more)s more to a yes "
                     "(%(low)s–%(high)s).")  # fmt: skip


def _without_range(kind: str, contacts: int) -> str:
    """The same below ten sales, or where one sale brings most of the money: no range is honest then."""
    if not contacts:
        return _("A no without a contact. On average %(more)s contacts to a yes; too few sales for a range.")
    return {
        "call": _("This call was worth about %(worth)s; on average %(more)s more contacts to a yes. Too few sales for "
                  "a range."),
        "email": _("This email was worth about %(worth)s; on average %(more)s more contacts to a yes. Too few sales "
                   "for a range."),
        "meeting": _("This meeting was worth about %(worth)s; on average %(more)s more contacts to a yes. Too few "
                     "sales for a range."),
    }.get(kind) or _("Each contact was worth about %(worth)s; on average %(more)s more to a yes. Too few sales for a "
                     "range.")  # fmt: skip


def why_not_wasted(contacts: int) -> str:
    """Why that is true of a no as well."""
    return ngettext(
        "%(count)s contact of yours went into this no. It counts: a yes is paid for by all of them together.",
        "%(count)s contacts of yours went into this no. They count: a yes is paid for by all of them together.",
        contacts,
    ) % {"count": words.count(contacts)}  # fmt: skip


def after_no(user: User, *, now: datetime) -> AfterNo:
    """The figures of ``user``: own ones, else the team's, as Value of time has them; one query."""
    prices = prices_for(user, now=now)
    return AfterNo(prices.currency, dict(prices.per_touch), prices.per_sale)


@dataclass(frozen=True)
class Line:
    """What the page of a closed deal says."""

    sentence: str
    why: str
    known: bool


def line_of(deal: Deal, reader: User, *, now: datetime) -> Line | None:
    """For a deal that ended in a no: its owner's figures, for its owner and who leads; ``None`` for everybody else."""
    if deal.outcome not in NOES or deal.owner is None or not (deal.owner == reader or reader.is_lead):
        return None
    found = after_no(deal.owner, now=now)
    ours = (
        Touch.objects.filter(deal=deal, direction=Direction.OUT)
        .order_by("-at", "-pk")
        .values_list("channel", flat=True)
    )
    contacts = ours.count()
    last = ours.first() or ""
    why = why_not_wasted(contacts) if found.known and contacts else ""
    return Line(found.sentence(last, contacts), why, found.known)


def line_of_many(deals: list[Deal], user: User, *, now: datetime) -> str:
    """After closing several from a list: the same in one sentence; empty where none of them was a no."""
    noes = [deal.pk for deal in deals if deal.outcome in NOES]
    if not noes:
        return ""
    contacts = Touch.objects.filter(deal__in=noes, direction=Direction.OUT).count()
    found = after_no(user, now=now)
    return found.sentence("", contacts) if found.known else ""
