"""Addresses of chat channels: which there are, a new one, trying it, what was told there."""

from __future__ import annotations

from django.urls import path

from rebond.channels import views

app_name = "channels"
urlpatterns = [
    path("channels", views.channels, name="channels"),
    path("channels/new", views.new_channel, name="new"),
    path("channels/<int:pk>", views.channel, name="channel"),
    path("channels/<int:pk>/try", views.try_channel, name="try"),
    path("channels/<int:pk>/switch", views.switch, name="switch"),
    path("channels/<int:pk>/end", views.end, name="end"),
    path("channels/deliveries/<int:pk>/settle", views.settle, name="settle"),
]
