"""What the demo company assumes: a plan for each team, what an hour costs, how long North's emails take."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from rebond.accounts.models import Role, Team, User
from rebond.worth.actions import new_plan, set_assumption

#: North earns a share; South did, and has tiers since the beginning of last year.
NORTH_SHARE, SOUTH_SHARE = 800, 600
SOUTH_TIERS = ((0, 500), (3_000_000, 800), (9_000_000, 1_100))
HOUR_COST = 4100


def let_sales_earn(*, now: datetime) -> None:
    """Entered by each team's manager over a year ago; the cost of an hour by the administrator."""
    then = now - timedelta(days=400)
    managers = {user.team_id: user for user in User.objects.filter(role=Role.MANAGER).order_by("pk")}
    admin = User.objects.filter(role=Role.ADMIN).order_by("pk").first()
    north, south = (Team.objects.get(name=name) for name in ("North", "South"))
    begins = date(then.year - 3, 1, 1)
    new_plan(
        team=north, kind="percent", basis_points=NORTH_SHARE, valid_from=begins, source="Sales plan, page 2",
        actor=managers.get(north.pk), now=then,
    )  # fmt: skip
    new_plan(
        team=south, kind="percent", basis_points=SOUTH_SHARE, valid_from=begins, source="Sales plan, page 2",
        actor=managers.get(south.pk), now=then,
    )  # fmt: skip
    new_plan(
        team=south, kind="tiers", tiers=SOUTH_TIERS, per="quarter", currency="EUR",
        valid_from=date(now.year - 1, 1, 1), source="South’s own plan, signed in December",
        actor=managers.get(south.pk), now=then,
    )  # fmt: skip
    set_assumption(
        team=None, name="hour_cost", value=HOUR_COST, currency="EUR", source="Payroll, all costs included",
        actor=admin, now=now - timedelta(days=150),
    )  # fmt: skip
    set_assumption(
        team=north, name="minutes_email", value=40, source="timed for two weeks", actor=managers.get(north.pk),
        now=now - timedelta(days=60),
    )  # fmt: skip
