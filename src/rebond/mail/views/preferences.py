"""A person's own page: what we may send them. No sign-in, the link is the key. Only POST stores anything.

A mail scanner may fetch every address as often as it likes. There is no cookie, no script, no address outside the page.
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
from rebond.mail.access import get_holder
from rebond.mail.actions import wishes
from rebond.mail.rights import own_page
from rebond.mail.rights.tokens import Holder

View = Callable[[HttpRequest, Holder, str], HttpResponse]


def _by_link(view: View) -> Callable[..., HttpResponse]:
    """Opens the door a sealed link is, in its holder's language; every error is a calm page of the same look.

    The seal is looked at before the database is. ``csrf_exempt``: the key is in the address and in no cookie that a
    foreign page could make a browser send along, and a mail program's one click brings no cookie (RFC 8058, 3.1).
    """

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        request.upload_handlers = [NoFiles(request)]
        try:
            holder: Holder | None = get_holder(token)
        except NotFound:
            holder = None
        language = _language(request, holder)
        with translation.override(language):
            answer = _answer(view, request, holder, token) if holder else _calm(request, _nowhere())
        for name, value in {**PAGE_BY_LINK, "Content-Language": language}.items():
            answer.headers[name] = value
        return answer

    return opened


def _answer(view: View, request: HttpRequest, holder: Holder, token: str) -> HttpResponse:
    try:
        return view(request, holder, token)
    except RebondError as error:
        return _calm(request, error)
    except (SuspiciousOperation, BadRequest, MultiPartParserError):
        return _calm(request, RebondError(_("That was more than this page can read. Nothing was changed.")))


def _nowhere() -> RebondError:
    return NotFound(_("This link leads nowhere. It may have been cut short on its way. Nothing was changed."))


def _calm(request: HttpRequest, error: RebondError) -> HttpResponse:
    context = {"page": own_page.frame(translation.get_language() or "en", request.path), "error": error}
    return render(request, "mail/preferences/closed.html", context, status=error.status)


def _language(request: HttpRequest, holder: Holder | None) -> str:
    """The one asked for in the address, else the holder's, else the browser's."""
    asked = request.GET.get("lang", "")
    if asked in dict(settings.LANGUAGES):
        return asked
    return own_page.language_of(holder) if holder else translation.get_language() or settings.LANGUAGE_CODE


@_by_link
def preferences(request: HttpRequest, holder: Holder, token: str) -> HttpResponse:
    """What we send, how often, in which language, why we may; and the two rights a person asks for."""
    if request.method == "POST":
        return _go(request, token, _keep(request, holder))
    context = own_page.context(holder, translation.get_language() or "en", request.path)
    context |= {"token": token, "said": own_page.SAID.get(request.GET.get("said", ""), "")}
    return render(request, "mail/preferences/page.html", context)


def _keep(request: HttpRequest, holder: Holder) -> str:
    """Does what the pressed button says; the name of what is said about it."""
    what, now = request.POST.get("do", ""), timezone.now()
    if what == "never":
        wishes.never_again(holder=holder, now=now)
    elif what in wishes.ASKED:
        wishes.ask(holder=holder, what=what, now=now)
    else:
        wishes.choose(
            holder=holder, wanted=set(request.POST.getlist("list")), rhythm=request.POST.get("rhythm", ""),
            language=request.POST.get("language", ""), now=now,
        )  # fmt: skip
        return "saved"
    return what


@_by_link
def stop(request: HttpRequest, holder: Holder, token: str) -> HttpResponse:
    """One list goes quiet. A mail program's own button posts ``List-Unsubscribe=One-Click`` (RFC 8058): no cookie, no
    second question, and 200, since it follows no redirect. GET asks first and changes nothing."""
    done = request.method == "POST" and bool(request.POST.get("List-Unsubscribe") or request.POST.get("stop"))
    if done:
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        wishes.stop(holder=holder, source="one-click" if one_click else wishes.SOURCE, now=timezone.now())
    context = own_page.context(holder, translation.get_language() or "en", request.path)
    return render(request, "mail/preferences/stop.html", context | {"token": token, "done": done})


def _go(request: HttpRequest, token: str, said: str) -> HttpResponse:
    """303: the browser fetches the page with GET, so that reload and Back repeat nothing."""
    query = {"said": said} | ({"lang": request.GET["lang"]} if request.GET.get("lang") and said != "saved" else {})
    answer = redirect(f"{reverse('mail:preferences', args=[token])}?{urlencode(query)}")
    answer.status_code = 303
    return answer
