from __future__ import annotations

from django.urls import URLPattern

app_name = "connect_csv"
urlpatterns: list[URLPattern] = []
