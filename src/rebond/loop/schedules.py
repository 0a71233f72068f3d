"""What comes round by itself: one table for all rooms, installed whenever the database is made ready."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from rebond.jobs.models import Schedule
from rebond.jobs.schedules import schedule

#: (name, task, cron line in the installation's own time zone)
STANDARD: tuple[tuple[str, str, str], ...] = (
    ("mail.send_due", "rebond.mail.work.sending.send_due", "* * * * *"),
    ("channels.send_due", "rebond.channels.work.send_due", "* * * * *"),
    ("channels.tidy", "rebond.channels.work.tidy", "55 3 * * *"),
    ("mail.read_inboxes", "rebond.mail.work.inbox.read_inboxes", "* * * * *"),
    ("loop.readiness", "rebond.loop.work.look_for_signs", "*/5 * * * *"),
    ("loop.prices", "rebond.loop.work.make_prices", "* * * * *"),
    ("jobs.tidy", "rebond.jobs.work.tidy", "40 3 * * *"),
    ("nurture.check_links", "rebond.nurture.work.links.check_links", "20 4 * * 1"),
    ("nurture.plan", "rebond.nurture.work.plan.plan_due", "*/10 * * * *"),
    ("refer.asks", "rebond.refer.work.asks.look_again", "25 * * * *"),
    ("loop.cheatsheets", "rebond.loop.work.send_cheatsheets", "5 * * * 0-2"),
    ("refer.aging", "rebond.refer.work.aging.age_referrals", "35 * * * *"),
    ("refer.rewards", "rebond.refer.work.rewards.sweep_rewards", "25 * * * *"),
    ("refer.warnings", "rebond.refer.work.notices.warn_of_forfeits", "50 6 * * *"),
    ("live.tidy", "rebond.live.work.tidy", "5 3 * * *"),
    ("celebrate.sound", "rebond.celebrate.work.sound.let_go", "10 3 * * *"),
    ("celebrate.contests", "rebond.celebrate.work.contests.close_contests", "*/5 * * * *"),
    ("learn.digest", "rebond.learn.work.digest.send_digests", "0 6 1-7 * *"),
)


def install(*, now: datetime) -> int:
    """Sets every schedule that is missing or has changed; how many.

    One that stands as it should is left alone: its next time, and whether somebody turned it off.
    """
    here = {
        name: (task, cron, zone)
        for name, task, cron, zone in Schedule.objects.values_list("name", "task", "cron", "time_zone")
    }
    wrong = [one for one in STANDARD if here.get(one[0]) != (one[1], one[2], settings.TIME_ZONE)]
    for name, task, cron in wrong:
        schedule(name=name, task=task, cron=cron, time_zone=settings.TIME_ZONE, now=now)
    return len(wrong)
