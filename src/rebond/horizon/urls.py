"""Addresses of practice 3: the long view, goals, the journal, perspective after a close."""

from __future__ import annotations

from django.urls import path

from rebond.horizon.views import goals, long, marks
from rebond.horizon.views.perspective import perspective

app_name = "horizon"
urlpatterns = [
    path("long", long.long_view, name="long"),
    path("long/block/<slug:name>", long.block, name="block"),
    path("goals", goals.goals, name="goals"),
    path("goals/set", goals.set_goal, name="set_goal"),
    path("goals/<int:pk>/change", goals.change_goal, name="change_goal"),
    path("goals/<int:pk>/end", goals.end_goal, name="end_goal"),
    path("long/marks", marks.add_mark, name="add_mark"),
    path("long/marks/<int:pk>/take-back", marks.take_back_mark, name="take_back_mark"),
    path("perspective/<int:pk>", perspective, name="perspective"),
]
