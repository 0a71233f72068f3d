from django.apps import AppConfig


class ConnectCsvConfig(AppConfig):
    name = "rebond.connect.csv"
    label = "connect_csv"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rebond.connect.csv.silent import forget
        from rebond.loop.privacy import also_erase

        also_erase(forget)
