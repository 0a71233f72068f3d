"""What followed each piece: replies and reopened deals, k of n. No opens, no clicks (L28); and no claim of a cause.

A reply counts within 60 days, a deal within a year. Only people for whom that time is over are counted, so that what
left last week neither helps nor hurts: open cases are left out, never counted as failures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rebond.findings import words
from rebond.numbers.estimate import COUNTS_FROM, Estimate
from rebond.numbers.rates import proportion
from rebond.nurture.keep.followed import in_time, is_over
from rebond.nurture.models import Given

REPLY_WITHIN, DEAL_WITHIN = timedelta(days=60), timedelta(days=365)


@dataclass(frozen=True)
class Results:
    """What followed one piece.

    Attributes:
        sent: people it was sent to.
        replied: of those it was sent to 60 days ago or longer, who answered within 60 days.
        reopened: of those it was sent to a year ago or longer, with whom a deal was opened within the year.
    """

    sent: int
    replied: Estimate
    reopened: Estimate

    @property
    def sent_words(self) -> str:
        """ "Sent to 12 people"."""
        if not self.sent:
            return _("Not sent to anybody yet.")
        return ngettext("Sent to %(n)s person.", "Sent to %(n)s people.", self.sent) % {"n": words.count(self.sent)}

    @property
    def replied_words(self) -> str:
        """k of n and the likely range; or how many more are needed."""
        if not self.replied.known:
            return too_few_replies(self.replied)
        said = _("Followed by a reply within 60 days: %(k)s of %(n)s.") % _k_of_n(self.replied)
        return _with_range(said, self.replied)

    @property
    def reopened_words(self) -> str:
        """The same for deals."""
        if not self.reopened.known:
            return too_few_deals(self.reopened)
        said = _("Followed by a deal within a year: %(k)s of %(n)s.") % _k_of_n(self.reopened)
        return _with_range(said, self.reopened)

    def as_json(self) -> dict[str, object]:
        """Counts, for programs."""
        return {
            "sent": self.sent,
            "replied_within_60_days": {"k": self.replied.k, "n": self.replied.n},
            "deal_within_a_year": {"k": self.reopened.k, "n": self.reopened.n},
        }


def caveat() -> str:
    """What would most mislead a hasty reader."""
    return _("Followed by is not caused by: who gets a piece is not chosen by lot.")


def too_few_replies(found: Estimate) -> str:
    """What is missing, as a sentence."""
    need = found.need or 0
    return ngettext(
        "Too few to say whether replies follow: %(need)s more person, and 60 days.",
        "Too few to say whether replies follow: %(need)s more people, and 60 days.", need,
    ) % {"need": words.count(need)}  # fmt: skip


def too_few_deals(found: Estimate) -> str:
    """The same for deals, which take a year."""
    need = found.need or 0
    return ngettext(
        "Too few to say whether deals follow: %(need)s more person, and a year.",
        "Too few to say whether deals follow: %(need)s more people, and a year.", need,
    ) % {"need": words.count(need)}  # fmt: skip


def of_counts(sent: int, replied: tuple[int, int], reopened: tuple[int, int]) -> Results:
    """Results of counts; pure. Nothing is said below five cases, no range below ten.

    >>> of_counts(7, (3, 6), (0, 0)).replied_words
    'Followed by a reply within 60 days: 3 of 6.'
    >>> of_counts(2, (0, 2), (0, 0)).replied_words
    'Too few to say whether replies follow: 3 more people, and 60 days.'
    """
    return Results(
        sent,
        proportion(*replied, minimum=COUNTS_FROM, unit="asked"),
        proportion(*reopened, minimum=COUNTS_FROM, unit="asked"),
    )


def results_of(pieces: Iterable[int], *, now: datetime) -> dict[int, Results]:
    """Per piece (all that were asked for) what followed it; one query."""
    wanted = list(pieces)
    ripe, old = is_over("sent_at", REPLY_WITHIN, now), is_over("sent_at", DEAL_WITHIN, now)
    # The year of grace belongs to each person: a deal on day 400 is none of this piece's.
    replied = ripe & in_time("replied_at", "sent_at", REPLY_WITHIN)
    reopened = old & in_time("reopened_at", "sent_at", DEAL_WITHIN)
    found = (
        Given.objects.filter(piece__in=wanted, sent_at__isnull=False).order_by().values("piece")
        .annotate(
            sent=Count("pk"), ripe=Count("pk", filter=ripe), replied=Count("pk", filter=replied),
            old=Count("pk", filter=old), reopened=Count("pk", filter=reopened),
        )
    )  # fmt: skip
    counted = {
        row["piece"]: of_counts(row["sent"], (row["replied"], row["ripe"]), (row["reopened"], row["old"]))
        for row in found
    }
    return {piece: counted.get(piece) or of_counts(0, (0, 0), (0, 0)) for piece in wanted}


def _k_of_n(found: Estimate) -> dict[str, str]:
    return {"k": words.count(found.k or 0), "n": words.count(found.n)}


def _with_range(said: str, found: Estimate) -> str:
    """The range only from ten cases on; below it would say nothing."""
    if found.grade == "counts":
        return said
    return _("%(said)s %(range)s.") % {"said": said, "range": _capital(words.likely_share(found))}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
