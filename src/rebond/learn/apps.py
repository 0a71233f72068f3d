from django.apps import AppConfig


class LearnConfig(AppConfig):
    name = "rebond.learn"
    label = "learn"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Makes known what this practice mails."""
        from rebond.learn.actions.mailing import register_purposes
        from rebond.learn.lessons.monthly import register_digest

        register_purposes()
        register_digest()
