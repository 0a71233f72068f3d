"""One person: what we know, what we may send, and the next touch."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.dates import parse_day, show_day
from rebond.base.errors import RebondError
from rebond.base.web import back_to
from rebond.deals.access import get_person
from rebond.deals.models import Deal, Outcome, Person
from rebond.deals.queries import deals_for
from rebond.mail.models import Message
from rebond.nurture import actions
from rebond.nurture.access import get_date, get_signal, get_step, may_write
from rebond.nurture.cadence.policies import NEVER, OWN_BASIS, all_current
from rebond.nurture.keep.known import known
from rebond.nurture.keep.note import draft_of, looks, their_clock
from rebond.nurture.keep.reach import LOGGED, going, must_write, to_write
from rebond.nurture.keep.words import NOT_YET, leaves_at, signal_source, signal_why
from rebond.nurture.models import DateKind, Enrolment, Piece, Signal, Standing, Step, Verdict


@require_GET
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    user, now = request.user, timezone.now()
    found = get_person(user, pk)
    facts = known(user, found, now=now)
    one, policies = facts.enrolment, all_current()
    leaves, problem = looks(one, user, now) if one else ("", "")
    context = {
        "person": found,
        "known": facts,
        "enrolment": one,
        "going": one is not None and one.status != Standing.ENDED,
        "may": may_write(user, one.owner_id) if one else True,
        "leaves": leaves,
        "problem": problem,
        "clock": their_clock(one, now) if one else "",
        "why": _why(one),
        "signals": [(sign, signal_why(sign), signal_source(sign)) for sign in facts.signals],
        "kinds": DateKind.choices,
        "cadences": [policy for key, policy in policies.items() if key != NEVER and key not in OWN_BASIS],
        "friends": [policy for key, policy in policies.items() if key in OWN_BASIS],
        "today": timezone.localdate(now),
    }
    return render(request, "nurture/person.html", context)


def _why(one: Enrolment | None) -> str:
    return one.due_words if one else ""


def _to_write(request: SignedInRequest, pk: int) -> tuple[Person, Enrolment]:
    """The person, and the keeping in touch that goes on, which this reader may act on."""
    found = get_person(request.user, pk)
    return found, must_write(request.user, found)


def _back(request: SignedInRequest, pk: int) -> HttpResponse:
    return redirect(back_to(request, reverse("nurture:person", args=[pk])))


@require_POST
def begin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody new to stay in touch with, in one's own name."""
    found = get_person(request.user, pk)
    to_write(request.user, found)
    first_on = parse_day(request.POST.get("first_on", ""))
    actions.begin(
        person=found, owner=request.user, cadence=request.POST.get("cadence", ""), first_on=first_on,
        waits_for=request.POST.get("waits_for", "").strip(), evidence=request.POST.get("evidence", ""),
        agreed="agreed" in request.POST, actor=request.user, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("In touch. The first time is yours, on the day shown here."))
    return _back(request, pk)


@require_POST
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    _person, one = _to_write(request, pk)
    actions.pause(enrolment=one, until=_until(request), actor=request.user, now=timezone.now())
    messages.success(request, _("Paused. Nothing leaves until it goes on."))
    return _back(request, pk)


@require_POST
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    _person, one = _to_write(request, pk)
    actions.resume(enrolment=one, actor=request.user, now=timezone.now())
    messages.success(request, _("Goes on. The next day is worked out anew."))
    return _back(request, pk)


@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    found, one = _to_write(request, pk)
    actions.end(enrolment=one, actor=request.user, now=timezone.now())
    messages.success(request, _("Over. What we know of %(name)s stays.") % {"name": found.name})
    return _back(request, pk)


