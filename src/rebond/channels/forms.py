"""A new chat channel, as it is typed; what was typed as its address is not shown again, not even beside an error."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import User
from rebond.channels.addresses import LONGEST
from rebond.channels.models import ChatKind
from rebond.channels.queries import teams_of


class SecretInput(forms.TextInput):
    """A line whose content is never sent back to the page."""

    def format_value(self, value: Any) -> str | None:  # noqa: ARG002 (Django's shape)
        return None


class ChannelForm(forms.Form):
    """Its service and address, whose wins, in which language, when."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As your team calls it, for example #wins."))
    kind = forms.ChoiceField(label=_("Service"), choices=ChatKind.choices)
    address = forms.CharField(
        label=_("Address"), max_length=LONGEST,
        widget=SecretInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
        help_text=_("As the service shows it. It is a password: kept encrypted, and never shown again."),
    )  # fmt: skip
    whose = forms.ChoiceField(label=_("Whose wins"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    when = forms.ChoiceField(
        label=_("When"), choices=[("now", _("Each win, at once")), ("day", _("Once a day, the wins of the day"))]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = [(str(team.pk), team.name) for team in teams_of(user)]
        every = [("all", _("Everybody’s, where their people let everybody hear of them"))] if user.is_admin else []
        self.fields["whose"].choices = every + teams  # type: ignore[attr-defined]
