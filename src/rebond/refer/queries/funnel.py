"""The rows behind the funnel, in a constant number of queries: losses, asks, introductions, what rewards cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from rebond.accounts.models import Team, User
from rebond.base.dates import local_day, moments_of
from rebond.base.errors import NotFound
from rebond.base.periods import begins
from rebond.refer.access import asks_for, referrals_for
from rebond.refer.funnel.steps import Case
from rebond.refer.models import AskStatus, Referral, ReferralAsk, Reward, RewardStatus, State
from rebond.refer.queries.asks import LET_PASS

#: Whole months before the current one, by the period's name; ``all`` has no beginning.
PERIODS: dict[str, int | None] = {"6m": 6, "12m": 12, "all": None}
DEFAULT_PERIOD = "12m"
WON = (State.WON, State.REWARD_DUE, State.PAID, State.FORFEITED, State.CLAWED_BACK)
#: A reward that stands; a forfeited one, and one taken back, cost nothing.
COSTS = (RewardStatus.DUE, RewardStatus.PAID)

#: No rule spoke against it; the moment may have passed all the same.
_COULD_BE_ASKED = ~Q(status=AskStatus.EXCLUDED) | Q(because__in=[one.value for one in LET_PASS])


@dataclass(frozen=True)
class View:
    """Whose introductions, of which time.

    Attributes:
        user: who looks; ``None`` is the program itself and sees all.
        team: only this team; ``None`` is all that ``user`` may see.
        since: the first day a case may have entered a step; ``today``: the day they are looked at.
    """

    user: User | None
    since: date
    today: date
    period: str = DEFAULT_PERIOD
    team: Team | None = None

    @classmethod
    def of(cls, user: User | None, params: Mapping[str, str], today: date) -> View:
        """From a query: ``period`` and ``team``. ``RebondError`` ``bad_period``; NotFound for another's team."""
        period = params.get("period") or DEFAULT_PERIOD
        return cls(user, begins(period, PERIODS, today), today, period, _team(user, params.get("team", "")))

    @property
    def as_query(self) -> str:
        """The query that gives this view again."""
        team = f"&team={self.team.pk}" if self.team else ""
        return f"period={self.period}{team}"

    @property
    def has_own(self) -> bool:
        """Whether whoever looks has figures of their own beside the whole."""
        return self.user is not None and not self.user.is_lead and self.user.team_id is not None


def _team(user: User | None, text: str) -> Team | None:
    """An administrator may choose one; everybody else sees their own in any case."""
    if not text or (user is not None and not user.is_admin and text == str(user.team_id)):
        return None
    known = text.isascii() and text.isdigit() and len(text) < 10 and (user is None or user.is_admin)
    team = Team.objects.filter(pk=int(text)).first() if known else None
    if team is None:
        raise NotFound
    return team


def teams_for(user: User) -> list[Team]:
    """The teams one may choose between; empty for everybody but administrators."""
    return list(Team.objects.order_by("name", "pk")) if user.is_admin else []


def cases(view: View) -> list[Case]:
    """Every case of every step that began within the view; three queries."""
    return [*losses(view), *asks(view), *introductions(view)]


def _asks(view: View) -> QuerySet[ReferralAsk]:
    found = asks_for(view.user)
    return found.filter(team=view.team) if view.team else found


def losses(view: View) -> Iterator[Case]:
    """Noes that an ask was thought of for; taken: somebody was asked. ``ended`` where nobody could be."""
    begin, _over = moments_of(view.since, view.today)
    rows = (
        _asks(view).exclude(close_event=None).exclude(status=AskStatus.CANCELLED)
        .annotate(closed=Coalesce("close_event__closed_at", "close_event__recorded_at")).filter(closed__gte=begin)
        .order_by().values("close_event_id", "closed")
        .annotate(whose=Min("owner_id"), asked=Min("asked_at"), hope=Count("pk", filter=_COULD_BE_ASKED))
    )  # fmt: skip
    for row in rows:
        day = local_day(row["closed"])
        taken = _day(row["asked"])
        nobody = day if not taken and not row["hope"] else None
        yield Case("asked", day, taken, nobody, row["whose"], event=row["close_event_id"])


def asks(view: View) -> Iterator[Case]:
    """People who were asked; taken: they said whom they know."""
    begin, _over = moments_of(view.since, view.today)
    rows = (
        _asks(view).filter(status=AskStatus.ASKED, asked_at__gte=begin).order_by()
        .values_list("asked_at", "owner_id", "close_event_id", "person_id", "pk")
        .annotate(
            agreed=_first("referrals__moves", State.AGREED),
            ended=_first("referrals__moves", State.DECLINED, State.NO_ANSWER),
        )
    )  # fmt: skip
    for asked, owner, event, person, _pk, agreed, ended in rows:
        yield Case("agreed", local_day(asked), _day(agreed), None if agreed else _day(ended), owner, event=event,
                   person=person)  # fmt: skip


