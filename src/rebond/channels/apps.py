from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rebond.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Names the room's own purpose."""
        from django.utils.translation import gettext_lazy as _

        from rebond.channels import purposes

        purposes.register("channels.try", when_off=True, title=_("A try"))
