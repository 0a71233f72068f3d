"""Addresses of live screens. The stream itself (``/live/stream``) has a path of its own in ``web/asgi.py``."""

from __future__ import annotations

from django.urls import path

from rebond.live import views

app_name = "live"
urlpatterns = [path("live/ticket", views.new_ticket, name="ticket")]
