from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "rebond.facts"
    label = "facts"
    default_auto_field = "django.db.models.BigAutoField"