def _first(moves: str, *states: str) -> Min:
    return Min(f"{moves}__at", filter=Q(**{f"{moves}__to_state__in": [str(state) for state in states]}))


def _last(*states: str) -> Max:
    return Max("moves__at", filter=Q(moves__to_state__in=[str(state) for state in states]))


def _referrals(view: View) -> QuerySet[Referral]:
    """Those that moved within the view; void ones (fraud, or erased) are as if they had never been."""
    begin, _over = moments_of(view.since, view.today)
    found = referrals_for(view.user).exclude(state=State.VOID).filter(state_at__gte=begin)
    return found.filter(team=view.team) if view.team else found


def introductions(view: View) -> Iterator[Case]:
    """Names that were promised: introduced? Introduced: a conversation? A conversation: won?"""
    rows = (
        _referrals(view).order_by().values("pk", "state", "mode", "owner_id", event=F("ask__close_event_id"))
        .annotate(
            agreed=_first("moves", State.AGREED), introduced=_first("moves", State.INTRODUCED),
            qualified=_first("moves", State.QUALIFIED), lapsed=_first("moves", State.LAPSED),
            refused=_first("moves", State.DISQUALIFIED, State.DUPLICATE), won=_last(State.WON), lost=_last(State.LOST),
        )
    )  # fmt: skip
    for row in rows:
        yield from (case for case in _steps_of(row) if case.began >= view.since)


def _steps_of(row: Mapping[str, Any]) -> Iterator[Case]:
    """A deal that was opened again is open: only the state as it stands says won or lost."""
    beside = {"owner": row["owner_id"], "mode": row["mode"], "event": row["event"]}
    agreed, introduced, qualified = (_day(row[name]) for name in ("agreed", "introduced", "qualified"))
    if agreed:
        yield Case("introduced", agreed, introduced, _day(row["lapsed"]), **beside)
    if introduced:
        yield Case("qualified", introduced, qualified, _day(row["refused"]), **beside)
    if qualified:
        won = _day(row["won"]) if row["state"] in WON else None
        lost = _day(row["lost"]) if row["state"] == State.LOST else None
        yield Case("won", qualified, won, lost, **beside)


def _day(at: datetime | None) -> date | None:
    return local_day(at) if at is not None else None


@dataclass(frozen=True)
class Cost:
    """What rewards cost in one currency: each won introduction's sum, 0 where none was given."""

    currency: str
    each: tuple[int, ...]

    @property
    def total(self) -> int:
        """Minor units."""
        return sum(self.each)

    @property
    def rewarded(self) -> int:
        """How many of them brought a reward."""
        return sum(1 for one in self.each if one)


def costs(view: View) -> list[Cost]:
    """The introductions won within the view and their rewards, by currency, the largest sum first; two queries."""
    begin, over = moments_of(view.since, view.today)
    won = _referrals(view).filter(state__in=WON, moves__to_state=State.WON, moves__at__gte=begin, moves__at__lt=over)
    ids = set(won.order_by().values_list("pk", flat=True))
    rows = (
        Reward.objects.filter(referral__in=won.order_by().values("pk"), status__in=COSTS).order_by()
        .values_list("currency", "referral_id").annotate(total=Sum("amount_minor"))
    )  # fmt: skip
    return _by_currency(rows, ids)


def _by_currency(rows: Iterable[tuple[str, int, int]], ids: set[int]) -> list[Cost]:
    """A deal rewarded in one currency cost nothing in another."""
    sums: dict[str, dict[int, int]] = defaultdict(dict)
    for currency, referral, total in rows:
        sums[currency][referral] = total
    found = [Cost(currency, tuple(paid.get(pk, 0) for pk in sorted(ids))) for currency, paid in sums.items()]
    found.sort(key=lambda cost: (-cost.total, cost.currency))
    return found or [Cost("", (0,) * len(ids))]


def document(user: User | None, params: Mapping[str, str], today: date) -> dict[str, Any]:
    """The funnel as plain data, for the command line: every share an estimate as in ``report --json``."""
    from rebond.refer.funnel import answers

    view = View.of(user, params, today)
    found = answers.answer(view)
    return {
        "since": view.since.isoformat(), "until": view.today.isoformat(),
        "steps": [
            {"step": step.name, "share": step.share.as_json(), "waiting": step.waiting, "days": step.days.as_json()}
            if step.told else {"step": step.name, "share": None, "waiting": None, "days": None}
            for step in found.steps
        ],
        "by_mode": {group.name: group.share.as_json() for group in found.modes.groups},
        "by_reason": {group.name: group.share.as_json() for group in found.reasons.groups},
        "cost": [{"currency": one.currency, "won": len(one.each), "rewarded": one.rewarded, "total_minor": one.total}
                 for one in found.costs],
    }  # fmt: skip
