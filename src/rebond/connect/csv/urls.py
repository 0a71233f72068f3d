from __future__ import annotations

from django.urls import path

from rebond.base.errors import NotFound


def _later(request):
    raise NotFound


app_name = "connect_csv"
urlpatterns = [path("imports", _later, name="list"), path("imports/new", _later, name="new")]
