"""What people type into forms about lessons and rewards."""

from __future__ import annotations

from decimal import InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rebond.base.errors import RebondError
from rebond.base.money import CURRENCIES, to_minor
from rebond.base.text import clean
from rebond.celebrate.models import Incentive
from rebond.files.values import Unreadable, decide_amounts

#: Kinds of the catalogue.
KINDS = [one for one in Incentive.choices if one[0] != Incentive.NONE]


class LessonForm(forms.Form):
    """A lesson: where it helps, what can be learnt."""

    situation = forms.CharField(
        label=_("Where does it help?"), max_length=160, required=False,
        help_text=_("In the words you would search for: “they say it is too dear”."),
        widget=forms.TextInput(attrs={"list": "situations", "autocomplete": "off"}),
    )  # fmt: skip
    title = forms.CharField(label=_("Title"), max_length=160)
    text = forms.CharField(
        label=_("What can we learn?"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("What was said, and what it changed. Without the customer’s name: it stays when the call is gone."),
    )  # fmt: skip
    from_loss = forms.BooleanField(label=_("It comes from a no"), required=False)
    for_everybody = forms.BooleanField(label=_("For everybody here, beyond my team"), required=False)


class TreatForm(forms.Form):
    """One thing of the catalogue."""

    label = forms.CharField(label=pgettext_lazy("small reward", "What it is"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    amount = forms.CharField(
        label=_("What it costs"), max_length=20, required=False, help_text=_("Empty for what costs nothing."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    currency = forms.CharField(label=_("Currency"), max_length=3)


class BudgetForm(forms.Form):
    """So much for a team, or for everybody, in a quarter."""

    team = forms.ChoiceField(label=_("For whom"), required=False)
    quarter = forms.ChoiceField(label=_("Quarter"))
    amount = forms.CharField(label=_("Budget"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    currency = forms.CharField(label=_("Currency"), max_length=3)

    def __init__(
        self, *args: Any, teams: list[tuple[str, str]], quarters: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", _("everybody")), *teams]  # type: ignore[attr-defined]
        self.fields["quarter"].choices = quarters  # type: ignore[attr-defined]


def minor(text: str, currency: str) -> int:
    """A typed amount in minor units, with either decimal mark; 0 for nothing. ``RebondError`` ``bad_amount``,
    ``bad_currency``.

    >>> minor("12,50", "EUR"), minor("", "EUR")
    (1250, 0)
    """
    if currency not in CURRENCIES:
        raise RebondError(
            gettext("“%(text)s” is no currency. Nothing was changed. Write its three letters, such as EUR.")
            % {"text": clean(currency, 10)},
            code="bad_currency",
        )
    try:
        found, said = decide_amounts([text]).read(text) if text.strip() else (None, "")
        amount = to_minor(found, currency) if found is not None else 0
    except (Unreadable, InvalidOperation, OverflowError) as error:
        raise RebondError(
            gettext("An amount is nothing or more, and small. Nothing was changed. Write 25, for example."),
            code="bad_amount",
        ) from error
    if said and said != currency:
        raise RebondError(
            gettext("The amount says %(said)s, the currency beside it %(currency)s. Nothing was changed. Say one.")
            % {"said": said, "currency": currency},
            code="bad_currency",
        )
    return amount
