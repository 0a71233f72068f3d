"""Addresses of the loop: Today, the deal page, closing and reopening."""

from __future__ import annotations

from django.urls import path

from rebond.loop import views

app_name = "loop"
urlpatterns = [
    path("today", views.today, name="today"),
    path("today/decide", views.decide, name="decide"),
    path("today/undo/<int:pk>", views.undo, name="undo"),
    path("today/minutes", views.minutes, name="minutes"),
    path("today/touched/<int:pk>", views.touched, name="touched"),
    path("deals/<int:pk>", views.deal, name="deal"),
    path("deals/<int:pk>/close", views.close, name="close"),
    path("deals/<int:pk>/reopen", views.reopen, name="reopen"),
    path("people/<int:pk>/privacy", views.privacy, name="privacy"),
    path("people/<int:pk>/export", views.export_person, name="export_person"),
    path("people/<int:pk>/erase", views.erase_person, name="erase_person"),
    path("deals/close", views.bulk_close, name="bulk_close"),
]
