"""A person's language and time zone on every request; and the door: nothing without sign-in."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from rebond.accounts.queries import nobody_yet

Handler = Callable[[HttpRequest], HttpResponse]

#: Addresses that work signed out; everything else asks for sign-in.
OPEN_PATHS = (
    "/account/",
    "/static/",
    "/start",
    "/language",
    "/health",
    "/favicon.ico",
    "/s/",
    "/m/",
    "/l/",
    "/i/",
    "/anymail/",
)
#: A television on the wall has no account, but a key of its own (``celebrate.views.walls``); these addresses alone.
OF_A_WALL = ("/wall", "/wall/pair", "/wall/data", "/wall/ticket")


class Preferences:
    """Speaks the signed-in person's language in their time zone; a visitor's by cookie or browser."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if user.is_authenticated else translation.get_language_from_request(request)
        zone = user.time_zone if user.is_authenticated else settings.TIME_ZONE
        with translation.override(language), timezone.override(zoneinfo.ZoneInfo(zone)):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class SignedIn:
    """Sends visitors to the sign-in page, and back afterwards; to the first start while nobody keeps the house."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        open_to_all = request.path.startswith(OPEN_PATHS) or request.path in OF_A_WALL
        if request.user.is_authenticated or open_to_all:
            return self.get_response(request)
        return redirect("accounts:start") if nobody_yet() else redirect_to_login(request.get_full_path())
