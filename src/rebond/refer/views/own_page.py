"""An advocate's own page: no sign-in, the link is the key. Only POST stores anything.

A mail scanner may fetch every address as often as it likes. There is no cookie, no script, and no address outside the
page but the mail program's own (``mailto:``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rebond.base.errors import NotFound, RebondError
from rebond.base.web import PAGE_BY_LINK, NoFiles
from rebond.mail.models import Scope
from rebond.refer.access import get_linked_advocate
from rebond.refer.actions import advocates as acts
from rebond.refer.actions import own_page as theirs
from rebond.refer.models import Advocate
from rebond.refer.own_page import pages
from rebond.refer.own_page.forms import Typed
from rebond.refer.own_page.frame import frame_of, language_of
from rebond.refer.own_page.links import check_open
from rebond.refer.payee import parse

#: Of a form, what is read; the rest is no field of ours.
Fields = dict[str, str]

View = Callable[[HttpRequest, Advocate], HttpResponse]


def _by_link(*methods: str, after_its_time: bool = False) -> Callable[[View], Callable[..., HttpResponse]]:
    """Opens the door a personal link is, in its holder's language; every error is a calm page of the same look.

    ``csrf_exempt``: the key is in the address and in no cookie that a foreign page could make a browser send along. A
    form's token would need a cookie, which half of all mail programs' browsers drop.

    Args:
        after_its_time: the page works after the link's year too: stopping always does.
    """

    def door(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @require_http_methods(["GET", "HEAD", *methods])
        @wraps(view)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            request.upload_handlers = [NoFiles(request)]
            advocate = _holder(token)
            language = _language(request, advocate)
            with translation.override(language):
                answer = _answer(view, request, advocate, after_its_time=after_its_time)
            for name, value in {**PAGE_BY_LINK, "Content-Language": language}.items():
                answer.headers[name] = value
            return answer

        return opened

    return door


def _holder(token: str) -> Advocate | None:
    try:
        return get_linked_advocate(token)
    except NotFound:
        return None


def _answer(view: View, request: HttpRequest, advocate: Advocate | None, *, after_its_time: bool) -> HttpResponse:
    try:
        if advocate is None:
            raise _nowhere()
        if not after_its_time:
            check_open(advocate, timezone.now())
        return view(request, advocate)
    except RebondError as error:
        return _calm(request, advocate, error)
    except (SuspiciousOperation, BadRequest, MultiPartParserError):
        return _calm(request, advocate, _unreadable())


def _nowhere() -> NotFound:
    """The same words for a link that never was and for one that was taken back."""
    return NotFound(
        _("This link leads nowhere. It may have been cut short on its way. Nothing was stored. "
          "The person who sent it to you can send another.")
    )  # fmt: skip


def _unreadable() -> RebondError:
    return RebondError(_("That was more than this page can read, and it was not stored."), code="unreadable")


def _calm(request: HttpRequest, advocate: Advocate | None, error: RebondError) -> HttpResponse:
    """One sentence, and whom to ask."""
    context = {
        "page": frame_of(request, advocate),
        "error": error,
        "heading": pages.HEADINGS.get(error.code, _("That did not work")),
        "goes_on": advocate is not None and error.status not in (404, 410),
    }
    return render(request, "refer/own/closed.html", context, status=error.status)


def _language(request: HttpRequest, advocate: Advocate | None) -> str:
    """The one asked for in the address, else the holder's, else the browser's."""
    asked = request.GET.get("lang", "")
    if asked in dict(settings.LANGUAGES):
        return asked
    return language_of(advocate) if advocate else translation.get_language() or settings.LANGUAGE_CODE


def _spoken() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


@_by_link()
def page(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """Thanks, what became of each introduction, their reward, and the ways on."""
    context = pages.main(advocate, timezone.now()) | {"page": frame_of(request, advocate)}
    context["said"] = pages.SAID.get(request.GET.get("said", ""), "")
    return render(request, "refer/own/page.html", context)


@_by_link("POST")
def introduce(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """A form for somebody new; with ``?for=`` of one of theirs, the text to forward, and saying that it is sent."""
    if request.method == "POST":
        return _forwarded(request, advocate) if request.GET.get("for") else _name(request, advocate)
    if request.GET.get("for"):
        return _text(request, advocate)
    return _ask_for_name(request, advocate)


def _name(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    typed = Typed.of(request.POST)
    try:
        made = theirs.introduce_someone(
            advocate=advocate, named=typed.named, language=_spoken(), now=timezone.now()
        )  # fmt: skip
    except RebondError as wrong:
        before = pages.just_named(advocate, typed, timezone.now()) if wrong.code == "named_already" else None
        if before is None:
            return _ask_for_name(request, advocate, typed, wrong)
        made = before
    return _go(request, "refer:own_introduce", **{"for": made.pk, "said": "named"})


def _ask_for_name(
    request: HttpRequest, advocate: Advocate, typed: Typed | None = None, wrong: RebondError | None = None
) -> HttpResponse:
    """The form, empty or as it was sent, beside what is wrong with it."""
    context = pages.naming(typed or Typed(), timezone.now())
    context |= {"page": frame_of(request, advocate), "wrong": wrong, "wrong_field": pages.wrong_field(wrong)}
    return render(request, "refer/own/introduce.html", context, status=wrong.status if wrong else 200)


def _text(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """The mail to send on, for one of their own introductions."""
    context = pages.forwarding(advocate, request.GET["for"], _spoken())
    context |= {"page": frame_of(request, advocate), "said": pages.SAID.get(request.GET.get("said", ""), "")}
    return render(request, "refer/own/forward.html", context)


def _forwarded(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    referral = pages.referral_of(advocate, request.GET["for"])
    theirs.say_forwarded(advocate=advocate, referral=referral, language=_spoken(), now=timezone.now())
    return _go(request, "refer:own_page", said="forwarded")


@_by_link("POST")
def reward(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """The terms, what their employer says, and which reward they want."""
    if request.method != "POST":
        return _ask_for_reward(request, advocate)
    said = {field: request.POST.get(field, "") for field in ("allows", "wants")}
    try:
        theirs.answer_about_reward(advocate=advocate, **said, language=_spoken(), now=timezone.now())
    except RebondError as wrong:
        return _ask_for_reward(request, advocate, said, wrong)
    return _go(request, "refer:own_page", said="reward")


def _ask_for_reward(
    request: HttpRequest, advocate: Advocate, said: Fields | None = None, wrong: RebondError | None = None
) -> HttpResponse:
    if wrong:
        advocate.refresh_from_db(fields=["allows", "wants"])
    context = pages.rewarding(advocate, said, _spoken(), timezone.now())
    context |= {"page": frame_of(request, advocate), "wrong": wrong}
    return render(request, "refer/own/reward.html", context, status=wrong.status if wrong else 200)


@_by_link("POST")
def payee(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """Where their reward goes: asked for only once they chose one that has to be sent somewhere."""
    kind = pages.payee_kind(advocate, timezone.now())
    if not kind:
        return _go(request, "refer:own_reward")
    if request.method != "POST":
        return _ask_for_payee(request, advocate, kind)
    typed = {field: str(value) for field, value in request.POST.items()}
    try:
        theirs.say_payee(advocate=advocate, payee=parse(kind, typed), language=_spoken(), now=timezone.now())
    except RebondError as wrong:
        return _ask_for_payee(request, advocate, kind, typed, wrong)
    return _go(request, "refer:own_page", said="payee")


def _ask_for_payee(
    request: HttpRequest, advocate: Advocate, kind: str, typed: Fields | None = None, wrong: RebondError | None = None
) -> HttpResponse:
    context = pages.paying(advocate, kind, typed, str(wrong.detail.get("field", "")) if wrong else "")
    context |= {"page": frame_of(request, advocate), "wrong": wrong}
    return render(request, "refer/own/payee.html", context, status=wrong.status if wrong else 200)


@_by_link()
def statement(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """What was earned, given and taken back, line by line."""
    context = pages.accounting(advocate) | {"page": frame_of(request, advocate)}
    return render(request, "refer/own/statement.html", context)


@_by_link("POST", after_its_time=True)
def stop(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """No more questions about introductions, or no mail at all. A mail program's own button posts
    ``List-Unsubscribe=One-Click`` (RFC 8058): no cookie, no second question, and 200, since it follows no redirect."""
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    if request.method == "POST":
        scope = Scope.REFERRAL.value if one_click else request.POST.get("scope", "")
        acts.stop(advocate=advocate, scope=scope, now=timezone.now())
        if not one_click:
            return _go(request, "refer:own_stop")
    context = pages.stopping(advocate, timezone.now()) | {"page": frame_of(request, advocate), "scopes": Scope}
    return render(request, "refer/own/stop.html", context)


def _go(request: HttpRequest, name: str, **query: object) -> HttpResponse:
    """303: the browser fetches the next page with GET, so that reload and Back repeat nothing."""
    token = request.resolver_match.kwargs["token"] if request.resolver_match else ""
    if request.GET.get("lang") == _spoken():
        query["lang"] = _spoken()
    to = reverse(name, args=[token])
    answer = redirect(f"{to}?{urlencode(query)}" if query else to)
    answer.status_code = 303
    return answer
