"""Every address, room by room."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """For load balancers: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(url="/today")),
    path("health", health, name="health"),
    path("account/", include("allauth.urls")),
    path("", include("rebond.accounts.urls")),
    path("", include("rebond.deals.urls")),
    path("", include("rebond.mail.urls")),
    path("", include("rebond.learn.urls")),
    path("", include("rebond.refer.urls")),
    path("", include("rebond.horizon.urls")),
    path("", include("rebond.nurture.urls")),
    path("", include("rebond.worth.urls")),
    path("", include("rebond.live.urls")),
    path("", include("rebond.channels.urls")),
    path("", include("rebond.celebrate.urls")),
    path("", include("rebond.loop.urls")),
    path("", include("rebond.connect.csv.urls")),
]

if settings.CONFIG.webhook_secret:
    # What a mail provider tells: the secret is checked by anymail (ANYMAIL in the settings).
    from rebond.mail.outgoing.provider_events import urls as provider_events

    urlpatterns.append(path("anymail/", include(provider_events())))

handler400 = "rebond.web.middleware.forbidden"
handler403 = "rebond.web.middleware.forbidden"
handler404 = "rebond.web.middleware.not_found"
handler500 = "rebond.web.middleware.broken"
