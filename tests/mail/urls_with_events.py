"""Every address of the product, and those that a mail provider tells its events to."""

from __future__ import annotations

from django.urls import include, path

from rebond.mail.outgoing.provider_events import urls
from rebond.web.urls import *  # noqa: F403
from rebond.web.urls import urlpatterns as ours

urlpatterns = [*ours, path("anymail/", include(urls()))]
