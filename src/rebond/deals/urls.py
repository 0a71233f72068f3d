"""Addresses of the records. Who may open what is in ``access``; stages are the administrator's."""

from __future__ import annotations

from django.urls import path

from rebond.deals import views

app_name = "deals"
urlpatterns = [
    path("deals", views.deals, name="list"),
    path("deals.csv", views.export, name="export"),
    path("deals/new", views.new_deal, name="new"),
    path("deals/<int:pk>/edit", views.edit_deal, name="edit"),
    path("deals/<int:pk>/touch", views.touch, name="touch"),
    path("deals/<int:pk>/stage", views.move, name="move"),
    path("deals/<int:pk>/people", views.add_part, name="add_part"),
    path("people", views.people, name="people"),
    path("people/new", views.new_person, name="new_person"),
    path("people/<int:pk>", views.person, name="person"),
    path("people/<int:pk>/edit", views.edit_person, name="edit_person"),
    path("companies", views.companies, name="companies"),
    path("companies/new", views.new_company, name="new_company"),
    path("companies/<int:pk>", views.company, name="company"),
    path("companies/<int:pk>/edit", views.edit_company, name="edit_company"),
    path("search", views.search, name="search"),
    path("stages", views.stages, name="stages"),
    path("stages/<int:pk>", views.change_stage, name="change_stage"),
]
