"""Forms of the records: what may be typed, in the words of the glossary."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import User
from rebond.accounts.queries import people_for
from rebond.base.money import CURRENCIES, to_major, to_minor
from rebond.deals.models import Company, Deal, Person, Stage, StageKind

#: Larger amounts are a slip of the keyboard, and would not fit the column.
LARGEST = Decimal("1e13")


class CompanyForm(forms.ModelForm[Company]):
    class Meta:
        model = Company
        fields = ("name", "sector", "country")


class PersonForm(forms.ModelForm[Person]):
    """``company`` is typed by name; the action finds or adds it."""

    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("not known")), ("en", "English"), ("fr", "Français")]
    )

    class Meta:
        model = Person
        fields = ("name", "title", "email", "phone", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self.instance.company:
            self.initial["company_name"] = self.instance.company.name


class DealForm(forms.ModelForm[Deal]):
    """Amount in major units of its currency; the company by name; the owner among those one may see."""

    company_name = forms.CharField(label=_("Company"), max_length=200, required=False)
    amount = forms.DecimalField(label=_("Amount"), required=False, min_value=-LARGEST, max_value=LARGEST)
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    commission = forms.DecimalField(
        label=_("Commission"), required=False, min_value=-LARGEST, max_value=LARGEST,
        help_text=_("what this sale earns its seller; empty: by the plan"),
    )  # fmt: skip
    opened_on = forms.DateField(
        label=_("Opened"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    class Meta:
        model = Deal
        fields = (
            "name", "owner", "segment", "lead_source", "competitor", "next_step", "expected_close", "problem", "notes",
        )  # fmt: skip
        widgets = {
            "expected_close": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "problem": forms.Textarea(attrs={"rows": 3}),
            "notes": forms.Textarea(attrs={"rows": 4}),
        }

    field_order = (
        "name", "company_name", "owner", "amount", "currency", "commission", "segment", "lead_source", "competitor",
        "next_step", "opened_on", "expected_close", "problem", "notes",
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"] = forms.ModelChoiceField(
            queryset=people_for(user), label=_("Owner"), initial=user, required=True
        )
        for name in ("problem", "notes"):
            self.fields[name].max_length = 20_000  # type: ignore[attr-defined]
        if self.instance.pk:
            self._fill_from(self.instance)
            if not user.is_lead and self.instance.owner_id not in (None, user.pk):
                del self.fields["commission"]  # what a colleague earns is between them and who leads
        self.order_fields(self.field_order)

    def _fill_from(self, deal: Deal) -> None:
        self.initial["company_name"] = deal.company.name if deal.company else ""
        self.initial["currency"] = deal.currency
        self.initial["opened_on"] = deal.opened_at
        if deal.amount_minor is not None:
            self.initial["amount"] = to_major(deal.amount_minor, deal.currency)
        if deal.commission_minor is not None:
            self.initial["commission"] = to_major(deal.commission_minor, deal.currency)

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"] or "").strip().upper()
        if code and code not in CURRENCIES:
            raise forms.ValidationError(_("Not a currency. Write its three letters, such as EUR."))
        return code

    def changes(self) -> dict[str, Any]:
        """What ``deals.actions`` takes: money in minor units, the opening moment aware."""
        data = dict(self.cleaned_data)
        amount, currency = data.pop("amount"), data.pop("currency") or settings.CONFIG.currency
        data["amount_minor"] = None if amount is None else to_minor(amount, currency)
        if "commission" in self.fields:
            earned = data.pop("commission")
            data["commission_minor"] = None if earned is None else to_minor(earned, currency)
        kept = data.get("commission_minor", self.instance.commission_minor)
        data["currency"] = "" if amount is None and kept is None else currency
        data.pop("company_name")
        data.pop("opened_on")
        return data


class StageForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=StageKind.choices)


class FilterForm(forms.Form):
    """What a list of deals may be narrowed by; unreadable values are ignored, so that old links still open."""

    q = forms.CharField(required=False, max_length=200)
    outcome = forms.CharField(required=False, max_length=20)
    owner = forms.IntegerField(required=False, min_value=1)
    stage = forms.IntegerField(required=False, min_value=1)
    segment = forms.CharField(required=False, max_length=120)
    closed_from = forms.DateField(required=False)
    closed_to = forms.DateField(required=False)
    sort = forms.CharField(required=False, max_length=20)

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def stage_choices() -> list[Stage]:
    """Open stages, for moving a deal."""
    return list(Stage.objects.filter(kind=StageKind.OPEN))
