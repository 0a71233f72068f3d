"""The buyer's page: no sign-in, the link is the key. Only POST stores anything.

A mail scanner may fetch every link as often as it likes. There is no cookie, no script and no address outside the
survey; what the pages need to remember between two requests is in the draft or, for a language, in the address.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
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
from rebond.learn.access import LEADS_NOWHERE, get_linked_invitation
from rebond.learn.actions import responses
from rebond.learn.feedback.answers import STEPS, Mattering, Sending, StepAnswer, read_sending, read_step
from rebond.learn.feedback.languages import spoken
from rebond.learn.feedback.links import check_open, contact_of, newest_programme, with_everything
from rebond.learn.feedback.pages import Page, sent_page, step_page
from rebond.learn.models import Invitation, InvitationStatus
from rebond.mail.models import Scope
from rebond.mail.queries import suppressed

View = Callable[..., HttpResponse]


def _by_link(view: View) -> View:
    """Opens the door a personal link is, in the buyer's language; every error is a calm page of the survey itself.

    ``csrf_exempt``: the token in the address is the key, and it is in no cookie that a foreign page could make a
    browser send along. A form's token would need a cookie, which half of all mail programs' browsers drop.
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, token: str, **place: Any) -> HttpResponse:
        invitation = None
        request.upload_handlers = [NoFiles(request)]
        try:
            invitation = get_linked_invitation(token, to_write=request.method == "POST")
            language = _language(request, invitation)
        except NotFound as error:
            language = _asked_language(request) or translation.get_language() or "en"
            missing: RebondError | None = error
        else:
            missing = None
        with translation.override(language):
            answer = _calm(request, None, missing) if missing else _answer(view, request, invitation, place)
        for name, value in {**PAGE_BY_LINK, "Content-Language": language}.items():
            answer.headers[name] = value
        return answer

    return opened


def _answer(view: View, request: HttpRequest, invitation: Invitation | None, place: dict[str, Any]) -> HttpResponse:
    try:
        return view(request, invitation, **place)
    except RebondError as error:
        return _calm(request, invitation, error)
    except (SuspiciousOperation, BadRequest, MultiPartParserError):
        return _calm(request, invitation, _unreadable())


def _unreadable() -> RebondError:
    return RebondError(
        _("That was more than this page can read, and it was not stored. What you saved before is kept."),
        code="unreadable",
    )


def _asked_language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in spoken() else ""


def _language(request: HttpRequest, invitation: Invitation) -> str:
    """The one chosen on the page, else the draft's, else the invitation's."""
    kept = invitation.response.language if hasattr(invitation, "response") else invitation.language
    return _asked_language(request) or (kept if kept in spoken() else settings.LANGUAGE_CODE)


def _calm(request: HttpRequest, invitation: Invitation | None, error: RebondError) -> HttpResponse:
    """One sentence, and whom to ask; for a link that is none, that took its answer, or that is over."""
    rules = (invitation.programme if invitation else None) or newest_programme()
    context = {
        "error": str(error),
        "heading": _headings().get(error.code, _("That did not work")),
        "contact": contact_of(rules),
        "page": Page.of(request, invitation, company=rules.company_name if rules else ""),
    }
    return render(request, "learn/survey/closed.html", context, status=error.status)


def _headings() -> dict[str, str]:
    return {
        "already_sent": _("Already sent, thank you"),
        "link_closed": _("This question is closed, thank you"),
        "link_expired": _("This question is closed, thank you"),
        "not_found": _("We found nothing here"),
        "already_pooled": _("Your answer stays as it is"),
        "too_many_saves": _("Saved often enough"),
    }


