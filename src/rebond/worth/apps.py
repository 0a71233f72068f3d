from django.apps import AppConfig


class WorthConfig(AppConfig):
    name = "rebond.worth"
    label = "worth"
    default_auto_field = "django.db.models.BigAutoField"
