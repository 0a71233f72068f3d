from django.apps import AppConfig


class NurtureConfig(AppConfig):
    name = "rebond.nurture"
    label = "nurture"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Makes known what this practice mails, and that it wants to hear of what comes in."""
        from rebond.mail.incoming import listen
        from rebond.mail.rights.silenced import listen as listen_for_silence
        from rebond.nurture.actions.hearing import hear
        from rebond.nurture.actions.hushing import hush
        from rebond.nurture.notes import register_purpose

        register_purpose()
        listen(hear)
        listen_for_silence(hush)
