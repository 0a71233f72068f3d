"""What may be typed for a goal, a change of one, and a line of the journal."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Team, User
from rebond.base.errors import NotAllowed, RebondError
from rebond.horizon import periods
from rebond.horizon.access import may_set, quota_sellers, quota_teams
from rebond.horizon.actions.goals import Aim
from rebond.horizon.models import Counts, GoalKind, Period
from rebond.horizon.targets import read_target

Choices = list[tuple[str, str]]
ME, COMPANY = "me", "company"


def whom_choices(user: User) -> Choices:
    """For whom ``user`` may set a goal: for oneself a personal one, for whom one leads a quota."""
    found: Choices = [(ME, gettext("Myself, my own goal (seen by me alone)"))]
    if user.is_admin:
        found.append((COMPANY, gettext("The whole company")))
    found += [(f"team-{team.pk}", gettext("Team %(name)s") % {"name": team.name}) for team in quota_teams(user)]
    return found + [(f"user-{seller.pk}", seller.name) for seller in quota_sellers(user)]


def when_choices(today: date) -> Choices:
    """The periods that run and the next of each."""
    found: Choices = []
    for period in (Period.YEAR, Period.QUARTER, Period.MONTH):
        first = periods.first_day(period, today)
        for day in (first, periods.shifted(period, first, 1)):
            found.append((periods.typed(period, day), periods.said(period, day)))
    return found


class GoalForm(forms.Form):
    """A new goal."""

    whom = forms.ChoiceField(label=pgettext_lazy("goal", "For"))
    when = forms.ChoiceField(label=_("Period"))
    counts = forms.ChoiceField(label=_("Counts"), choices=Counts.choices)
    target = forms.CharField(
        label=_("How much"), max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=_("Sales, or an amount such as 120000. 0 is reached from the start."),
    )  # fmt: skip
    currency = forms.CharField(label=_("Currency, for money"), max_length=3, required=False)

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name, choices in (("whom", whom_choices(user)), ("when", when_choices(today))):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
        self.fields["currency"].initial = settings.CONFIG.currency

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "target" in said and "counts" in said:
            try:
                said["size"] = read_target(said["target"], said["counts"], _currency(said))
            except RebondError as error:
                self.add_error("target", str(error))
        return said

    def aim(self) -> Aim:
        """What was typed; ``NotAllowed`` for somebody whose goals are not ``user``'s to set."""
        said = self.cleaned_data
        kind, seller, team = _whom(self.user, said["whom"])
        if not may_set(self.user, kind, seller, team):
            raise NotAllowed
        period, first = periods.read(said["when"])
        return Aim(seller, team, kind, said["counts"], period, first, said["size"], _currency(said))


def _currency(said: dict[str, Any]) -> str:
    if said.get("counts") != Counts.MONEY:
        return ""
    return (said.get("currency") or settings.CONFIG.currency).upper()


def _whom(user: User, text: str) -> tuple[str, User | None, Team | None]:
    if text == ME:
        return GoalKind.PERSONAL, user, None
    kind, _dash, pk = text.partition("-")
    if kind == "user":
        return GoalKind.QUOTA, quota_sellers(user).get(pk=int(pk)), None
    return GoalKind.QUOTA, None, quota_teams(user).get(pk=int(pk)) if kind == "team" else None
