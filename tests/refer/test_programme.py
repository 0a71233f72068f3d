"""Publishing the programme; which version is in force, whether it is open, and what of its budget is used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.refer.actions.programme import add_threshold, publish
from rebond.refer.models import Advocate, Programme, Referral, Reward, TaxThreshold
from rebond.refer.offers import Offer, Offered, offer_of, starter
from rebond.refer.queries import programme as queries
from tests.factories import make_person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 9)


def publish_starter(actor: User | None, now: datetime) -> Programme:
    """The starter terms, in force from ``now`` on."""
    return publish(offer=starter("EUR", 100), actor=actor, now=now)


def spend(programme: Programme, owner: User, minor: int, at: datetime, status: str = "due") -> Reward:
    """A reward that was accrued at that moment."""
    advocate = Advocate.objects.create(person=make_person("Ada Lovelace"), owner=owner, team=owner.team, since=at)
    referral = Referral.objects.create(
        advocate=advocate, owner=owner, team=owner.team, state="reward_due", state_at=at, created_at=at
    )
    rule = programme.rules.order_by("position").first()
    assert rule is not None
    return Reward.objects.create(
        referral=referral, advocate=advocate, programme=programme, rule=rule, kind=rule.kind, status=status,
        earned_minor=minor, amount_minor=minor, currency=programme.currency, at=at,
    )  # fmt: skip


def test_nothing_is_in_force_and_introductions_are_welcome_until_something_is_published() -> None:
    assert queries.in_force(TODAY) is None
    assert queries.is_open(TODAY)
    assert queries.rules_of(None) == []
    assert "No terms are published yet" in queries.why_not_offered(TODAY)


def test_versions_follow_one_another_and_the_newest_that_has_begun_is_in_force(admin_user: User, now: datetime) -> None:
    first = publish_starter(admin_user, now)
    later = publish(offer=replace(starter("EUR", 100), starts_on=date(2026, 7, 1)), actor=admin_user, now=now)
    assert [one.version for one in Programme.objects.order_by("version")] == [1, 2]
    assert queries.in_force(date(2026, 6, 8)) is None, "not before it was published"
    assert queries.in_force(date(2026, 6, 30)) == first
    assert queries.in_force(date(2026, 7, 1)) == later
    assert [rule.kind for rule in queries.rules_of(later)] == ["gift", "donation"]


def test_a_version_is_never_changed_nor_deleted(admin_user: User, now: datetime) -> None:
    made = publish_starter(admin_user, now)
    made.hold_days = 0
    with pytest.raises(Exception, match=r"(?i)append|change|history|never"):
        made.save()
    with pytest.raises(Exception, match=r"(?i)append|change|history|never|protect|delete"):
        made.delete()
    assert Programme.objects.get().hold_days == 30


def test_a_published_offer_comes_back_as_it_was(admin_user: User, now: datetime) -> None:
    offer = replace(starter("EUR", 100), name="Friends", note_fr="Merci.", starts_on=TODAY)
    made = publish(offer=offer, actor=admin_user, now=now)
    assert offer_of(made, queries.rules_of(made)) == offer


def test_a_closed_programme_says_why_and_takes_no_introductions(admin_user: User, now: datetime) -> None:
    publish(offer=replace(starter("EUR", 100), is_open=False), actor=admin_user, now=now)
    assert not queries.is_open(TODAY)
    assert queries.why_closed(TODAY).startswith("The referral programme is closed")
    assert "closed" in queries.why_not_offered(TODAY)


def test_a_programme_that_ended_says_when(admin_user: User, now: datetime) -> None:
    publish(offer=replace(starter("EUR", 100), ends_on=date(2026, 6, 30)), actor=admin_user, now=now)
    assert queries.is_open(date(2026, 6, 30))
    assert "ended on 30 June" in queries.why_closed(date(2026, 7, 1))


def test_a_programme_without_rewards_offers_none(admin_user: User, now: datetime) -> None:
    publish(offer=Offer("EUR"), actor=admin_user, now=now)
    assert queries.is_open(TODAY)
    assert "gives no rewards" in queries.why_not_offered(TODAY)
    assert queries.offered(TODAY)[1] == []


def test_only_an_administrator_publishes(nadia: User, camille: User, now: datetime) -> None:
    for one in (nadia, camille):
        with pytest.raises(NotAllowed):
            publish_starter(one, now)
        with pytest.raises(NotAllowed):
            add_threshold(country="FR", form="DAS2", from_on=TODAY, amount_minor=1, currency="EUR", at_least=False,
                          source="here", actor=one, now=now)  # fmt: skip
    assert not Programme.objects.exists()


def test_publishing_is_written_down_without_its_words(admin_user: User, now: datetime) -> None:
    publish(offer=replace(starter("EUR", 100), note_en="secret words"), actor=admin_user, now=now)
    entry = AuditEntry.objects.get(verb="refer.publish")
    assert entry.actor == admin_user
    assert entry.detail == {
        "version": 1, "is_open": True, "currency": "EUR", "kinds": ["gift", "donation"], "cash_warning_read": False,
    }  # fmt: skip


def test_two_who_publish_at_once_do_not_overwrite_each_other(admin_user: User, now: datetime) -> None:
    publish(offer=starter("EUR", 100), after=0, actor=admin_user, now=now)
    with pytest.raises(Conflict) as told:
        publish(offer=starter("EUR", 100), after=0, actor=admin_user, now=now)
    assert told.value.code == "published_meanwhile"
    assert Programme.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "EUX"}, "unknown_currency"),
        ({"currency": "eur"}, "unknown_currency"),
        ({"currency": ""}, "unknown_currency"),
        ({"rewards": (Offered("gift"),)}, "bad_reward"),
        ({"rewards": (Offered("gift", 100, 100),)}, "bad_reward"),
        ({"rewards": (Offered("gift", -100),)}, "bad_reward"),
        ({"rewards": (Offered("gift", None, 10_001),)}, "bad_reward"),
        ({"rewards": (Offered("gift", 100, label_en="x" * 121),)}, "bad_reward"),
        ({"rewards": (Offered("gift", 100),) * 7}, "bad_reward"),
        ({"rewards": (Offered("cash", 100),)}, "cash_warning"),
        ({"two_above_minor": -1}, "bad_limit"),
        ({"per_month_minor": 10**12}, "bad_limit"),
        ({"clawback_days": -1}, "bad_days"),
        ({"referrals_a_week": 0}, "bad_days"),
        ({"starts_on": date(2026, 6, 8)}, "bad_dates"),
        ({"starts_on": date(2036, 6, 8)}, "bad_dates"),
        ({"starts_on": date(2026, 7, 1), "ends_on": date(2026, 6, 30)}, "bad_dates"),
    ],
)
def test_what_cannot_be_promised_is_refused(
    admin_user: User, now: datetime, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(RebondError) as told:
        publish(offer=replace(starter("EUR", 100), **changes), actor=admin_user, now=now)  # type: ignore[arg-type]
    assert told.value.code == code
    assert "Nothing was published" in str(told.value)
    assert not Programme.objects.exists()


# ---- the month's budget


def test_the_budget_counts_what_came_due_this_month_without_what_was_reversed(
    admin_user: User, camille: User, now: datetime
) -> None:
    programme = publish_starter(admin_user, now)
    spend(programme, camille, 20_000, now)
    spend(programme, camille, 10_000, now, status="paid")
    spend(programme, camille, 15_000, now, status="reversed")
    spend(programme, camille, 40_000, now - timedelta(days=31))
    found = queries.budget(programme, TODAY)
    assert (found.used_minor, found.left_minor, found.over) == (30_000, 20_000, False)
    assert queries.why_not_offered(TODAY) == ""
    assert [rule.kind for rule in queries.offered(TODAY)[1]] == ["gift", "donation"]


def test_each_month_begins_with_nothing_used(admin_user: User, camille: User, now: datetime) -> None:
    programme = publish_starter(admin_user, now)
    spend(programme, camille, 100, datetime(2026, 5, 31, 12, 0, tzinfo=UTC))
    assert queries.budget(programme, date(2026, 5, 1)).used_minor == 100
    assert queries.budget(programme, date(2026, 5, 31)).used_minor == 100
    assert queries.budget(programme, date(2026, 6, 1)).used_minor == 0


def test_a_used_up_budget_stops_offers_until_next_month_and_says_why(
    admin_user: User, camille: User, now: datetime
) -> None:
    programme = publish_starter(admin_user, now)
    spend(programme, camille, 50_000, now)
    assert "€500 is used up" in queries.why_not_offered(TODAY)
    assert queries.offered(TODAY) == (programme, [])
    assert queries.is_open(TODAY), "introductions still come in"
    assert queries.why_not_offered(date(2026, 7, 1)) == ""


def test_without_a_cap_the_budget_is_never_over(admin_user: User, camille: User, now: datetime) -> None:
    programme = publish(offer=replace(starter("EUR", 100), per_month_minor=None), actor=admin_user, now=now)
    spend(programme, camille, 10**7, now)
    found = queries.budget(programme, TODAY)
    assert (found.left_minor, found.over, found.used_share) == (None, False, 0.0)


def test_a_cap_of_nothing_is_used_up_at_once(admin_user: User, now: datetime) -> None:
    programme = publish(offer=replace(starter("EUR", 100), per_month_minor=0), actor=admin_user, now=now)
    found = queries.budget(programme, TODAY)
    assert (found.over, found.used_share) == (True, 1.0)


# ---- tax thresholds


def test_the_threshold_in_force_is_the_last_that_has_begun(admin_user: User, now: datetime) -> None:
    TaxThreshold.objects.all().delete()
    made = [
        add_threshold(country="FR", form="DAS2", from_on=day, amount_minor=minor, currency="EUR", at_least=False,
                      source="the law", actor=admin_user, now=now)
        for day, minor in ((date(2020, 1, 1), 120_000), (date(2024, 1, 1), 240_000), (date(2030, 1, 1), 300_000))
    ]  # fmt: skip
    rows = queries.thresholds()
    assert queries.current(rows, TODAY) == {made[1].pk}
    assert queries.current(rows, date(2019, 1, 1)) == set()
    assert [row.from_on.year for row in rows] == [2030, 2024, 2020]


def test_a_threshold_is_written_down(admin_user: User, now: datetime) -> None:
    add_threshold(country="BE", form="281.50", from_on=TODAY, amount_minor=12_500, currency="EUR", at_least=True,
                  source="the law", actor=admin_user, now=now)  # fmt: skip
    assert AuditEntry.objects.get(verb="refer.add_threshold").detail["amount_minor"] == 12_500


def test_today_is_where_the_installation_is(admin_user: User) -> None:
    made = publish_starter(admin_user, timezone.now())
    assert queries.in_force(made.starts_on or TODAY) == made