@require_POST
def skip(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not this time."""
    _person, one = _to_write(request, pk)
    actions.skip_step(enrolment=one, actor=request.user, now=timezone.now())
    messages.success(request, _("Not this time. The next is due when the interval is over."))
    return _back(request, pk)


@require_POST
def day(request: SignedInRequest, pk: int) -> HttpResponse:
    """Today, or later: the seller chooses the day of the next touch."""
    found, one = _to_write(request, pk)
    now = timezone.now()
    on = timezone.localdate(now) if request.POST.get("until") == "today" else _until(request)
    if on is None:
        raise RebondError(_("A day is missing. Nothing was changed. Choose one."), code="day_missing")
    actions.choose_day(enrolment=one, on=on, actor=request.user, now=now)
    words = {"name": found.name, "day": show_day(one.due_on)}
    is_due = one.due_on is not None and one.due_on <= timezone.localdate(now)
    messages.success(request, (_("%(name)s is on Today.") if is_due else _("%(name)s waits until %(day)s.")) % words)
    return _back(request, pk)


def _until(request: SignedInRequest) -> date | None:
    """A day as forms send it: a span, or a day."""
    span = NOT_YET.get(request.POST.get("until", ""))
    return timezone.localdate() + span if span else parse_day(request.POST.get("day", ""))


def _days(request: SignedInRequest, name: str) -> int | None:
    typed = request.POST.get(name, "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise RebondError(
            _("An interval is a number of days. Nothing was changed. Write 90, or leave it empty."), code="bad_interval"
        )
    return int(typed)


@require_POST
def interval(request: SignedInRequest, pk: int) -> HttpResponse:
    """This person's own interval; empty for the policy's."""
    _person, one = _to_write(request, pk)
    ideal, longest = _days(request, "ideal_days"), _days(request, "longest_days")
    actions.set_interval(enrolment=one, ideal_days=ideal, longest_days=longest, actor=request.user, now=timezone.now())
    messages.success(request, _("Saved. The next day follows from it."))
    return _back(request, pk)


@require_POST
def add_date(request: SignedInRequest, pk: int) -> HttpResponse:
    """A date they gave, in their words; a month alone is its first day."""
    found = get_person(request.user, pk)
    to_write(request.user, found)
    typed = request.POST.get("on", "")
    whole = len(typed) == len("2026-06")
    on = parse_day(f"{typed}-01" if whole else typed)
    if on is None:
        raise RebondError(_("This is not a date. Nothing was saved. Choose a day or a month."), code="bad_date")
    actions.name_date(
        person=found, kind=request.POST.get("kind", ""), on=on, words=request.POST.get("words", "").strip(),
        whole_month=whole or "whole_month" in request.POST, actor=request.user, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Kept. We come back to them before it."))
    return _back(request, pk)


@require_POST
def drop_date(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_date(request.user, pk)
    to_write(request.user, found.person)
    actions.drop_date(date=found, actor=request.user, now=timezone.now())
    messages.success(request, _("Taken back. The next day is worked out anew."))
    return _back(request, found.person_id)


@require_POST
def logged(request: SignedInRequest, pk: int) -> HttpResponse:
    """One tap: called, met, they called."""
    found = get_person(request.user, pk)
    to_write(request.user, found)
    how = request.POST.get("how", "")
    if how not in LOGGED:
        raise RebondError(
            _("We do not know this kind of contact. Nothing was saved. Choose call, email, meeting or message."),
            code="unknown_channel",
        )
    channel, direction, result = LOGGED[how]
    actions.log_contact(
        person=found, channel=channel, direction=direction, result=result,
        note=request.POST.get("note", "").strip(), actor=request.user, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Logged: %(name)s.") % {"name": found.name})
    return _back(request, pk)


@require_GET
def note(request: SignedInRequest, pk: int) -> HttpResponse:
    """A note to write now, due or not."""
    now = timezone.now()
    found, one = _to_write(request, pk)
    asked = request.GET.get("draft", "")
    variant = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
    other = f"{request.path}?draft={variant + 1}"
    here = reverse("nurture:person", args=[pk])
    draft = draft_of(one, request.user, variant=variant, other_url=other, piece=_piece(request), back=here, now=now)
    return render(request, "nurture/note.html", {"person": found, "enrolment": one, "draft": draft})


def _piece(request: SignedInRequest) -> Piece | None:
    wanted = request.GET.get("piece", "") or request.POST.get("piece", "")
    good = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
    return Piece.objects.filter(pk=int(wanted), retired_at=None).first() if good else None


@require_POST
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """The note a person has read: it leaves in ten seconds, or when their working day begins."""
    found, one = _to_write(request, pk)
    now, data = timezone.now(), request.POST
    step = actions.send_note(
        enrolment=one, subject=data.get("subject", ""), body=data.get("body", ""), piece=_piece(request),
        number=_number(request), actor=request.user, now=now,
    )  # fmt: skip
    request.session["toast"] = {
        "words": _leaving(found, one, step, request, now),
        "url": reverse("nurture:take_back", args=[step.pk]),
    }
    return _back(request, pk)


def _number(request: SignedInRequest) -> int | None:
    """Which touch the form was made for; a page that is sent a second time, days later, sends no second note."""
    typed = request.POST.get("number", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else None


def _leaving(found: Person, one: Enrolment, step: Step, request: SignedInRequest, now: datetime) -> str:
    """ "Hélène: leaves Thursday at 08:30, their time"."""
    at = Message.objects.filter(key=step.message_key).values_list("send_at", flat=True).first()
    if at is None or (at - now).total_seconds() < 60:
        return _("To %(name)s: leaves in ten seconds.") % {"name": found.name}
    when = leaves_at(at, one.zone, request.user.time_zone, now)
    return _("To %(name)s: leaves %(when)s.") % {"name": found.name, "when": when}


@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    step = get_step(request.user, pk)
    actions.take_back(step=step, actor=request.user, now=timezone.now())
    messages.success(request, _("Not sent. It is on your list again."))
    return _back(request, step.enrolment.person_id)


@require_POST
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the seller found behind a sign."""
    sign = get_signal(request.user, pk, to_write=True)
    verdict, now = request.POST.get("verdict", ""), timezone.now()
    deal = _open_deal(request, sign) if verdict == Verdict.READY else None
    if verdict == Verdict.READY and deal is None:
        messages.info(request, _("No open deal with them is known yet. Add it; then this sign is settled."))
        return redirect(reverse("deals:new"))
    actions.settle_signal(signal=sign, verdict=verdict, deal=deal, actor=request.user, now=now)
    _not_before(request, sign, verdict, now)
    messages.success(request, _("Noted: %(name)s.") % {"name": sign.person.name})
    return _back(request, sign.person_id)


def _open_deal(request: SignedInRequest, sign: Signal) -> Deal | None:
    """The newest open deal with them that this reader may see."""
    return (
        deals_for(request.user)
        .filter(deal_people__person=sign.person_id, outcome=Outcome.OPEN)
        .order_by("-opened_at", "-pk")
        .first()
    )


def _not_before(request: SignedInRequest, sign: Signal, verdict: str, now: datetime) -> None:
    """Not yet: the day they said, or the seller thinks, is the next touch's."""
    on = _until(request)
    one = going(request.user, sign.person)
    if verdict == Verdict.NOT_YET and on is not None and one is not None:
        actions.choose_day(enrolment=one, on=on, actor=request.user, now=now)
