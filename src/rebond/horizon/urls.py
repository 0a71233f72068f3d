"""Addresses of practice 3, so far: perspective after a close."""

from __future__ import annotations

from django.urls import path

from rebond.horizon import views

app_name = "horizon"
urlpatterns = [path("perspective/<int:pk>", views.perspective, name="perspective")]