@_by_link
def survey(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Where the mail's links lead: the first step, or where the draft stopped. ``?first=`` only marks a choice."""
    if request.method == "POST":
        return _save(request, invitation, 1)
    if invitation.status == InvitationStatus.ANSWERED:
        return _go(request, "learn:survey_done")
    begun = hasattr(invitation, "response") and invitation.response.step
    if begun and begun > 1 and "first" not in request.GET:
        return _go(request, "learn:survey_step", begun)
    return _show(request, invitation, 1)


@_by_link
def step(request: HttpRequest, invitation: Invitation, number: int) -> HttpResponse:
    """One of the five steps; saved by POST, looked at by GET as often as one likes."""
    if not 1 <= number <= STEPS:
        raise NotFound(LEADS_NOWHERE)
    if request.method == "POST":
        return _send(request, invitation) if number == STEPS else _save(request, invitation, number)
    if invitation.status == InvitationStatus.ANSWERED:
        return _go(request, "learn:survey_done")
    if number > 1 and not hasattr(invitation, "response"):
        return _go(request, "learn:survey")
    return _show(request, invitation, number)


@_by_link
def done(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Thank you, and what happens with it now; POST shares a confidential answer after all."""
    now = timezone.now()
    if request.method == "POST":
        responses.open_up(invitation=invitation, now=now)
        return _go(request, "learn:survey_done")
    if invitation.status != InvitationStatus.ANSWERED:
        return _go(request, "learn:survey")
    context = sent_page(request, invitation, now)
    return render(request, "learn/survey/done.html", context)


@_by_link
def stop(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """No more questions, or no mail at all. A mail program's own button posts ``List-Unsubscribe=One-Click``
    (RFC 8058): no cookie, no second question, and 200, since it follows no redirect."""
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    if request.method == "POST":
        scope = Scope.FEEDBACK.value if one_click else request.POST.get("scope", "")
        responses.stop_asking(invitation=invitation, scope=scope, now=timezone.now())
        if not one_click:
            return _go(request, "learn:survey_stop")
    addresses = responses.addresses_of(invitation)
    silent = next((scope for scope in Scope.values if suppressed(addresses, scope)), "") if addresses else "gone"
    context = {"page": Page.of(request, invitation), "silent": silent, "scopes": Scope}
    return render(request, "learn/survey/stop.html", context)


def _show(
    request: HttpRequest, invitation: Invitation, number: int, *, said: StepAnswer | Sending | None = None,
    wrong: RebondError | None = None,
) -> HttpResponse:  # fmt: skip
    """A step as it is stored; with ``said`` as it was sent, beside what is ``wrong`` with it."""
    if request.method == "POST":
        invitation = with_everything().get(pk=invitation.pk)  # a save knows less of it than a page says
    check_open(invitation, timezone.now())
    context = step_page(request, invitation, number, said=said, now=timezone.now())
    context["wrong"] = wrong
    template = "main" if context["choosing_main"] else f"step{number}"
    return render(request, f"learn/survey/{template}.html", context, status=wrong.status if wrong else 200)


def _save(request: HttpRequest, invitation: Invitation, number: int) -> HttpResponse:
    said = read_step(number, request.POST)
    try:
        responses.save_step(
            invitation=invitation, answer=said, language=translation.get_language() or "en", now=timezone.now()
        )
    except RebondError as wrong:
        if wrong.code not in ("choose_one", "too_many_reasons"):
            raise
        return _show(request, invitation, number, said=said, wrong=wrong)
    notice = {"cut": number} if said.cut else {}
    if isinstance(said, Mattering) and len(said.codes) > 1:
        return _go(request, "learn:survey_step", number, part="main", **notice)
    return _go(request, "learn:survey_step", number + 1, **notice)


def _send(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    said = read_sending(request.POST)
    try:
        responses.submit_response(invitation=invitation, sending=said, now=timezone.now())
    except RebondError as wrong:
        if wrong.code == "nothing_answered":
            return _go(request, "learn:survey_step", 1)
        if wrong.code != "choose_one":
            raise
        return _show(request, invitation, STEPS, said=said, wrong=wrong)
    language = translation.get_language()  # an anonymous answer takes its language along
    if language != invitation.language:
        return _go(request, "learn:survey_done", lang=language)
    return _go(request, "learn:survey_done")


def _go(request: HttpRequest, name: str, number: int | None = None, **query: object) -> HttpResponse:
    """303: the browser fetches the next page with GET, so that reload and Back repeat nothing."""
    token = request.resolver_match.kwargs["token"] if request.resolver_match else ""
    if language := _asked_language(request):
        query["lang"] = language
    to = reverse(name, args=[token] if number is None else [token, number])
    answer = redirect(f"{to}?{urlencode(query)}" if query else to)
    answer.status_code = 303
    return answer
