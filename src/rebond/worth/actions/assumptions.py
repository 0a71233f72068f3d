"""Every write about plans and assumptions: each is a new row, so that what counted before can be read later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from rebond.accounts.audit import record
from rebond.accounts.models import Team, User
from rebond.base.dates import local_day
from rebond.base.errors import NotAllowed, RebondError
from rebond.base.money import to_major, to_minor
from rebond.base.text import clean
from rebond.facts.freshness import want_fresh_facts
from rebond.files.values import LARGEST
from rebond.worth.access import Scope, may_set
from rebond.worth.models import Assumption, Kind, Measure, Per, Plan
from rebond.worth.plans import typed
from rebond.worth.plans.defaults import DEFAULTS, TENTHS


@transaction.atomic
def set_assumption(
    *, team: Team | None, name: str, value: int | None, currency: str = "", source: str = "", actor: User | None,
    now: datetime,
) -> Assumption | None:  # fmt: skip
    """From now on ``name`` is ``value`` for a team (``None``: for everybody without their own); twice is once.

    Args:
        value: minor units of ``currency`` for money, tenths of a minute for minutes; ``None`` goes back to what counts
            for everybody, and from there to the default.

    Returns:
        The new row; ``None`` where it said so already.

    Raises:
        NotAllowed: ``actor`` may only read these.
        RebondError: ``unknown_assumption``, ``bad_hour_cost``, ``bad_minutes``, ``bad_currency``.
    """
    _require(actor, team)
    _check_value(name, value, currency)
    kept = currency if DEFAULTS[name].unit == "money" else ""
    wanted = {"value": value, "currency": kept, "source": clean(source, 200) if value is not None else ""}
    last = Assumption.objects.filter(team=team, name=name, currency=kept).order_by("at", "pk").last()
    if last is None and value is None:
        return None
    if last is not None and all(getattr(last, field) == said for field, said in wanted.items()):
        return None
    made = Assumption.objects.create(team=team, name=name, at=now, by=actor, **wanted)
    record(verb="worth.set_assumption", subject=made, actor=actor, at=now, name=name, value=value, currency=kept,
           team=team.pk if team else None)  # fmt: skip
    want_fresh_facts(now=now)
    return made


def _require(actor: User | None, team: Team | None) -> None:
    """The program itself may; of people who may set is in ``worth.access``."""
    if actor is not None and not may_set(actor, Scope(team)):
        raise NotAllowed(
            _("Who leads the team sets these numbers, or an administrator. Nothing was changed. Ask them.")
        )


def _check_value(name: str, value: int | None, currency: str) -> None:
    if name not in DEFAULTS:
        raise RebondError(
            _("We assume nothing of that name. Nothing was changed. Choose a number from the page."),
            code="unknown_assumption",
        )
    if DEFAULTS[name].unit == "money":
        typed.currency_of(currency)
    if value is None:
        return
    if DEFAULTS[name].unit == "money":
        typed.hour_cost(to_major(value, currency), currency)
    else:
        typed.tenths(Decimal(value) / TENTHS)


@transaction.atomic
def new_plan(
    *, team: Team | None, kind: str, measure: str = Measure.COMMISSION, basis_points: int | None = None,
    flat_minor: int | None = None, tiers: Sequence[tuple[int, int]] = (), per: str = Per.DEAL, currency: str = "",
    valid_from: date, source: str = "", actor: User | None, now: datetime,
) -> Plan:  # fmt: skip
    """A new edition of what a sale earns; those before it go on counting for the sales before ``valid_from``.

    Args:
        team: ``None`` for whoever has no plan of their own.
        basis_points: of ``percent``; ``flat_minor`` of ``flat``; ``tiers`` and ``per`` of ``tiers``. What the kind does
            not use is left out.
        currency: of a sum and of tiers.

    Raises:
        NotAllowed: ``actor`` may only read the plan.
        RebondError: ``bad_plan``, ``bad_share``, ``negative_commission``, ``bad_sum``, ``bad_tiers``, ``bad_currency``,
            ``bad_first_day``.
    """
    _require(actor, team)
    if kind not in Kind.values or measure not in Measure.values or per not in Per.values:
        raise RebondError(
            _("We do not know this kind of plan. Nothing was changed. Choose a share, a sum or tiers."), code="bad_plan"
        )
    typed.check_first_day(valid_from, local_day(now))
    earns = _earns(kind, measure == Measure.MARGIN, basis_points, flat_minor, tiers, currency)
    made = Plan.objects.create(
        team=team, kind=kind, measure=measure, per=per if kind == Kind.TIERS else Per.DEAL, valid_from=valid_from,
        source=clean(source, 200), at=now, by=actor, **earns,
    )  # fmt: skip
    record(verb="worth.new_plan", subject=made, actor=actor, at=now, kind=kind, measure=measure,
           valid_from=valid_from.isoformat(), team=team.pk if team else None)  # fmt: skip
    want_fresh_facts(now=now)
    return made


def _earns(
    kind: str, below_zero: bool, basis_points: int | None, flat_minor: int | None,
    tiers: Sequence[tuple[int, int]], currency: str,
) -> dict[str, object]:  # fmt: skip
    """The fields that the kind needs, checked."""
    if kind == Kind.PERCENT:
        return {"basis_points": _checked_share(basis_points or 0, below_zero)}
    code = typed.currency_of(currency)
    if kind == Kind.FLAT:
        return {"flat_minor": _checked_sum(flat_minor or 0, code, below_zero), "currency": code}
    typed.check_tiers(tiers)
    checked = [[start, _checked_share(share, below_zero)] for start, share in tiers]
    return {"tiers": checked, "currency": code}


def _checked_share(basis_points: int, below_zero: bool) -> int:
    return typed.basis_points(Decimal(basis_points) / 100, below_zero=below_zero)


def _checked_sum(flat_minor: int, currency: str, below_zero: bool) -> int:
    if abs(flat_minor) > to_minor(LARGEST, currency):
        raise typed.bad_number(str(flat_minor))
    if flat_minor < 0 and not below_zero:
        raise typed.negative_commission()
    return flat_minor
