"""Was the list right? Promised worth beside what came. Shown to everybody who is signed in; it names nobody."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from rebond.accounts.requests import SignedInRequest
from rebond.loop.right.answer import right as answer
from rebond.loop.right.looked import ALL, OWN, TEAM, Looked, choices


@require_GET
def right(request: SignedInRequest) -> HttpResponse:
    """The shell at once; the comparison with ``part=1``, or with ``show=1`` as a page that needs no script."""
    looked = Looked.of(request.user, request.GET.get("whose", ""), timezone.localdate())
    address = f"{reverse('loop:right')}?{urlencode({'whose': looked.whose})}"
    names = {OWN: _("My own"), TEAM: _("My team"), ALL: _("Everybody")}
    context = {
        "looked": looked, "address": address,
        "choices": [(whose, names[whose]) for whose in choices(request.user)],
    }  # fmt: skip
    whole = request.GET.get("show") == "1"
    if not whole and request.GET.get("part") != "1":
        return render(request, "loop/right.html", context)
    from rebond.loop.right.words import findings  # NumPy: only for who asks for the figures

    context["findings"] = findings(answer(looked))
    return render(request, "loop/right.html" if whole else "loop/partials/right.html", context)
