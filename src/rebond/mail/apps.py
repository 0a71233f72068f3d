"""The room of what is sent: one person's address, what they allow, and the outbox."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "rebond.mail"
