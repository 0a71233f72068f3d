"""What practice 5 puts on the Today list: conversations to close kindly, and who was right about those kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from textwrap import shorten
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rebond.accounts.models import User
from rebond.base.dates import show_day
from rebond.base.play import Evidence, Play, Verb
from rebond.deals.models import Deal, DealPerson, Direction, Outcome, Touch
from rebond.deals.queries import contacts_of, outgoing_and_silent
from rebond.findings.worth import Candidate, in_order, pks_of
from rebond.numbers.pricing import Prices
from rebond.worth.goodbyes import words
from rebond.worth.models import Objection, Right
from rebond.worth.queries.conversations import END, State, going_of, open_of

GOODBYE, RIGHT = "worth.goodbye", "worth.right"
MINUTES, AT_MOST = 1, 20
#: Who was right is asked sooner once the seller went on so often.
MORE_CONTACTS = 3


def candidates(
    *, user: User, now: datetime, prices: Prices, states: Callable[[], Mapping[int, State]] | None = None
) -> list[Candidate]:  # fmt: skip
    """The twenty conversations that waste most, and every question who was right; three queries.

    Args:
        states: gives ``conversations.states_of``, where the caller shares it.
    """
    today = now.astimezone(ZoneInfo(user.time_zone)).date()
    ends = [one for one in going_of(open_of(user), prices=prices, now=now, states=states) if one.verdict == END]
    found = [Candidate(f"{GOODBYE}:{one.deal_id}", MINUTES, today, 5, one.price) for one in ends[:AT_MOST]]
    asked = to_ask(user, now).values_list("pk", "ask_on")
    return found + [Candidate(f"{RIGHT}:{pk}", MINUTES, min(ask_on, today), 2) for pk, ask_on in asked]


def to_ask(user: User, now: datetime) -> QuerySet[Objection]:
    """Conversations that ``user`` kept, where it is time to say who was right: six weeks, or three contacts later."""
    today = now.astimezone(ZoneInfo(user.time_zone)).date()
    since = Touch.objects.filter(deal=OuterRef("deal"), direction=Direction.OUT, at__gt=OuterRef("at"))
    counted = since.order_by().values("deal").annotate(count=Count("pk")).values("count")
    mine = Objection.objects.filter(by=user, settled_at=None, deal__outcome=Outcome.OPEN)
    mine = mine.annotate(more=Coalesce(Subquery(counted), 0))
    early = Q(right="", more__gte=MORE_CONTACTS)
    return mine.filter(Q(ask_on__lte=today) | early).order_by("ask_on", "pk")


def filled(*, user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    """Those of ``candidates`` written out; at most five queries."""
    return in_order(candidates, [*_goodbyes(user, now, candidates), *_rights(user, now, candidates)])


def _goodbyes(user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    wanted = pks_of(candidates, GOODBYE)
    if not wanted:
        return []
    deals = list(open_of(user).filter(pk__in=wanted).select_related("company"))
    states, contacts = outgoing_and_silent(wanted), contacts_of(deals)
    return [_goodbye(deal, states.get(deal.pk, (0, 0)), contacts, user, now) for deal in deals]


def _goodbye(deal: Deal, state: State, contacts: dict[int, DealPerson], user: User, now: datetime) -> Play:
    url, say = (reverse(f"loop:{name}", args=[deal.pk]) for name in ("goodbye", "say_goodbye"))
    here = reverse("loop:today")
    part = contacts.get(deal.pk)
    facts = [Evidence(deal.name, _("deal"))]
    if deal.last_touch_at:
        facts.append(Evidence(_("our last contact"), show_day(deal.last_touch_at)))
    return Play(
        key=f"{GOODBYE}:{deal.pk}",
        icon="door-exit",
        who=words.with_whom(deal),
        company=part.person.name if part else "",
        verb=_("Close it kindly"),
        why=words.unanswered(state[1]),
        minutes=MINUTES,
        since=now.astimezone(ZoneInfo(user.time_zone)).date(),
        weight=5,
        evidence=tuple(facts),
        main=Verb(_("Said it by phone"), say, icon="phone", key="c", fields={"by": "phone", "next": here}),
        others=(
            Verb(_("No, because …"), f"{url}?{urlencode({'next': here})}#keep", icon="hand-stop", key="n", link=True),
        ),
        deal_id=deal.pk,
    )


def _rights(user: User, now: datetime, candidates: Sequence[Candidate]) -> list[Play]:
    wanted = pks_of(candidates, RIGHT)
    found = to_ask(user, now).filter(pk__in=wanted).select_related("deal__company") if wanted else []
    return [_right(one) for one in found]


def _right(objection: Objection) -> Play:
    deal = objection.deal
    url, back = reverse("loop:settle_objection", args=[objection.pk]), {"next": reverse("loop:today")}
    said = shorten(objection.because, 140, placeholder="…")
    return Play(
        key=f"{RIGHT}:{objection.pk}",
        icon="scale",
        who=words.with_whom(deal),
        company=deal.name if deal.company else "",
        verb=_("Who was right?"),
        why=_("you kept it against the advice on %(day)s") % {"day": show_day(objection.at)},
        minutes=MINUTES,
        since=objection.ask_on,
        weight=2,
        evidence=(Evidence(_("“%(because)s”") % {"because": said}, _("your words")),),
        main=Verb(_("It moved"), url, icon="circle-check", key="m", fields={"right": Right.SELLER.value} | back),
        others=(
            Verb(_("Nothing came"), url, icon="x", key="n", fields={"right": Right.LIST.value} | back),
            Verb(pgettext("who was right", "Too early"), url, icon="clock-hour-4", key="t",
                 fields={"right": Right.OPEN.value} | back),
        ),
        deal_id=deal.pk,
    )  # fmt: skip


def done(*, user: User, since: datetime) -> tuple[()]:  # noqa: ARG001
    """Nothing of its own: a goodbye is written down as a contact, an answer takes a moment."""
    return ()
