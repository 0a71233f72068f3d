"""The outbox on a screen; for administrators."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.paging import page_of
from rebond.mail import actions, queries, words
from rebond.mail.access import get_message
from rebond.mail.guarding import health_words
from rebond.mail.models import Message, MessageStatus


@require_GET
def outbox(request: SignedInRequest) -> HttpResponse:
    """Every mail, newest first, with the counts by status on top."""
    require_admin(request.user)
    chosen = request.GET.get("status", "")
    page = page_of(queries.messages(chosen), request.GET.get("page"), load=Message.objects.select_related("mailbox"))
    ready, problem = queries.way_out()
    counted = queries.counts()
    context = {
        "page": page,
        "rows": [(one, words.title_of(one), words.reason_of(one)) for one in page],
        "chosen": chosen if chosen in MessageStatus.values else "",
        "counts": [(value, label, counted[value]) for value, label in MessageStatus.choices if counted[value]],
        "total": sum(counted.values()),
        "ready": ready,
        "problem": problem,
        "unknown": counted[MessageStatus.UNKNOWN],
        "health": health_words.said(timezone.now()),
        "halts": [(one, words.halt_of(one)) for one in queries.halts()],
    }
    return render(request, "mail/outbox.html", context)


@require_GET
def message(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one mail said, and what became of it."""
    found = get_message(request.user, pk)
    context = {"message": found, "title": words.title_of(found), "reason": words.reason_of(found)}
    context["can_cancel"] = found.status in (MessageStatus.PLANNED, MessageStatus.DEFERRED)
    return render(request, "mail/message.html", context)


@require_POST
def resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """``decision``: ``delivered``, or ``again``."""
    found, decision = get_message(request.user, pk), request.POST.get("decision", "")
    if decision not in ("delivered", "again"):
        raise RebondError(_("We do not know this choice. Nothing was changed. Choose one of the list."))
    actions.resolve_unknown(message=found, delivered=decision == "delivered", actor=request.user, now=timezone.now())
    said = {"delivered": _("Taken as sent."), "again": _("It is sent again. It may arrive twice.")}
    notices.success(request, said[decision])
    return redirect("mail:message", pk)


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Takes a mail back that has not left."""
    actions.take_back(message=get_message(request.user, pk), actor=request.user, now=timezone.now())
    notices.success(request, _("Taken back. It will not be sent."))
    return redirect("mail:message", pk)
