from django.apps import AppConfig


class LoopConfig(AppConfig):
    name = "rebond.loop"
    label = "loop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Practices never import each other: here one is told where the other's list is."""
        from rebond.learn import taxonomy
        from rebond.loop.reasons import codes_of
        from rebond.nurture.cadence import codes
        from rebond.nurture.library import reasons

        reasons.set_source(taxonomy.current)
        codes.set_source(codes_of)
