"""Addresses of the loop: Today, was the list right, goodbyes, the cheat sheet, the deal page, closing and reopening."""

from __future__ import annotations

from django.urls import path

from rebond.loop import views
from rebond.loop.views import cheatsheet, goodbye, right

app_name = "loop"
urlpatterns = [
    path("today", views.today, name="today"),
    path("today/decide", views.decide, name="decide"),
    path("today/undo/<int:pk>", views.undo, name="undo"),
    path("today/minutes", views.minutes, name="minutes"),
    path("today/touched/<int:pk>", views.touched, name="touched"),
    path("today/right", right.right, name="right"),
    path("time/goodbye/<int:pk>", goodbye.goodbye, name="goodbye"),
    path("time/goodbye/<int:pk>/say", goodbye.say, name="say_goodbye"),
    path("time/goodbyes/<int:pk>/undo", goodbye.undo, name="undo_goodbye"),
    path("time/goodbye/<int:pk>/keep", goodbye.keep_on, name="keep_on"),
    path("time/objections/<int:pk>/settle", goodbye.settle, name="settle_objection"),
    path("cheatsheet", cheatsheet.cheatsheet, name="cheatsheet"),
    path("cheatsheet.pdf", cheatsheet.pdf, name="cheatsheet_pdf"),
    path("deals/<int:pk>", views.deal, name="deal"),
    path("deals/<int:pk>/close", views.close, name="close"),
    path("deals/<int:pk>/reopen", views.reopen, name="reopen"),
    path("people/<int:pk>/privacy", views.privacy, name="privacy"),
    path("people/<int:pk>/export", views.export_person, name="export_person"),
    path("people/<int:pk>/erase", views.erase_person, name="erase_person"),
    path("deals/close", views.bulk_close, name="bulk_close"),
]
