from datetime import datetime
from typing import Any

from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "rebond.deals"
    label = "deals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rebond.accounts.signals import moved_team

        moved_team.connect(_take_deals_along, dispatch_uid="deals.follow_owner")


def _take_deals_along(user: Any, now: datetime, **_kwargs: Any) -> None:
    from rebond.deals.actions import follow_owner

    follow_owner(owner=user, now=now)
