"""Addresses of the outbox; for administrators."""

from __future__ import annotations

from django.urls import path

from rebond.mail import views

app_name = "mail"
urlpatterns = [
    path("outbox", views.outbox, name="outbox"),
    path("outbox/<int:pk>", views.message, name="message"),
    path("outbox/<int:pk>/resolve", views.resolve, name="resolve"),
    path("outbox/<int:pk>/cancel", views.cancel, name="cancel"),
]
