"""Mailboxes: how mail leaves and arrives, whether it will get there; and the button that stops it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.access import require_admin
from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import RebondError
from rebond.base.paging import page_of
from rebond.mail import actions, doctor, queries
from rebond.mail import words as sentences
from rebond.mail.access import get_halt, get_mailbox
from rebond.mail.actions.halts import CHOICES
from rebond.mail.boxes import checking, selfcheck
from rebond.mail.boxes.form import MailboxForm, initial_for, service_named
from rebond.mail.boxes.mailbox import house
from rebond.mail.doctor import words
from rebond.mail.doctor.finding import Finding, Level
from rebond.mail.doctor.relays import HINTS, SERVICES
from rebond.mail.guarding import health_words
from rebond.mail.guarding.evidence import left_today
from rebond.mail.guarding.guards import may_send_notes
from rebond.mail.models import Mailbox, Message


@require_GET
def mailboxes(request: SignedInRequest) -> HttpResponse:
    """Every mailbox: what left today of how much, and how it stands."""
    require_admin(request.user)
    now = timezone.now()
    mine = house(now=now)
    page = page_of(
        Mailbox.objects.order_by("-is_house", "address"), request.GET.get("page"),
        load=Mailbox.objects.select_related("owner"),
    )  # fmt: skip
    left = left_today(list(page), mine, now)
    context = {
        "page": page,
        "rows": [(one, left[one.pk], state_of(one, now)) for one in page],
        "halts": [(one, sentences.halt_of(one)) for one in queries.halts()],
        "covers": CHOICES,
        "health": health_words.said(now),
    }
    return render(request, "mail/mailboxes.html", context)


def state_of(mailbox: Mailbox, now: datetime) -> tuple[str, str]:
    """How it stands, as (code, words)."""
    if not mailbox.is_on:
        return "off", _("Off")
    if mailbox.paused_until and now < mailbox.paused_until:
        return "rests", _("Rests")
    if mailbox.checked_at:
        return "checked", _("Checked")
    if mailbox.found.get("signed_off"):
        return "signed_off", _("Signed off without a check")
    return "unchecked", _("Not checked yet")


@require_http_methods(["GET", "POST"])
def mine(request: SignedInRequest) -> HttpResponse:
    """A colleague connects their own address; saving tries both servers at once."""
    now, user = timezone.now(), request.user
    mailbox = Mailbox.objects.filter(owner=user).first()
    service = service_named(request.GET.get("service", ""))
    form = MailboxForm(
        request.POST or None,
        initial=initial_for(mailbox, service.code if service else "", user.email or "", user.name),
    )
    if request.method == "POST" and form.is_valid():
        return _connect(request, form, mailbox, now)
    context = {
        "form": form,
        "mailbox": mailbox,
        "services": SERVICES,
        "service": service,
        "hint": HINTS[service.hint] if service else "",
    }
    return render(request, "mail/mailbox_mine.html", context)


def _connect(request: SignedInRequest, form: MailboxForm, mailbox: Mailbox | None, now: datetime) -> HttpResponse:
    given = form.cleaned_data
    way_out, way_in = form.ways(mailbox)
    saved = actions.connect_mailbox(
        owner=request.user, address=given["address"], name=given["name"], way_out=way_out, way_in=way_in,
        per_minute=given["per_minute"], per_day=given["per_day"], is_on=given["is_on"],
        sent_folder=mailbox.sent_folder if mailbox else "", actor=request.user, now=now,
    )  # fmt: skip
    found = checking.examine(saved, actor=request.user, now=now)
    trouble = [one for one in found if one.about in ("tls", "inbox") and one.level is Level.WRONG]
    if trouble:
        notices.error(request, " ".join([_("Saved, but it does not work yet."), words.found_of(trouble[0])]))
    else:
        notices.success(request, _("Saved, and the servers let us in. Now let the mailbox write to itself."))
    return redirect("mail:mailbox", saved.pk)


@require_GET
def mailbox(request: SignedInRequest, pk: int) -> HttpResponse:
    """One mailbox: its limits, what was found, its check."""
    found, now = get_mailbox(request.user, pk), timezone.now()
    check_mail = Message.objects.filter(key__startswith=selfcheck.key_of(found, 0)[:-1]).order_by("-pk").first()
    context: dict[str, Any] = {
        "mailbox": found,
        "state": state_of(found, now),
        "left": left_today([found], house(now=now), now)[found.pk],
        "findings": [_row(one) for one in doctor.kept(found) if one.about != "dkim"],
        "examined_at": _moment(found.found.get("examined_at")),
        "signature": _row(doctor.signature_of(found)),
        "check_mail": check_mail,
        "is_owner": found.owner_id == request.user.pk,
        "may_send": may_send_notes(found),
        "resting": found.paused_until and now < found.paused_until,
    }
    return render(request, "mail/mailbox.html", context)


def _row(finding: Finding) -> dict[str, str]:
    return {
        "about": finding.about, "level": finding.level.value, "state": words.level_of(finding),
        "title": words.title_of(finding), "found": words.found_of(finding), "todo": words.todo_of(finding),
        "record": finding.record,
    }  # fmt: skip


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


@require_POST
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """``do``: ``examine`` servers and DNS, ``send`` a check mail, ``look`` for it, take its source (``raw``), or
    ``sign_off`` without it (administrators)."""
    found, now = get_mailbox(request.user, pk), timezone.now()
    what = request.POST.get("do", "")
    if what == "examine":
        checking.examine(found, actor=request.user, now=now)
        notices.success(request, _("Looked at. What was found stands below."))
    elif what == "send":
        actions.check_mailbox(mailbox=found, actor=request.user, now=now)
        notices.success(
            request, _("A check mail is on its way. It is looked for by itself; that takes a minute or two.")
        )
    elif what == "look":
        _look(request, found, now)
    elif what == "raw":
        signature = checking.conclude(found, request.POST.get("raw", "").encode(), actor=request.user, now=now)
        _say(request, signature)
    elif what == "sign_off":
        require_admin(request.user)
        actions.sign_off(mailbox=found, words=request.POST.get("words", ""), actor=request.user, now=now)
        notices.success(request, _("Signed off. Notes may leave from this mailbox."))
    else:
        raise _unknown_choice()
    return redirect("mail:mailbox", pk)


def _unknown_choice() -> RebondError:
    return RebondError(_("We do not know this choice. Nothing was changed. Choose one of the list."))


def _look(request: SignedInRequest, mailbox: Mailbox, now: datetime) -> None:
    last = Message.objects.filter(key__startswith=selfcheck.key_of(mailbox, 0)[:-1]).order_by("-pk").first()
    found = checking.look_for(mailbox, last, now=now) if last else None
    if found is None:
        notices.error(request, _("The check mail has not arrived where we can see it. Look again in a minute."))
    else:
        _say(request, found)


def _say(request: SignedInRequest, finding: Finding) -> None:
    tell = notices.success if finding.level is Level.OK else notices.error
    tell(request, words.found_of(finding))


@require_POST
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    """``do``: ``resume`` before its time (administrators), ``on``, ``off``, or ``forget`` its passwords."""
    found, now = get_mailbox(request.user, pk), timezone.now()
    what = request.POST.get("do", "")
    if what == "resume":
        require_admin(request.user)
        actions.resume_mailbox(mailbox=found, actor=request.user, now=now)
        notices.success(request, _("It works again."))
    elif what in ("on", "off"):
        actions.turn_mailbox(mailbox=found, on=what == "on", actor=request.user, now=now)
        notices.success(request, _("Notes leave from it.") if what == "on" else _("Off. Its notes wait."))
    elif what == "forget":
        actions.forget_mailbox(mailbox=found, actor=request.user, now=now)
        notices.success(request, _("Its passwords are forgotten, and it is off."))
    else:
        raise _unknown_choice()
    return redirect("mail:mailbox", pk)


@require_POST
def halt(request: SignedInRequest) -> HttpResponse:
    """Stops ``covers``: ``everything``, or ``cadence``."""
    require_admin(request.user)
    covers = request.POST.get("covers", "")
    if covers not in dict(CHOICES):
        raise _unknown_choice()
    actions.halt(
        covers=covers, because="operator", note=request.POST.get("note", ""), actor=request.user, now=timezone.now()
    )
    notices.success(request, _("Stopped. Nothing is lost: what waits leaves when you let it."))
    return redirect("mail:mailboxes")


@require_POST
def lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mail leaves again."""
    actions.lift_halt(halt=get_halt(request.user, pk), actor=request.user, now=timezone.now())
    notices.success(request, _("Mail leaves again."))
    return redirect("mail:mailboxes")
