"""A person's rights: what is kept of them and why we may write, their copy of it, their erasure."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed
from rebond.deals.access import get_person
from rebond.deals.models import Person
from rebond.loop import forgetting
from rebond.loop.privacy import copy_of, counted, is_erased, kept_of, same_person
from rebond.mail.actions.basis import country_of
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Ground, Use
from rebond.mail.queries.basis import bases_of, silences_of, wish_of
from rebond.mail.rights import basis as rules


@require_GET
def privacy(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whoever may open the person sees what we may send and why; what else is kept comes as counts."""
    person, now = get_person(request.user, pk), timezone.now()
    country = country_of(person)
    mark = fingerprint(person.email) if person.email else ""
    bases = list(bases_of(mark)) if mark else []
    context: dict[str, Any] = {
        "person": person,
        "erased": is_erased(person),
        "country": country,
        "bases": [(one, rules.in_force(one, country, now)) for one in bases],
        "silences": silences_of(mark) if mark else [],
        "wish": wish_of(mark) if mark else None,
        "counts": counted(kept_of(person, request.user)),
        "others": same_person(person)[1:],
        "uses": Use.choices,
        "grounds": [(value, label) for value, label in Ground.choices if rules.counts_in(value, country)],
        "suggested": rules.ground_for(country),
        "today": timezone.localdate(),
    }
    return render(request, "loop/privacy.html", context)


@require_POST
def export_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """The person's own copy as one JSON file; a manager's holds what they may see, and says so."""
    person, now = _for_leads(request, pk), timezone.now()
    made = copy_of(person, request.user, now)
    forgetting.note_copy_made(person=person, actor=request.user, now=now)
    answer = JsonResponse(made, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="person-{person.pk}.json"'
    answer["Cache-Control"] = "no-store"
    return answer


def _for_leads(request: SignedInRequest, pk: int) -> Person:
    person = get_person(request.user, pk)
    if not request.user.is_lead:
        raise NotAllowed
    return person


@require_POST
def erase_person(request: SignedInRequest, pk: int) -> HttpResponse:
    """The name, typed once more, is the confirmation."""
    person = get_person(request.user, pk)
    require_admin(request.user)
    forgetting.erase_person(person=person, typed=request.POST.get("name", ""), actor=request.user, now=timezone.now())
    notices.success(request, _("Erased. The address stays silent, as a mark that cannot be read back."))
    return redirect("loop:privacy", pk)
