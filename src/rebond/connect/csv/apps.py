from django.apps import AppConfig


class ConnectCsvConfig(AppConfig):
    name = "rebond.connect.csv"
    label = "connect_csv"
    default_auto_field = "django.db.models.BigAutoField"
