from django.apps import AppConfig


class CelebrateConfig(AppConfig):
    name = "rebond.celebrate"
    label = "celebrate"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Makes known what this practice mails, and tells in chats."""
        from rebond.celebrate.channels_told import register_wins
        from rebond.celebrate.letters import register_praise

        register_praise()
        register_wins()
