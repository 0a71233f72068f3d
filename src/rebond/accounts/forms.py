"""Forms about people."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import Role, Team, User


class StartForm(forms.Form):
    """The first administrator."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Email"))
    password = forms.CharField(
        label=_("Password"), help_text=_("At least 10 characters; a few words are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


@cache
def _time_zones() -> list[tuple[str, str]]:
    """Read from disk once: the machine's own list has some six hundred files."""
    return [(zone, zone) for zone in sorted(zoneinfo.available_timezones())]


class SettingsForm(forms.ModelForm[User]):
    """A person's own choices."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_time_zones)
    day_minutes = forms.IntegerField(label=_("Minutes a day for the list"), min_value=5, max_value=600)

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme", "day_minutes", "letter_keys", "weekly_sheet")


class PersonForm(forms.Form):
    """Somebody of the house, as an administrator sets them up."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Email"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]


class EditPersonForm(PersonForm):
    """The same for somebody who is there; whether they can sign in too."""

    is_active = forms.BooleanField(label=_("Can sign in"), required=False)
    language = None  # type: ignore[assignment]


class InviteForm(PersonForm):
    email = forms.EmailField(label=_("Email"))


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
