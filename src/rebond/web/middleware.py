"""The edge of the web process: errors become pages, and pages run no foreign script."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rebond.base.errors import NotAllowed, NotFound, RebondError

log = logging.getLogger("rebond.web")
Handler = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class ContentPolicy:
    """Scripts, styles and fonts only from this server (W3C Content Security Policy Level 3).

    A page with a player (``style_nonce`` of its request is set) lets in one style more: the outline's own.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        nonce = getattr(request, "style_nonce", "")
        policy = f"{POLICY}; style-src 'self' 'nonce-{nonce}'" if nonce else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


class Errors:
    """Any error of our family becomes a page with its sentence; anything else one calm page and a log entry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            exception = NotFound()
        elif isinstance(exception, PermissionDenied):
            exception = NotAllowed()
        elif isinstance(exception, (SuspiciousOperation, BadRequest)):
            exception = RebondError(
                _("The browser sent something we cannot read. Nothing was changed. Go back and try again.")
            )
        if isinstance(exception, RebondError):
            return error_page(request, exception)
        return None


def error_page(request: HttpRequest, error: RebondError) -> HttpResponse:
    """The page (or, for a script, the JSON) that says what happened."""
    if "application/json" in request.headers.get("Accept", ""):
        from django.http import JsonResponse

        return JsonResponse({"error": error.code, "message": str(error), **error.detail}, status=error.status)
    return render(request, "web/error.html", {"error": error}, status=error.status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return error_page(request, NotFound())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return error_page(request, NotAllowed())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return error_page(
        request,
        RebondError(
            _("This page had been open too long to be safe. Nothing was changed. Reload it and try again."),
            code="page_too_old",
            status=403,
        ),
    )


def broken(request: HttpRequest) -> HttpResponse:
    log.error("unexpected error on %s %s", request.method, request.path)
    return error_page(
        request,
        RebondError(
            _(
                "Something broke on our side. What was saved before is safe. Try again; if it happens again, "
                "tell your administrator the time."
            ),
            code="unexpected",
            status=500,
        ),
    )
