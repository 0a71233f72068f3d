"""A team with deals to win and chat channels, in an installation of its own: ``python -m tests.live.cast URL``."""

from __future__ import annotations

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "rebond.web.settings"
#: How many deals there are; what the channels of the team and of everybody are called.
DEALS, CHANNELS = 6, ("team", "all")

if __name__ == "__main__":
    import django

    django.setup()
    from django.utils import timezone

    from rebond.accounts.models import Team
    from rebond.celebrate.models import Preference
    from rebond.channels.actions import add_channel
    from tests.factories import make_company, make_deal, make_stages, make_user

    now = timezone.now()
    make_stages()
    north = Team.objects.create(name="North")
    camille = make_user("Camille Aubry", team=north)
    Preference.objects.create(user=camille, visibility="everyone", said_at=now)
    for name, team in zip(CHANNELS, (north, None), strict=True):
        add_channel(name=name, kind="webhook", address=f"{sys.argv[1]}/{name}", team=team, actor=None, now=now)
    deals = [make_deal(f"Deal {number}", owner=camille, company=make_company("Valmy")) for number in range(DEALS)]
    print(json.dumps([deal.pk for deal in deals]))
