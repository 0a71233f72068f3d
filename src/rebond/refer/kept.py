"""What practice 2 keeps of one person, for their own copy of it (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import Person
from rebond.mail.addresses import fingerprint
from rebond.refer.access import advocates_for, asks_for, referrals_for
from rebond.refer.models import Move, Payout, Referral, ReferralAsk, State, Thanks
from rebond.refer.naming import folded

Rows = Sequence[Mapping[str, Any]]

#: ``reason`` of a name that its advocate typed on their own page (``registering``).
OWN_PAGE = "own_page"


#: How an introduction ended for whoever was introduced; what became of a reward is another's affair.
_REWARDED = frozenset({State.REWARD_DUE, State.PAID, State.FORFEITED, State.CLAWED_BACK})
_STANDS = ("state", "state_at", "mode", "created_at")


def kept_of(person: Person, user: User | None) -> dict[str, Rows]:
    """Asks to them, what they are as an advocate, whom they introduced, who introduced them, rewards: as far as
    ``user`` may see it; eight queries.

    Bank and tax details are not written out: only that there are some, and since when. Of whom they introduced stands
    here what they gave us themselves, and no letter of ours to somebody else.
    """
    mine = referrals_for(user).select_related(None)
    asks = asks_for(user).filter(person=person).order_by("planned_at", "pk")
    advocates = advocates_for(user).filter(person=person)
    payouts = Payout.objects.filter(Q(reward=None) | Q(reward__referral__in=mine), advocate__person=person)
    thanks = Thanks.objects.filter(move__referral__in=mine, move__referral__advocate__person=person)
    return {
        "asks": list(asks.values("moment", "status", "asked_at", "channel", "subject", "body", "language")),
        "advocate": list(advocates.values("since", "language", "allows", "allowed_at", "wants", "payee_at")),
        "introduced": _introduced(mine.filter(advocate__person=person)),
        "introduced_by": [_of_them(row) for row in named_in(person).filter(pk__in=mine.values("pk")).values(
            "name", "email", "phone", "company_name", "why", *_STANDS, "letter_subject", "letter_body",
            named_by=F("advocate__person__name"),
        )],
        "rewards": list(payouts.order_by("made_at", "pk").values(
            "kind", "amount_minor", "currency", "status", "made_at", "paid_at"
        )),
        "thanks": list(thanks.order_by("at", "pk").values("at", "channel", "subject", "body")),
    }  # fmt: skip


def _introduced(theirs: QuerySet[Referral]) -> Rows:
    """Whom they named. How to reach somebody, and why, only as they typed it on their own page, and nobody of ours
    completed it since: what a seller found out belongs to whoever was introduced."""
    rows = list(
        theirs.order_by("created_at", "pk").values("pk", "name", "company_name", "email", "phone", "why", *_STANDS)
    )
    typed = _typed_by_them([row["pk"] for row in rows])
    return [_as_given(row, row.pop("pk") in typed) for row in rows]


def _as_given(row: dict[str, Any], typed: bool) -> dict[str, Any]:
    return row if typed else {name: value for name, value in row.items() if name not in ("email", "phone", "why")}


def _typed_by_them(pks: Sequence[int]) -> set[int]:
    typed = Move.objects.filter(referral__in=pks, to_state=State.AGREED, reason=OWN_PAGE).order_by()
    found = set(typed.values_list("referral", flat=True))
    ours = AuditEntry.objects.filter(
        verb="refer.complete", subject_type="refer.referral", subject_id__in=[str(pk) for pk in found]
    )
    return found - {int(pk) for pk in ours.order_by().values_list("subject_id", flat=True)}


def _of_them(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"state": State.WON.value} if row["state"] in _REWARDED else row


def named_in(person: Person) -> QuerySet[Referral]:
    """Referrals that name this person: as a record of ours, by their address, or, where no address was given, by their
    name and company."""
    named = Q(person=person)
    if person.email:
        named |= Q(fingerprint=fingerprint(person.email))
    if person.company and (spelled := folded(person.name, person.company.name)):
        named |= Q(folded=spelled, email="", person=None)
    return Referral.objects.filter(named).order_by("created_at", "pk")


def message_keys(person: Person) -> list[str]:
    """The keys of every mail of this practice to a person, whatever their address was then."""
    asks = ReferralAsk.objects.filter(person=person).values_list("message_key", flat=True)
    letters = named_in(person).order_by().values_list("message_key", flat=True)
    thanks = Thanks.objects.filter(move__referral__advocate__person=person).values_list("message_key", flat=True)
    moves = Referral.objects.filter(advocate__person=person, moves__isnull=False).values_list("moves", flat=True)
    notices = [f"refer.notice:{pk}" for pk in moves]
    return sorted({key for key in (*asks, *letters, *thanks, *notices) if key})
