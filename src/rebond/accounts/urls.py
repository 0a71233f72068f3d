"""Addresses about people: first start, settings, the team, what happened."""

from __future__ import annotations

from django.urls import path

from rebond.accounts import views

app_name = "accounts"
urlpatterns = [
    path("start", views.start, name="start"),
    path("settings", views.settings_page, name="settings"),
    path("more", views.more, name="more"),
    path("language", views.language, name="language"),
    path("theme", views.theme, name="theme"),
    path("team", views.team, name="team"),
    path("team/invite", views.invite, name="invite"),
    path("team/people/<int:pk>", views.edit_person, name="edit_person"),
    path("team/people/<int:pk>/link", views.password_link, name="password_link"),
    path("team/teams", views.add_team, name="add_team"),
    path("team/teams/<int:pk>", views.rename_team, name="rename_team"),
    path("audit", views.audit, name="audit"),
]
