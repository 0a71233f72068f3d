"""What praise I like: four questions on one page, answered in under a minute; whoever puts it off loses nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.money import show
from rebond.base.web import back_to
from rebond.celebrate.actions.preferences import ORDERED, put_off, say
from rebond.celebrate.models import Incentive, PraiseForm, Preference, Visibility
from rebond.celebrate.queries.motives import motives_of
from rebond.celebrate.queries.preferences import preference_of
from rebond.celebrate.telling import as_wish, titled
from rebond.celebrate.visibility import ORDER, Wish, reaches

#: What each answer means, in one line.
VISIBILITIES: dict[str, Promise] = {
    Visibility.EVERYONE: _l("All teams here, and every screen on a wall"),
    Visibility.TEAM: _l("The colleagues I work with every day, and their screen on the wall"),
    Visibility.LEADER: _l("Nobody else is told"),
    Visibility.NOBODY: _l("It counts for the team, without a name"),
}
FORMS: dict[str, Promise] = {
    PraiseForm.PUBLIC: _l("On the team’s screens and in its chat"),
    PraiseForm.GROUP: _l("Those who had a part, and the team’s page of wins"),
    PraiseForm.PRIVATE: _l("A mail, which nobody else reads"),
    PraiseForm.SPOKEN: _l("Nothing in writing"),
    PraiseForm.NONE: _l("Nobody is asked to write"),
}
SONGS: tuple[tuple[str, Promise], ...] = (
    ("bell", _l("A bell")), ("two", _l("Two strokes")), ("chime", _l("A chime")), ("wood", _l("Three notes on wood")),
)  # fmt: skip
#: The win that the example tells of.
COMPANY, AMOUNT, CURRENCY = "Groupe Valmy", 620_000, "EUR"


@dataclass(frozen=True)
class Choice:
    """One big button."""

    value: str
    label: str | Promise
    help: str | Promise
    chosen: bool


@require_http_methods(["GET", "POST"])
def mine(request: SignedInRequest) -> HttpResponse:
    """The four questions as they are answered now, with what each circle would read."""
    if request.method == "POST":
        return _say(request)
    said = preference_of(request.user)
    context = _choices(said) | {
        "said": said,
        "example": _example(request),
        "circles": circles(said, request.user.first_name),
        "motives": motives_of(request.user, reader=request.user),
        "next": request.GET.get("next", ""),
    }
    return render(request, "celebrate/preferences.html", context)


def _choices(said: Preference) -> dict[str, Any]:
    wanted = [*said.incentives, "", "", ""][:ORDERED]
    return {
        "visibilities": [Choice(one.value, one.label, VISIBILITIES[one], one == said.visibility) for one in Visibility],
        "forms": [Choice(one.value, one.label, FORMS[one], one == said.form) for one in PraiseForm],
        "places": [
            (number, [Choice(one.value, one.label, "", one == value) for one in Incentive])
            for number, value in enumerate(wanted, start=1)
        ],
        "songs": [Choice(value, label, "", value == (said.song or "bell")) for value, label in SONGS],
    }


def _say(request: SignedInRequest) -> HttpResponse:
    post = request.POST
    places = [post.get(f"incentive_{number}", "") for number in range(1, ORDERED + 1)]
    say(
        user=request.user, visibility=post.get("visibility", ""), show_name="show_name" in post,
        show_amount="show_amount" in post, show_customer="show_customer" in post, form=post.get("form", ""),
        incentives=[one for one in places if one], leader_may_see="leader_may_see" in post, sound="sound" in post,
        song=post.get("song", ""), actor=request.user, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Saved. It holds from now on, also for what is about to be told."))
    return redirect(back_to(request, reverse("celebrate:preferences")))


def _example(request: SignedInRequest) -> dict[str, str]:
    """The lines of the example, by what may be named, for the preview that follows every tick."""
    name = request.user.first_name
    titles = {
        f"{'n' if named else ''}{'c' if customer else ''}": titled(name if named else "", COMPANY if customer else "")
        for named in (True, False)
        for customer in (True, False)
    }
    return titles | {"amount": _amount()}


def _amount() -> str:
    return show(AMOUNT, CURRENCY, (translation.get_language() or "en")[:2], cents=False)


def circles(said: Preference, name: str) -> list[tuple[str, str | Promise, str, str]]:
    """What each circle would read of the example: its code, who they are, the line and the amount; both empty for a
    circle that hears of one more win, or of nothing."""
    wish = as_wish(said)
    who = {
        Visibility.LEADER: _("Who leads my team"), Visibility.TEAM: _("My team"), Visibility.EVERYONE: _("Everybody"),
    }  # fmt: skip
    return [
        (circle.value, who[circle], *(_read(wish, name) if reaches(wish, circle) else ("", "")))
        for circle in ORDER
        if circle in who
    ]


def _read(wish: Wish, name: str) -> tuple[str, str]:
    line = titled(name if wish.show_name else "", COMPANY if wish.show_customer else "")
    return line, _amount() if wish.show_amount else ""


@require_POST
def later(request: SignedInRequest) -> HttpResponse:
    """Not now."""
    put_off(user=request.user, now=timezone.now())
    return redirect(back_to(request, reverse("loop:today")))
