"""One person to ask for an introduction: why them, what to say, the letter, what they answered, whom they named."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotFound
from rebond.base.web import back_to
from rebond.deals.access import get_person
from rebond.deals.models import Deal, Outcome, Person
from rebond.deals.queries import deals_for, people_for
from rebond.deals.search import narrowed
from rebond.refer.access import get_ask
from rebond.refer.actions import asking
from rebond.refer.actions.asking import ANSWERS, MOST_NAMES
from rebond.refer.actions.registering import Named
from rebond.refer.asked.shown import shown
from rebond.refer.models import ReferralAsk, State
from rebond.refer.views.people import say_what_else

#: People offered at once.
FOUND = 20


@require_GET
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    page = shown(get_ask(request.user, pk), request.user, variant=_variant(request), now=timezone.now())
    return render(request, "refer/ask.html", {"page": page, "ask": page.ask})


def _variant(request: SignedInRequest) -> int:
    wanted = request.GET.get("draft", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else 0


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _back(request: SignedInRequest, pk: int) -> HttpResponse:
    return redirect(back_to(request, reverse("refer:ask", args=[pk])))


def _name(found: ReferralAsk) -> dict[str, str]:
    return {"name": found.person.name if found.person else ""}


# ---- by hand


@require_http_methods(["GET", "POST"])
def new_ask(request: SignedInRequest) -> HttpResponse:
    """Anybody may be asked: a customer, a partner, a contact who never buys."""
    if request.method == "GET":
        wanted = request.GET.get("q", "").strip()
        context = {"q": wanted, "people": _found(request, wanted) if wanted else []}
        return render(request, "refer/new_ask.html", context)
    person = get_person(request.user, _number(request.POST.get("person", "")) or 0)
    made = asking.new_ask(person=person, deal=_deal(request, person), actor=request.user, now=timezone.now())
    return redirect("refer:ask", made.pk)


def _found(request: SignedInRequest, wanted: str) -> list[Person]:
    """People that hold every word, however they are accented."""
    near = narrowed(people_for(request.user), "person", wanted)
    return list(near.select_related("company").order_by("name", "pk")[:FOUND])


def _deal(request: SignedInRequest, person: Person) -> Deal | None:
    """The deal it is about: the one that was named, else the newest they bought in, as far as the reader may see it.

    One that they take no part in is none of theirs: it would show what we may write to them about.
    """
    theirs = deals_for(request.user).filter(deal_people__person=person)
    if (pk := _number(request.POST.get("deal", ""))) is not None:
        if (found := theirs.filter(pk=pk).first()) is None:
            raise NotFound
        return found
    return theirs.filter(outcome=Outcome.WON).order_by("-closed_at", "-pk").first()


# ---- said


@require_POST
def asked(request: SignedInRequest, pk: int) -> HttpResponse:
    """One tap: it was said; and what they answered, where they did."""
    found, now, data = get_ask(request.user, pk, to_write=True), timezone.now(), request.POST
    answer = data.get("answer", "")
    if found.asked_at is None:
        asking.mark_asked(ask=found, channel=data.get("channel", "") or "call", actor=request.user, now=now)
    if answer in ANSWERS:
        asking.answered(ask=found, answer=answer, actor=request.user, now=now)
    messages.success(request, _said(found, answer))
    return _back(request, pk) if answer != State.AGREED else redirect(f"{reverse('refer:ask', args=[pk])}#named")


def _said(found: ReferralAsk, answer: str) -> str:
    words = {
        State.AGREED.value: _("Noted: %(name)s agreed. Whom did they name?"),
        State.DECLINED.value: _("Noted: %(name)s would rather not. We ask nobody twice for a year after that."),
    }
    return words.get(answer, _("Noted: you asked %(name)s. That was the hard part.")) % _name(found)


@require_POST
def named(request: SignedInRequest, pk: int) -> HttpResponse:
    """Names said on the phone, one or several at once."""
    found, now = get_ask(request.user, pk, to_write=True), timezone.now()
    channel = request.POST.get("channel", "") or "call"
    made = asking.named(ask=found, people=_people(request), channel=channel, actor=request.user, now=now)
    words = ngettext("Noted: %(count)d name. The introduction is next.",
                     "Noted: %(count)d names. The introductions are next.", len(made))  # fmt: skip
    messages.success(request, words % {"count": len(made)})
    say_what_else(request, made[0])
    return redirect("refer:referral", made[0].pk) if len(made) == 1 else redirect("refer:ask", pk)


def _people(request: SignedInRequest) -> list[Named]:
    """The rows of the form; a row without anything is none."""
    columns = [request.POST.getlist(name)[: MOST_NAMES + 1] for name in ("name", "company_name", "email", "phone")]
    length = max(len(column) for column in columns)
    rows = zip(*(column + [""] * (length - len(column)) for column in columns), strict=True)
    typed = [Named(name=n, company_name=c, email=e, phone=p) for n, c, e, p in rows]
    return [one for one in typed if any(text.strip() for text in (one.name, one.company_name, one.email, one.phone))]


# ---- written, passed


@require_POST
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """The letter a person has read: ten seconds to undo."""
    found, data = get_ask(request.user, pk, to_write=True), request.POST
    asking.send_ask(
        ask=found, subject=data.get("subject", ""), body=data.get("body", ""), actor=request.user, now=timezone.now()
    )
    request.session["toast"] = {
        "words": _("To %(name)s: leaves in ten seconds.") % _name(found),
        "url": reverse("refer:take_back", args=[pk]),
    }
    return _back(request, pk)


@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_ask(request.user, pk, to_write=True)
    asking.take_ask_back(ask=found, actor=request.user, now=timezone.now())
    messages.success(request, _("Not sent. It is on your list again."))
    return _back(request, pk)


@require_POST
def pass_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not this time, and why: it stays with the seller."""
    found, data = get_ask(request.user, pk, to_write=True), request.POST
    asking.pass_on(
        ask=found, because=data.get("because", ""), note=data.get("note", ""), actor=request.user, now=timezone.now()
    )
    messages.success(request, _("Not this time. Why stays with you."))
    return _back(request, pk)
