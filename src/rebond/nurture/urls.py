"""Addresses of practice 4: staying in touch, its rules, the library and the words notes begin with."""

from __future__ import annotations

from django.urls import path

from rebond.nurture.views import keep, library, person, rules, templates

app_name = "nurture"
urlpatterns = [
    path("keep", keep.keep, name="keep"),
    path("keep/noes", keep.noes, name="noes"),
    path("keep/shipped", keep.shipped, name="shipped"),
    path("keep/rules", rules.rules, name="rules"),
    path("keep/rules/<slug:key>", rules.rule, name="rule"),
    path("keep/switch", rules.switch, name="switch"),
    path("keep/away", rules.away, name="away"),
    path("keep/away/<int:pk>/cancel", rules.cancel_away, name="cancel_away"),
    path("keep/<int:pk>", person.person, name="person"),
    path("keep/<int:pk>/begin", person.begin, name="begin"),
    path("keep/<int:pk>/pause", person.pause, name="pause"),
    path("keep/<int:pk>/resume", person.resume, name="resume"),
    path("keep/<int:pk>/end", person.end, name="end"),
    path("keep/<int:pk>/interval", person.interval, name="interval"),
    path("keep/<int:pk>/dates", person.add_date, name="add_date"),
    path("keep/dates/<int:pk>/drop", person.drop_date, name="drop_date"),
    path("keep/<int:pk>/day", person.day, name="day"),
    path("keep/<int:pk>/skip", person.skip, name="skip"),
    path("keep/<int:pk>/logged", person.logged, name="logged"),
    path("keep/<int:pk>/note", person.note, name="note"),
    path("keep/<int:pk>/send", person.send, name="send"),
    path("keep/steps/<int:pk>/take-back", person.take_back, name="take_back"),
    path("keep/signals/<int:pk>/settle", person.settle, name="settle"),
    path("library", library.library, name="library"),
    path("library/new", library.new_piece, name="new_piece"),
    path("library/starters", library.starters, name="starters"),
    path("library/gaps", library.gaps, name="gaps"),
    path("library/plan", library.plan, name="plan"),
    path("library/plan/<int:pk>", library.plan_done, name="plan_done"),
    path("library/templates", templates.templates, name="templates"),
    path("library/templates/<slug:key>/<slug:language>", templates.template, name="template"),
    path("library/<int:pk>", library.piece, name="piece"),
    path("library/<int:pk>/edit", library.edit_piece, name="edit_piece"),
    path("library/<int:pk>/retire", library.retire, name="retire"),
    path("library/<int:pk>/reviewed", library.reviewed, name="reviewed"),
    path("l/<str:token>", library.public_file, name="public_file"),
]
