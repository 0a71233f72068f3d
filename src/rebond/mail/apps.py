"""The room of what is sent: one person's address, what they allow, and the outbox."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "rebond.mail"

    def ready(self) -> None:
        """Names the room's own purpose, and listens to what mail providers say became of our mail."""
        from rebond.mail.boxes import selfcheck
        from rebond.mail.outgoing import provider_events

        selfcheck.install()
        provider_events.listen()
