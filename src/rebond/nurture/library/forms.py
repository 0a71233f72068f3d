"""What may be typed for a piece, and for a line of the content plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rebond.accounts.models import User
from rebond.accounts.queries import can_sign_in
from rebond.nurture.actions.library import TEXT_LIMIT, PieceFields
from rebond.nurture.library import languages, reasons, topics
from rebond.nurture.models import Piece, PieceKind, TagKind

Choices = list[tuple[str, Any]]
#: Languages a piece may be in; what is written in another is kept under the nearest.
OFFERED = ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "sv", "da")


def spoken() -> list[tuple[str, str]]:
    """Languages for a form, named in the language in force."""
    return [(code, languages.name(code)) for code in OFFERED]


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def _many(label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, required=False, widget=forms.CheckboxSelectMultiple, **more)


class PieceForm(forms.Form):
    """A piece: what it is, where it is, for whom, until when."""

    title = forms.CharField(label=_("Title"), max_length=160)
    summary = forms.CharField(
        label=_("What it helps with, in one sentence"), max_length=300,
        help_text=_("Notes carry this sentence, so write it to the reader."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"), choices=PieceKind.choices)
    language = forms.ChoiceField(label=_("Language"))
    url = forms.URLField(
        label=_("Address"), max_length=500, required=False, assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("We look once a week whether it still answers."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("File"), required=False,
        help_text=_("PDF, image, office document without macros, MP4, calendar or plain text; at most 20 MB. Whoever "
                    "has its address can open it."),
    )  # fmt: skip
    drop_file = forms.BooleanField(label=_("Take the present file away"), required=False)
    text = forms.CharField(
        label=_("Text"), max_length=TEXT_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("It stands below your name when there is neither address nor file."),
    )  # fmt: skip
    reasons = _many(_("Which no does it answer?"))
    topics = _many(_("What is it about?"))
    persona = forms.CharField(label=_("For whom"), max_length=80, required=False)
    stage = forms.CharField(label=pgettext_lazy("piece", "When it helps most"), max_length=80, required=False)
    also_for = _many(_("Also for readers of"), help_text=_("Only where they read this language too. Usually nobody."))
    review_on = _day(_("Look at it again on"), help_text=_("After that day it is not picked until somebody did."))
    expires_on = _day(pgettext_lazy("piece", "Not after"), required=False)
    licence = forms.CharField(label=_("Licence or source"), max_length=120, required=False)
    owner = forms.ModelChoiceField(label=_("Who keeps it up to date"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, kept: Piece | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.initial
        _set(self, "language", _with(spoken(), given.get("language", ""), languages.name))
        _set(self, "also_for", [one for one in spoken() if one[0] != given.get("language")])
        _set(self, "reasons", _with(_listed(), given.get("reasons", ()), reasons.current().label))
        _set(self, "topics", _with(topics.choices(), given.get("topics", ()), topics.label))
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = can_sign_in().order_by("name")
        if kept is None or not kept.file:
            del self.fields["drop_file"]

    def clean(self) -> dict[str, Any]:
        """One of the three must be there; the message says so before anything is stored."""
        data = super().clean() or {}
        file_stays = "drop_file" in self.fields and not data.get("drop_file")
        if not self.errors and not (data.get("url") or data.get("file") or data.get("text") or file_stays):
            self.add_error("url", gettext("Give an address, a file or a text: one of the three is enough."))
        return data

    def said(self) -> PieceFields:
        """What was typed, for the action."""
        data = self.cleaned_data
        names = ("title", "summary", "kind", "language", "url", "text", "reasons", "topics", "persona", "stage",
                 "also_for", "review_on", "expires_on", "licence", "owner")  # fmt: skip
        return PieceFields(**{name: data[name] for name in names})


def initial_of(piece: Piece) -> dict[str, Any]:
    """A piece as the form begins with it; one query."""
    tags = list(piece.tags.values_list("kind", "value"))
    fields = ("title", "summary", "kind", "language", "url", "text", "persona", "stage", "review_on", "expires_on",
              "licence", "owner")  # fmt: skip
    return {name: getattr(piece, name) for name in fields} | {
        "reasons": [value for kind, value in tags if kind == TagKind.REASON],
        "topics": [value for kind, value in tags if kind == TagKind.TOPIC],
        "also_for": [code for code in piece.also_for.split(",") if code],
    }


class WishForm(forms.Form):
    """A line of the content plan."""

    title = forms.CharField(label=_("What will be made"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=PieceKind.choices)
    owner = forms.ChoiceField(label=_("Who makes it"), required=False)
    due_on = _day(pgettext_lazy("plan", "By"), required=False)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        """``people``: asked for once, since a page holds many of these forms."""
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        _set(self, "owner", [("", gettext("nobody yet")), *((pk, one.name) for pk, one in self.people.items())])

    def said(self) -> dict[str, Any]:
        """What was typed, for the action."""
        return self.cleaned_data | {"owner": self.people.get(self.cleaned_data["owner"])}


def colleagues() -> list[User]:
    """Who may make a piece, by name."""
    return list(can_sign_in().order_by("name"))


def _listed() -> Choices:
    return list(reasons.current().choices())


def _set(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


def _with(choices: Choices, chosen: Any, label: Any) -> Choices:
    """What is no longer on the list stays choosable where it was chosen."""
    flat = {code for code, inside in choices if not isinstance(inside, list)}
    flat |= {code for _group, inside in choices if isinstance(inside, list) for code, _words in inside}
    codes = [chosen] if isinstance(chosen, str) else list(chosen)
    return [*choices, *((code, label(code)) for code in codes if code and code not in flat)]


def first_review(today: date) -> date:
    """In twelve months."""
    from rebond.nurture.actions.library import REVIEW_AFTER

    return today + REVIEW_AFTER
