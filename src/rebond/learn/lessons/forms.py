"""What may be typed for an action and for a test."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Team, User
from rebond.accounts.queries import people_for
from rebond.base.errors import RebondError
from rebond.learn import taxonomy
from rebond.learn.actions.tests import MOST_CASES, Plan, check_measure
from rebond.learn.debrief.questions import QUESTIONS
from rebond.learn.lessons import trials
from rebond.learn.models import Measure
from rebond.numbers.estimate import RANGE_FROM

Choices = list[tuple[str, Any]]


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def _with_current(code: str) -> Choices:
    """Every reason by group; one that is no longer on the list stays choosable where it was chosen."""
    names = taxonomy.current()
    listed: Choices = [("", gettext("none in particular")), *names.choices()]
    on_the_list = {one for _group, codes in names.choices() for one, _label in codes}
    return [*listed, (code, names.label(code))] if code in names.reasons and code not in on_the_list else listed


class ActionForm(forms.Form):
    """What somebody does differently, by when, and what it is meant to change."""

    text = forms.CharField(label=_("What will be done differently"), max_length=300)
    owner = forms.ModelChoiceField(label=pgettext_lazy("action", "Who"), queryset=User.objects.none())
    due_on = _day(pgettext_lazy("action", "By"))
    reason = forms.ChoiceField(
        label=_("Which reason for losing it is meant to change"), required=False,
        help_text=_("Once it is done, the noes that follow say whether it did."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, reason: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner, choice = self.fields["owner"], self.fields["reason"]
        if isinstance(owner, forms.ModelChoiceField) and isinstance(choice, forms.ChoiceField):
            owner.queryset = people_for(user).filter(is_active=True).order_by("name")
            choice.choices = _with_current(reason)


def measures() -> Choices:
    """Everything a test may watch, by kind, as one list."""
    reasons: Choices = [(f"{Measure.REASON}:{code}", label) for _group, codes in taxonomy.current().choices()
                        for code, label in codes]  # fmt: skip
    answers: Choices = [(f"{Measure.ANSWER}:{q.number}", str(q.after_no)) for q in QUESTIONS]
    buyers: Choices = [(f"{Measure.BUYER}:{name}", text) for name, text in trials.statements().items()]
    return [
        (gettext("Noes that name a reason"), reasons),
        (gettext("Debriefs that answer yes"), answers),
        (gettext("Buyers who agree"), buyers),
        (gettext("Deals won"), [(f"{Measure.WIN_RATE}:", gettext("Win rate"))]),
    ]


class TestForm(forms.Form):
    """A test before it begins; afterwards nothing of it can be changed."""

    title = forms.CharField(label=_("What we change"), max_length=200)
    why = forms.CharField(label=_("Why"), max_length=500, required=False)
    measured = forms.ChoiceField(label=_("Measured by"))
    baseline_from = _day(_("Compared with the time from"))
    starts_on = _day(_("The test begins"))
    stops_on = _day(_("The test ends"))
    minimum_n = forms.IntegerField(label=_("Cases needed for a verdict"), min_value=RANGE_FROM, max_value=MOST_CASES)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False,
                                  empty_label=_("All teams"))  # fmt: skip

    def __init__(self, *args: Any, user: User, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)
        measured, team = self.fields["measured"], self.fields["team"]
        if isinstance(measured, forms.ChoiceField) and isinstance(team, forms.ModelChoiceField):
            measured.choices = measures()
            team.queryset = Team.objects.all()
        if not user.is_admin:
            del self.fields["team"]

    def clean_measured(self) -> str:
        chosen = str(self.cleaned_data["measured"])
        measure, _colon, subject = chosen.partition(":")
        try:
            check_measure(measure, subject)
        except RebondError as error:
            raise forms.ValidationError(str(error)) from error
        return chosen

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day < self.today:
            raise forms.ValidationError(gettext("A test begins today or later; what lies behind us is known already."))
        return day

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, start, end = (found.get(name) for name in ("baseline_from", "starts_on", "stops_on"))
        if since and start and since >= start:
            self.add_error("baseline_from", gettext("The time to compare with comes before the start."))
        if start and end and end < start:
            self.add_error("stops_on", gettext("It ends after it begins."))
        return found

    def plan(self, pattern: str = "") -> Plan:
        """What was typed, once it is valid."""
        data = self.cleaned_data
        measure, _colon, subject = data["measured"].partition(":")
        return Plan(
            title=data["title"], why=data["why"], measure=measure, subject=subject, pattern=pattern,
            baseline_from=data["baseline_from"], starts_on=data["starts_on"], stops_on=data["stops_on"],
            minimum_n=data["minimum_n"],
        )  # fmt: skip


def first_guess(today: date, reason: str) -> dict[str, Any]:
    """What the form begins with: half a year before, eight weeks, thirty cases."""
    known = reason in taxonomy.current().reasons
    return {
        "measured": f"{Measure.REASON}:{reason}" if known else f"{Measure.WIN_RATE}:", "minimum_n": 30,
        "baseline_from": today - timedelta(days=182), "starts_on": today, "stops_on": today + timedelta(days=55),
    }  # fmt: skip
