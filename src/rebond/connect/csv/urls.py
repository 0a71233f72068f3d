"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from rebond.connect.csv import views

app_name = "connect_csv"
urlpatterns = [
    path("imports", views.imports, name="list"),
    path("imports/new", views.new, name="new"),
    path("imports/<int:pk>", views.show, name="show"),
    path("imports/<int:pk>/correct", views.correct, name="correct"),
    path("imports/<int:pk>/start", views.start, name="start"),
    path("imports/<int:pk>/stop", views.stop, name="stop"),
    path("imports/<int:pk>/state", views.state, name="state"),
    path("imports/<int:pk>/errors.csv", views.errors, name="errors"),
]
