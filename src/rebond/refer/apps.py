from django.apps import AppConfig


class ReferConfig(AppConfig):
    name = "rebond.refer"
    label = "refer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Makes known what this practice mails."""
        from rebond.refer.letters.introduction import register_introduction
        from rebond.refer.letters.notices import register_notice
        from rebond.refer.letters.thanks import register_thanks
        from rebond.refer.mailing import register_asks

        register_asks()
        register_introduction()
        register_notice()
        register_thanks()
