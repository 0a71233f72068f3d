"""Addresses of practice 5: the value of one's time, and what was assumed for it."""

from __future__ import annotations

from django.urls import path

from rebond.worth.views import assumptions, time

app_name = "worth"
urlpatterns = [
    path("time", time.time, name="time"),
    path("time/block/<slug:name>", time.block, name="block"),
    path("time/deals", time.opened, name="opened"),
    path("time/assumptions", assumptions.assumptions, name="assumptions"),
    path("time/assumptions/set", assumptions.set_assumption, name="set_assumption"),
    path("time/plans/new", assumptions.new_plan, name="new_plan"),
]
