"""Nobody decides about their own reward; days and amounts that are a slip; limits the advocate is told of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import User
from rebond.base.dates import local_day
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.ledger import accounts
from rebond.ledger.actions import post
from rebond.refer import tax
from rebond.refer.actions import paying, rewards
from rebond.refer.actions.advocates import new_link
from rebond.refer.actions.flags import settle_flag
from rebond.refer.actions.following import note_payment, note_refund
from rebond.refer.actions.own_page import answer_about_reward
from rebond.refer.models import Advocate, RiskFlag, TaxThreshold
from rebond.refer.queries.waiting import payout_waits
from rebond.refer.typed import amount
from tests.factories import make_person
from tests.refer.introductions import loss
from tests.refer.own_pages import link
from tests.refer.rewarded import accrued, approved, handed_out, make_advocate, make_programme, won
from tests.refer.test_funnel import LONG_AGO, TODAY, view
from tests.refer.test_own_page import said
from tests.refer.world import in_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def nadia_introduces(camille: User, nadia: User) -> Advocate:
    """A manager who introduced somebody, from a mailbox with a plus."""
    person = make_person("Nadia Belkacem", email=(nadia.email or "").replace("@", "+own@"))
    return make_advocate(owner=camille, person=person)


def test_nobody_approves_lets_go_or_settles_what_is_their_own(
    nadia_introduces: Advocate, nadia: User, now: datetime
) -> None:
    referral = won(nadia_introduces, make_programme(), now=now)
    payout = accrued(referral, now=now).payout
    flag = RiskFlag.objects.create(referral=referral, code="ours", raised_at=now)
    post(key="x", kind="claw_back", currency="EUR", legs=accounts.claw_back(nadia_introduces.holder, 500), subject="x",
         actor=None, now=now)  # fmt: skip
    for attempt in (
        lambda: paying.approve(payout=payout, actor=nadia, now=now),
        lambda: paying.propose_write_off(advocate=nadia_introduces, currency="EUR", actor=nadia, now=now),
        lambda: settle_flag(flag=flag, verdict="honest", actor=nadia, now=now),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    flag.refresh_from_db()
    assert (payout.approvals.count(), flag.verdict) == (0, "")


def test_the_screen_says_that_the_deals_owner_alone_is_not_enough_whoever_looks_after_the_introduction(
    camille: User, nadia: User, now: datetime
) -> None:
    referral = won(make_advocate(owner=camille), make_programme(), now=now, deal_owner=nadia)
    payout = approved(accrued(referral, now=now), nadia, now=now)
    assert payout.status == "waiting"
    [wait] = payout_waits([payout], now=now)[payout.pk]
    assert wait.words == "approval by somebody beside Nadia Belkacem, whose deal it was"


@pytest.mark.parametrize("note", [note_payment, note_refund])
def test_a_day_before_the_deal_was_there_is_a_slip(note: Any, camille: User, now: datetime) -> None:
    referral = won(make_advocate(owner=camille), make_programme(), now=now)
    before = referral.payment_on
    with pytest.raises(RebondError) as refused:
        note(referral=referral, day=date(2016, 6, 9), actor=camille, now=now)
    assert refused.value.code == "day_too_early"
    referral.refresh_from_db()
    assert (referral.payment_on, referral.refunded_on, referral.state) == (before, None, "won")


@pytest.mark.parametrize(
    ("text", "minor"),
    [("6,200", 620_000), ("6.200", 620_000), ("6200,50", 620_050), ("1,234.50", 123_450), ("6 200", 620_000),
     ("  ", None)],
)  # fmt: skip
def test_an_amount_is_read_as_files_are(text: str, minor: int | None) -> None:
    assert amount(text, "EUR") == minor


@pytest.mark.parametrize("text", ["-5", "six", "1e99", "NaN", "9" * 10_000])
def test_what_is_no_amount_is_told(text: str) -> None:
    with pytest.raises(RebondError) as refused:
        amount(text, "EUR")
    assert refused.value.code == "bad_amount"


def test_one_reward_that_was_decided_meanwhile_does_not_hold_the_others_up(
    camille: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = make_programme()
    first, second = (won(make_advocate(name, owner=camille), programme, now=now) for name in ("Ana Diaz", "Léa Petit"))
    whole = rewards.accrue

    def accrue(*, referral: Any, **rest: Any) -> Any:
        if referral.pk == first.pk:
            raise Conflict("meanwhile", code="flag_open")
        return whole(referral=referral, **rest)

    monkeypatch.setattr(rewards, "accrue", accrue)
    assert rewards.sweep(now=now)["due"] == 1
    second.refresh_from_db()
    assert second.state == "reward_due"


def test_a_choice_waits_its_turn_behind_a_reward_that_comes_due(camille: User, now: datetime) -> None:
    """Referral, then advocate: the order in which rewards lock them; the other way round is a deadlock."""
    who = make_advocate(owner=camille)
    won(who, make_programme(), now=now)
    with CaptureQueriesContext(connection) as asked:
        answer_about_reward(advocate=who, allows="self", wants="voucher", language="en", now=now)
    read = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    ahead = next(place for place, sql in enumerate(read) if 'FROM "refer_referral"' in sql and "'qualified'" in sql)
    locked = next(place for place, sql in enumerate(read) if 'FROM "refer_advocate"' in sql)
    assert ahead < locked
    if connection.features.has_select_for_no_key_update:
        assert "FOR NO KEY UPDATE" in read[ahead]
        assert "FOR NO KEY UPDATE" in read[locked]


def test_a_statement_says_why_in_words(as_nadia: Client, camille: User, now: datetime) -> None:
    who = make_advocate(owner=camille)
    reward = accrued(won(who, make_programme(), now=now), now=now)
    rewards.forfeit(reward=reward, because="refused", actor=camille, now=now)
    page = as_nadia.get(reverse("refer:advocate", args=[who.pk])).content.decode()
    assert "<small>their employer does not allow it</small>" in page
    assert "<small>refused</small>" not in page


def test_the_own_page_says_when_the_year_is_full(client: Client, camille: User, now: datetime) -> None:
    who = make_advocate(owner=camille)
    new_link(advocate=who, actor=camille, now=now)
    programme = make_programme(per_year_minor=5_000)
    first = won(who, programme, now=now)
    assert "The most we may give one person" not in said(client, link(who))
    accrued(first, now=now)
    assert "The most we may give one person in a year, €50, is reached" in said(client, link(who))


def test_the_own_page_asks_for_a_tax_number_near_a_threshold_and_never_twice(
    client: Client, camille: User, nadia: User, admin_user: User, now: datetime
) -> None:
    TaxThreshold.objects.create(country="FR", form="DAS2", from_on=date(now.year, 1, 1), amount_minor=6_000,
                                currency="EUR", at_least=False, source="x")  # fmt: skip
    who = make_advocate(owner=camille, wants="gift")
    new_link(advocate=who, actor=camille, now=now)
    reward = accrued(won(who, make_programme(kind="gift"), now=now), now=now)
    assert "tax number" not in said(client, link(who))
    approved(reward, nadia, now=now)
    handed_out(actor=admin_user, now=now)
    assert "(DAS2). For that we need your tax number." in said(client, link(who))
    typed = {"legal_name": "Inès Ferrand", "address": "1 rue du Lac", "country": "FR", "tax_id": "12 34"}
    assert client.post(link(who, "/payee"), typed).status_code == 303
    assert "tax number" not in said(client, link(who))


def test_a_threshold_is_reached_by_what_all_teams_gave_and_the_sums_stay_each_teams_own(
    camille: User, yanis: User, nadia: User, admin_user: User, now: datetime
) -> None:
    TaxThreshold.objects.create(country="FR", form="DAS2", from_on=date(now.year, 1, 1), amount_minor=9_000,
                                currency="EUR", at_least=False, source="x")  # fmt: skip
    who, programme = make_advocate(owner=camille, wants="gift"), make_programme(kind="gift")
    for owner in (camille, yanis):
        reward = accrued(won(who, programme, now=now, deal_owner=owner), now=now)
        reward.referral.owner, reward.referral.team = owner, owner.team
        reward.referral.save()
        approved(reward, admin_user, now=now)
    handed_out(actor=admin_user, now=now)
    [line] = tax.lines(nadia, local_day(now).year)
    assert line.to_themselves_minor == 5_000
    assert line.standing is not None
    assert line.standing.is_reached


def test_a_no_whose_moment_passed_is_not_one_where_nobody_could_be_asked(camille: User) -> None:
    from rebond.refer.queries import funnel

    for because in ("too_late", "not_met"):
        _event, ask = loss(camille, LONG_AGO, excluded=True)
        ask.because = because
        ask.save()
    assert sorted(bool(case.ended) for case in funnel.losses(view(None))) == [False, True]
    assert LONG_AGO.date() < TODAY


def test_a_statement_on_the_command_line_is_for_whom_the_page_shows_it(
    capsys: pytest.CaptureFixture[str], camille: User, yanis: User, helene: Any, north: Any
) -> None:
    from rebond.cli import main
    from tests.factories import make_user
    from tests.refer.world import make_advocate as introduces

    in_conversation(introduces(helene, camille), now=timezone.now() - timedelta(days=1))
    mate = make_user("Léo Martin", team=north)
    assert main(["refer", "statement", str(helene.pk), "--as", mate.email or ""]) != 0
    assert main(["refer", "statement", str(helene.pk), "--as", camille.email or "", "--json"]) == 0
