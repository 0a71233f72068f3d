"""Addresses of mail: the outbox, mailboxes, what came in, who gets nothing, and a person's own preferences."""

from __future__ import annotations

from django.urls import path

from rebond.mail.views import inbox, mailboxes, outbox, preferences, silence

app_name = "mail"
urlpatterns = [
    path("outbox", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>", outbox.message, name="message"),
    path("outbox/<int:pk>/resolve", outbox.resolve, name="resolve"),
    path("outbox/<int:pk>/cancel", outbox.cancel, name="cancel"),
    path("outbox/halt", mailboxes.halt, name="halt"),
    path("outbox/halt/<int:pk>/lift", mailboxes.lift, name="lift_halt"),
    path("mailboxes", mailboxes.mailboxes, name="mailboxes"),
    path("mailboxes/mine", mailboxes.mine, name="my_mailbox"),
    path("mailboxes/<int:pk>", mailboxes.mailbox, name="mailbox"),
    path("mailboxes/<int:pk>/check", mailboxes.check, name="check_mailbox"),
    path("mailboxes/<int:pk>/resume", mailboxes.resume, name="resume_mailbox"),
    path("inbox", inbox.inbox, name="inbox"),
    path("inbox/read", inbox.read_now, name="read_now"),
    path("inbox/<int:pk>", inbox.received, name="received"),
    path("inbox/<int:pk>/correct", inbox.correct, name="correct"),
    path("silence", silence.silence, name="silence"),
    path("silence/<int:pk>/lift", silence.lift, name="lift_silence"),
    path("people/<int:pk>/basis", silence.add_basis, name="add_basis"),
    path("basis/<int:pk>/withdraw", silence.withdraw_basis, name="withdraw_basis"),
    path("interest", silence.interest, name="interest"),
    path("m/<str:token>", preferences.preferences, name="preferences"),
    path("m/<str:token>/stop", preferences.stop, name="stop"),
]
