from django.apps import AppConfig


class LearnConfig(AppConfig):
    name = "rebond.learn"
    label = "learn"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Makes known what this practice mails, and what the figures ask of it."""
        from rebond.facts import sources
        from rebond.learn.actions.mailing import register_purposes
        from rebond.learn.lessons.monthly import register_digest

        sources.name_reasons("rebond.learn.queries.facts.reasons_since", seen="rebond.learn.queries.facts.said_since")
        register_purposes()
        register_digest()
