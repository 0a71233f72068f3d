"""The wallboard: a page for a television that nobody signs in on, and the screen where it is paired and taken down."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rebond.accounts.requests import SignedInRequest
from rebond.base.errors import NotAllowed
from rebond.celebrate.access import get_wall, get_wall_team
from rebond.celebrate.actions.walls import begin_wall, end_wall, pair_wall, renew_code, seen_wall, too_many_screens
from rebond.celebrate.models import Wall
from rebond.celebrate.queries.walls import QUIET, board, teams_for_walls, topics_of_wall, wall_with, walls_for
from rebond.celebrate.screens import COOKIE, COOKIE_AGE, edition, in_two
from rebond.live.tickets import given

LOOPBACK = (None, "127.0.0.1", "localhost", "::1")
NO_STORE = {"Cache-Control": "no-store"}


def _wall_of(request: HttpRequest) -> Wall | None:
    """The wall whose key is in the cookie."""
    return wall_with(request.COOKIES.get(COOKIE, ""))


@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    """The television's page: the board once it is paired, until then its code."""
    found = _wall_of(request)
    paired = found is not None and found.paired_at is not None
    language = found.language if found is not None and paired else translation.get_language() or "en"
    with translation.override(language):
        context = {"wall": found if paired else None, "edition": edition(), "language": language[:2],
                   "where": _address(request)}  # fmt: skip
        answer = render(request, "celebrate/wall/board.html", context)
    answer["Cache-Control"] = "no-store"
    if found is not None and paired:
        _keep(answer, request.COOKIES[COOKIE])
    return answer


def _address(request: HttpRequest) -> str:
    """Where a code is entered, as somebody at their desk reaches it: an address that nobody set is this one."""
    unset = urlsplit(settings.CONFIG.public_url).hostname in LOOPBACK
    base = request.build_absolute_uri("/") if unset else settings.CONFIG.public_url
    return base.rstrip("/") + reverse("celebrate:walls")


def _keep(answer: HttpResponse, key: str) -> None:
    """The key, out of reach of scripts, sent to the wall's own addresses alone."""
    answer.set_cookie(
        COOKIE, key, max_age=COOKIE_AGE, path=reverse("celebrate:wall"), httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


@require_POST
def pair(request: HttpRequest) -> HttpResponse:
    """What a waiting screen asks every few seconds: was my code entered? It gets another one when it ran out."""
    now, found, key = timezone.now(), _wall_of(request), ""
    if found is None:
        if not ratelimit.consume(request, action="wall"):
            raise too_many_screens()
        found, key = begin_wall(now=now)
    elif found.paired_at is None and (found.code_until is None or found.code_until <= now):
        found = renew_code(wall=found, now=now)
    said = {"state": "paired"} if found.paired_at else _waiting(request, found)
    answer = JsonResponse(said, headers=NO_STORE)
    if key:
        _keep(answer, key)
    return answer


def _waiting(request: HttpRequest, found: Wall) -> dict[str, Any]:
    picture = BytesIO()
    segno.make(f"{_address(request)}?code={found.code}", error="m", micro=False).save(
        picture, kind="svg", border=3, omitsize=True, xmldecl=False, svgclass="qr", lineclass="qrline"
    )
    return {"state": "waiting", "code": found.code, "shown": in_two(found.code), "qr": picture.getvalue().decode()}


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """What the board shows now; 401 once the wall was taken down."""
    found = _wall_of(request)
    if found is None or found.paired_at is None:
        return JsonResponse({"error": "not_paired"}, status=401, headers=NO_STORE)
    return JsonResponse(board(found, now=timezone.now()), headers=NO_STORE)


@require_POST
def wall_ticket(request: HttpRequest) -> HttpResponse:
    """Where the wall listens, as ``live:ticket`` says it to people; it was seen."""
    found, now = _wall_of(request), timezone.now()
    if found is None or found.paired_at is None:
        return JsonResponse({"error": "not_paired"}, status=401, headers=NO_STORE)
    seen_wall(wall=found, now=now)
    ticket = given(holder=f"wall:{found.pk}", topics=topics_of_wall(found), now=now)
    return JsonResponse(ticket, headers=NO_STORE)


@require_http_methods(["GET", "POST"])
def walls(request: SignedInRequest) -> HttpResponse:
    """The walls one looks after, and the form that pairs another."""
    if not request.user.is_lead:
        raise NotAllowed
    if request.method == "POST":
        return _pair(request)
    return _form(request, {"code": request.GET.get("code", "")[:20], "language": request.user.language})


def _form(request: SignedInRequest, typed: dict[str, str], wrong: str = "", status: int = 200) -> HttpResponse:
    found = list(walls_for(request.user))
    quiet = timezone.now() - QUIET
    context = {
        "rows": [(one, one.seen_at is not None and one.seen_at > quiet) for one in found],
        "teams": teams_for_walls(request.user), "typed": typed, "wrong": wrong, "languages": settings.LANGUAGES,
        "address": _address(request).replace(reverse("celebrate:walls"), reverse("celebrate:wall")),
    }  # fmt: skip
    return render(request, "celebrate/wall/walls.html", context, status=status)


def _pair(request: SignedInRequest) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in ("code", "name", "team", "language")}
    found = pair_wall(
        code=typed["code"], name=typed["name"], team=get_wall_team(request.user, typed["team"]),
        language=typed["language"], actor=request.user, now=timezone.now(),
    )  # fmt: skip
    if found is None:
        wrong = _("No screen shows this code now. Nothing was changed. Read it again: a code is good for ten minutes.")
        return _form(request, typed, wrong, status=400)
    messages.success(request, _("“%(name)s” shows the board within seconds.") % {"name": found.name})
    return redirect("celebrate:walls")


@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """Taken down: the screen shows a code again."""
    found = end_wall(wall=get_wall(request.user, pk), actor=request.user, now=timezone.now())
    messages.success(request, _("“%(name)s” was taken down. It shows a code again.") % {"name": found.name})
    return redirect("celebrate:walls")
