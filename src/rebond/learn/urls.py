"""Addresses of practice 1: debriefs, actions, phrases."""

from __future__ import annotations

from django.urls import path

from rebond.learn import views

app_name = "learn"
urlpatterns = [
    path("debriefs", views.debriefs, name="list"),
    path("debriefs/<int:pk>", views.debrief, name="debrief"),
    path("debriefs/<int:pk>/<int:number>", views.question, name="question"),
    path("debriefs/<int:pk>/reasons", views.reasons, name="reasons"),
    path("debriefs/<int:pk>/lessons", views.lessons, name="lessons"),
    path("debriefs/<int:pk>/snooze", views.snooze, name="snooze"),
    path("actions", views.actions_list, name="actions"),
    path("actions/<int:pk>/done", views.action_done, name="action_done"),
    path("actions/<int:pk>/drop", views.action_drop, name="action_drop"),
    path("actions/<int:pk>/reopen", views.action_reopen, name="action_reopen"),
    path("actions/<int:pk>/move", views.action_move, name="action_move"),
    path("reasons/phrases", views.phrases, name="phrases"),
    path("reasons/phrases/<int:pk>", views.confirm, name="confirm"),
]
