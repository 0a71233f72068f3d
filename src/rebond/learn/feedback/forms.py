"""The form of the programme: what an administrator may set, within the limits of ``rules``."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rebond.accounts.queries import can_sign_in
from rebond.learn.feedback.rules import LIMITS
from rebond.learn.models import FeedbackProgramme, Mode


class ProgrammeForm(forms.ModelForm[FeedbackProgramme]):
    """Who asks and who reads are colleagues who can sign in; empty lets the rule choose. Sharing is the buyer's."""

    mode = forms.ChoiceField(
        label=_("Answers are"),
        choices=[(mode.value, mode.label) for mode in (Mode.CONFIDENTIAL, Mode.ANONYMOUS)],
        help_text=_("Unless the buyer chooses otherwise. Only the buyer can share an answer with the seller."),
    )

    class Meta:
        model = FeedbackProgramme
        fields = (
            "is_on", "include_wins", "mode", "delay_min", "delay_max", "reminder_after", "expires_after", "sender",
            "reader", "company_name", "contact",
        )  # fmt: skip
        help_texts = {
            "sender": _("Empty: the team's manager. Never the owner of the deal, whatever stands here."),
            "reader": _("Empty: an administrator. Nobody who had a part in the deal."),
            "contact": _("An address or a number buyers may turn to."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most) in LIMITS.items():
            label = self.fields[name].label
            self.fields[name] = forms.IntegerField(label=label, min_value=least, max_value=most)
        for name in ("sender", "reader"):
            self.fields[name].queryset = can_sign_in().order_by("name")  # type: ignore[attr-defined]
