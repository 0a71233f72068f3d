"""What came in and how it was understood. Who sees how much of it: ``mail.queries.inbox``."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed
from rebond.base.paging import page_of
from rebond.deals.queries import people_for
from rebond.mail import actions
from rebond.mail.access import get_received
from rebond.mail.inbox import words
from rebond.mail.models import Folder, Kind, Received
from rebond.mail.queries import inbox as queries_inbox
from rebond.mail.work.inbox import read_soon, readable


@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    """What came in, newest first, with a finding on top."""
    chosen = request.GET.get("kind", "")
    loaded = Received.objects.select_related(*queries_inbox.WITH)
    page = page_of(queries_inbox.received_for(request.user, chosen), request.GET.get("page"), load=loaded)
    counted = queries_inbox.all_counts(request.user)
    recent = queries_inbox.counts(request.user, timezone.now())
    context = {
        "page": page,
        "rows": [_row(request, one) for one in page],
        "chosen": chosen if chosen in Kind.values else "",
        "counts": [(value, label, counted[value]) for value, label in Kind.choices if counted[value]],
        "total": sum(counted.values()),
        "headline": words.headline(recent) if recent else "",
        "inboxes": [_state(folder) for folder in queries_inbox.inboxes_for(request.user)],
    }
    return render(request, "mail/inbox.html", context)


def _row(request: SignedInRequest, one: Received) -> dict[str, object]:
    return {
        "mail": one,
        "kind": Kind(one.meant).label,
        "icon": words.ICONS[Kind(one.meant)],
        "followed": words.followed(one),
        "readable": queries_inbox.may_read(request.user, one),
    }


def _state(folder: Folder) -> dict[str, object]:
    return {"folder": folder, "problem": words.problem_of(folder), "said": words.server_said(folder)}


@require_GET
def received(request: SignedInRequest, pk: int) -> HttpResponse:
    """One mail: what it says, how it was understood and why, what followed."""
    found = get_received(request.user, pk)
    context = _row(request, found) | {"because": words.because(found), "kinds": Kind.choices}
    context["may_open"] = found.person is not None and people_for(request.user).filter(pk=found.person.pk).exists()
    return render(request, "mail/received.html", context)


@require_POST
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """``kind``: what it is instead, of ``Kind``."""
    found = get_received(request.user, pk)
    if not queries_inbox.may_read(request.user, found):
        raise NotAllowed
    actions.correct(received=found, kind=request.POST.get("kind", ""), actor=request.user, now=timezone.now())
    notices.success(request, _("Noted. What follows from it was done again your way."))
    return redirect("mail:received", pk)


@require_POST
def read_now(request: SignedInRequest) -> HttpResponse:
    """Reads what concerns them at once, also what is left alone for a while after a failure."""
    now = timezone.now()
    boxes = queries_inbox.concerning(request.user, readable(now=now))
    for box in boxes:
        read_soon(box, now=now)
    if boxes:
        notices.success(request, _("Being read now. What is new stands here in a moment."))
    else:
        notices.error(request, _("No mailbox is read here yet. Connect yours under Mailboxes; then answers come in."))
    return redirect("mail:inbox")
