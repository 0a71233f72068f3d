"""A referral follows its deal: ended, opened again, ended again; paid for, refunded; however often it is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rebond.accounts.models import User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import CloseEvent, Company, Deal, Person
from rebond.deals.records import DealRecord
from rebond.ledger.models import LedgerTransaction
from rebond.loop import close as closing
from rebond.refer.actions.aging import sweep
from rebond.refer.actions.following import (
    deal_ended,
    deals_recorded,
    link_deal,
    note_payment,
    note_refund,
    open_deal,
)
from rebond.refer.actions.moving import begin
from rebond.refer.actions.registering import Named
from rebond.refer.actions.rewards import sweep as sweep_rewards
from rebond.refer.models import Advocate, Move, Referral, Reward, RiskFlag
from rebond.refer.work.aging import age_referrals
from tests.factories import make_company, make_deal, make_person
from tests.refer.test_duplicates import _at_once
from tests.refer.world import (
    DAY,
    deal_of,
    end,
    history,
    in_conversation,
    introduced,
    make_advocate,
    make_programme,
    named,
    won,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
START = ["agreed", "introduced", "qualified"]


@pytest.fixture
def advocate(helene: Person, camille: User) -> Advocate:
    return make_advocate(helene, camille)


def reopen(deal: Deal, now: datetime) -> None:
    closing.reopen(deal=deal, actor=deal.owner, now=now)


def _state(referral: Referral) -> str:
    return Referral.objects.get(pk=referral.pk).state


# ---- the deal it led to


def test_a_deal_is_opened_with_the_referred_person_and_their_company(advocate: Advocate, camille: User) -> None:
    referral = in_conversation(advocate)

    deal = deal_of(referral)
    assert (referral.state, deal.owner, deal.lead_source, deal.amount_minor, deal.currency) == (
        "qualified", camille, "Referral", 500_000, "EUR",
    )  # fmt: skip
    assert (deal.name, deal.company and deal.company.name) == ("Lumen Habitat", "Lumen Habitat")
    part = deal.deal_people.get()
    assert (part.person.name, part.person.email, part.person.phone) == (
        "Paul Roux", "paul@lumen.example", "+33199001234",
    )  # fmt: skip
    assert (referral.person, referral.company) == (part.person, deal.company)
    assert referral.moves.latest("number").evidence == f"deals.deal:{deal.pk}"


def test_who_is_on_record_already_is_not_entered_twice(advocate: Advocate) -> None:
    firm = make_company("LUMEN habitat")
    paul = make_person("Paul Roux", company=firm, email="Paul@lumen.example")

    referral = in_conversation(advocate)

    assert (referral.person, referral.company) == (paul, firm)
    assert Person.objects.filter(name="Paul Roux").count() == 1
    assert Company.objects.filter(folded="lumen habitat").count() == 1


@pytest.mark.parametrize("currency", ["XXQ", "euro", "12", "=1+1"])
def test_an_unknown_currency_opens_nothing(advocate: Advocate, camille: User, currency: str) -> None:
    referral = introduced(advocate)

    with pytest.raises(RebondError) as said:
        open_deal(referral=referral, amount_minor=1, currency=currency, actor=camille, now=DAY)

    assert said.value.code == "unknown_currency"
    assert (Deal.objects.count(), Person.objects.count(), history(referral)) == (0, 1, START[:2])


def test_before_they_are_introduced_no_deal_is_opened(advocate: Advocate, camille: User) -> None:
    with pytest.raises(Conflict) as said:
        open_deal(referral=named(advocate), actor=camille, now=DAY)

    assert (said.value.code, Deal.objects.count(), Person.objects.count()) == ("illegal_move", 0, 1)


def test_a_deal_that_exists_is_linked_with_the_person_in_it(advocate: Advocate, camille: User) -> None:
    referral = introduced(advocate)
    paul = make_person("Paul Roux", email="paul@lumen.example")
    deal = make_deal("Theirs", owner=camille, people={paul: "user"})

    link_deal(referral=referral, deal=deal, actor=camille, now=DAY + 2 * HOUR)

    assert (referral.state, referral.deal, referral.person) == ("qualified", deal, paul)


@pytest.mark.parametrize(("outcome", "state"), [("won", "won"), ("lost", "lost"), ("unknown", "qualified")])
def test_one_that_has_ended_by_then_takes_it_along(advocate: Advocate, camille: User, outcome: str, state: str) -> None:
    deal = make_deal("Theirs", owner=camille)
    referral = introduced(advocate)
    end(deal, outcome, DAY + 2 * HOUR)

    link_deal(referral=referral, deal=deal, actor=camille, now=DAY + 3 * HOUR)

    assert referral.state == state


def test_two_who_link_one_deal_at_once(advocate: Advocate, camille: User) -> None:
    deal = make_deal("Theirs", owner=camille)
    first, second = introduced(advocate), introduced(advocate, Named("Ana", "ana@other.example"))
    link_deal(referral=first, deal=deal, actor=camille, now=DAY)

    with pytest.raises(Conflict) as said:
        link_deal(referral=second, deal=deal, actor=camille, now=DAY)

    assert said.value.code == "deal_taken"
    assert Referral.objects.get(pk=second.pk).state == "introduced"


# ---- its end


@pytest.mark.parametrize("outcome", ["lost", "no_decision", "lost_in_house", "disqualified", "duplicate"])
def test_every_other_end_than_a_win_loses_it(advocate: Advocate, outcome: str) -> None:
    referral = in_conversation(advocate)

    end(deal_of(referral), outcome, DAY + 3 * HOUR)

    assert history(referral) == [*START, "lost"]
    assert referral.moves.latest("number").reason == outcome


def test_an_end_of_which_nothing_is_known_decides_nothing(advocate: Advocate) -> None:
    referral = in_conversation(advocate)

    end(deal_of(referral), "unknown", DAY + 3 * HOUR)

    assert history(referral) == START


def test_lost_reopened_lost_again_are_two_ends(advocate: Advocate) -> None:
    referral = in_conversation(advocate)
    first = end(deal_of(referral), "lost", DAY + 3 * HOUR)
    reopen(deal_of(referral), DAY + 4 * HOUR)
    second = end(deal_of(referral), "no_decision", DAY + 5 * HOUR)

    assert history(referral) == [*START, "lost", "qualified", "lost"]
    ends = referral.moves.filter(to_state="lost").order_by("number").values_list("evidence", flat=True)
    assert list(ends) == [f"deals.closeevent:{first.pk}", f"deals.closeevent:{second.pk}"]


def test_a_deal_nobody_introduced_ends_as_before(advocate: Advocate, deal: Deal) -> None:
    named(advocate)
    end(deal, "won", DAY)

    assert list(Move.objects.values_list("to_state", flat=True)) == ["agreed"]


def test_a_reward_that_was_due_is_reversed_when_the_deal_opens_again_and_comes_anew(advocate: Advocate) -> None:
    make_programme(hold_days=0)
    referral = won(advocate)
    assert referral.state == "reward_due"

    reopen(deal_of(referral), DAY + 4 * HOUR)
    assert _state(referral) == "qualified"
    end(deal_of(referral), "won", DAY + 5 * HOUR)

    assert history(referral) == [*START, "won", "reward_due", "qualified", "won", "reward_due"]
    assert [(one.round, one.status) for one in referral.rewards.order_by("pk")] == [(0, "reversed"), (1, "due")]


def test_a_sale_that_comes_anew_waits_for_its_own_first_payment(advocate: Advocate, camille: User) -> None:
    make_programme(hold_from="payment", hold_days=30)
    referral = won(advocate)
    note_payment(referral=referral, day=date(2026, 6, 9), actor=camille, now=DAY + 4 * HOUR)
    note_refund(referral=referral, day=date(2026, 6, 9), actor=camille, now=DAY + 5 * HOUR)
    reopen(deal_of(referral), DAY + 6 * HOUR)
    end(deal_of(referral), "won", DAY + timedelta(days=40))

    assert (deal_of(referral).outcome, referral.payment_on, referral.refunded_on) == ("won", None, None)
    note_payment(referral=referral, day=date(2026, 7, 20), actor=camille, now=DAY + timedelta(days=80))
    assert _state(referral) == "reward_due"


def test_what_was_given_stays_given_and_somebody_looks(advocate: Advocate) -> None:
    referral = won(advocate)
    Referral.objects.filter(pk=referral.pk).update(state="paid")  # as a run leaves it

    reopen(deal_of(referral), DAY + 4 * HOUR)
    end(deal_of(referral), "lost", DAY + 5 * HOUR)

    assert _state(referral) == "paid"
    assert [flag.code for flag in RiskFlag.objects.filter(referral=referral, verdict="")] == ["reopened_after_payment"]


# ---- told often


@pytest.mark.django_db(transaction=True)
def test_deal_won_told_a_hundred_times_in_parallel_moves_once_and_accrues_once(advocate: Advocate) -> None:
    make_programme(hold_days=0)
    referral = in_conversation(advocate)
    event = _closed_behind_our_back(deal_of(referral))

    def tell() -> None:
        deal_ended(close_event=CloseEvent.objects.get(pk=event.pk), actor=None, now=DAY + 4 * HOUR)

    for _round in range(2):  # a server takes fewer than a hundred connections
        assert _at_once(*[tell] * 50) == [None] * 50

    assert history(referral) == [*START, "won", "reward_due"]
    assert Reward.objects.get().amount_minor == 10_000
    assert LedgerTransaction.objects.count() == 1


def _closed_behind_our_back(deal: Deal) -> CloseEvent:
    """As if a delivery was lost: the deal is won, nobody told its referral."""
    at = DAY + 3 * HOUR
    Deal.objects.filter(pk=deal.pk).update(outcome="won", closed_at=at)
    return CloseEvent.objects.create(deal=deal, outcome="won", closed_at=at, recorded_at=at, source="api")


def _row(deal: Deal, **fields: Any) -> DealRecord:
    values: dict[str, Any] = {"name": deal.name, "external_id": deal.external_id, "opened_at": deal.opened_at}
    return DealRecord(**(values | fields))


@pytest.mark.django_db(transaction=True)
def test_closed_by_an_import_and_on_the_screen_at_once_is_won_once(advocate: Advocate, camille: User) -> None:
    make_programme(hold_days=0)
    referral = in_conversation(advocate)
    Deal.objects.update(source="csv", external_id="D1")
    deal, at = deal_of(referral), DAY + 3 * HOUR
    record = _row(deal, outcome="won", closed_at=at)

    _at_once(
        lambda: end(Deal.objects.get(pk=deal.pk), "won", at),
        lambda: closing.record_history(rows=[record], reasons={}, source="csv", actor=None, now=at).updated,
    )

    states = history(referral)
    assert deal_of(referral).outcome == "won"
    assert states[:4] == [*START, "won"]
    assert Reward.objects.filter(status="due").count() == 1
    assert referral.state == "reward_due" or states[-1] == "reward_due"


def test_an_import_that_ends_opens_and_ends_it_again_takes_it_along(advocate: Advocate, camille: User) -> None:
    referral = in_conversation(advocate)
    Deal.objects.update(source="csv", external_id="D1")
    deal = deal_of(referral)
    for number, outcome in enumerate(("won", "open", "lost", "lost")):
        at = DAY + timedelta(days=number + 1)
        row = _row(deal, outcome=outcome, closed_at=None if outcome == "open" else at)
        closing.record_history(rows=[row], reasons={}, source="csv", actor=None, now=at)

    assert history(referral) == [*START, "won", "qualified", "lost"]


def test_a_batch_without_referred_deals_costs_one_query(
    advocate: Advocate, deal: Deal, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(3):  # a savepoint around it
        assert deals_recorded(deal_ids=range(1, 1001), actor=None, now=DAY) == 0


# ---- money


def test_the_first_payment_starts_the_days_of_waiting(advocate: Advocate, camille: User) -> None:
    make_programme(hold_from="payment", hold_days=30)
    referral = won(advocate)

    note_payment(referral=referral, day=date(2026, 6, 9), actor=camille, now=DAY + HOUR * 5)
    assert (referral.state, referral.payment_on) == ("won", date(2026, 6, 9))
    note_payment(referral=referral, day=date(2026, 6, 9), actor=camille, now=DAY + timedelta(days=30))

    assert referral.state == "reward_due"
    with pytest.raises(Conflict) as said:
        note_payment(referral=referral, day=date(2026, 6, 10), actor=camille, now=DAY + timedelta(days=31))
    assert (said.value.code, Referral.objects.get(pk=referral.pk).payment_on) == ("not_won", date(2026, 6, 9))


@pytest.mark.parametrize("note", [note_payment, note_refund])
def test_a_day_to_come_or_a_deal_not_won_is_refused(advocate: Advocate, camille: User, note: Any) -> None:
    referral = in_conversation(advocate)

    with pytest.raises(RebondError) as ahead:
        note(referral=referral, day=date(2026, 6, 10), actor=camille, now=DAY)
    with pytest.raises(Conflict) as early:
        note(referral=referral, day=date(2026, 6, 9), actor=camille, now=DAY)

    assert (ahead.value.code, early.value.code) == ("day_in_future", "not_won")
    kept = Referral.objects.get(pk=referral.pk)
    assert (kept.payment_on, kept.refunded_on) == (None, None)


def test_refunded_before_the_reward_was_given_it_is_reversed_once(advocate: Advocate, camille: User) -> None:
    make_programme(hold_days=0)
    referral = won(advocate)

    for _time in range(2):
        note_refund(referral=referral, day=date(2026, 6, 9), actor=camille, now=DAY + timedelta(days=1))

    assert history(referral)[-2:] == ["reward_due", "forfeited"]
    assert (referral.moves.latest("number").reason, referral.rewards.get().status) == ("refunded", "reversed")


def test_refunded_before_anything_was_due_nothing_ever_becomes_due(advocate: Advocate, camille: User) -> None:
    make_programme(hold_days=10)
    referral = won(advocate)
    note_refund(referral=referral, day=date(2026, 6, 10), actor=camille, now=DAY + timedelta(days=1))

    sweep_rewards(now=DAY + timedelta(days=100))

    assert (_state(referral), Reward.objects.count()) == ("won", 0)


# ---- time


@pytest.mark.parametrize(
    ("state", "days", "becomes"), [("asked", 30, "no_answer"), ("agreed", 60, "lapsed"), ("introduced", 999, "")]
)
def test_waiting_ends_by_itself_on_its_day_and_not_before(
    advocate: Advocate, camille: User, state: str, days: int, becomes: str
) -> None:
    if state == "introduced":
        referral = introduced(advocate)
    else:
        referral = begin(
            made=Referral(advocate=advocate, owner=camille, team=camille.team), to=state, actor=camille, now=DAY
        )
    assert sweep(now=DAY + timedelta(days=days, minutes=-1)) == 0

    moved = sweep(now=DAY + timedelta(days=days, hours=1))

    assert moved == bool(becomes)
    assert history(referral)[-1] == (becomes or state)
    assert sweep(now=DAY + timedelta(days=days + 400)) == 0
    if becomes:
        last = referral.moves.latest("number")
        assert (last.by, last.reason) == (None, f"after_{days}_days")


def test_the_job_does_it(advocate: Advocate) -> None:
    referral = named(advocate)
    Referral.objects.update(state_at=DAY - timedelta(days=365 * 20))

    assert age_referrals.func() == 1
    assert history(referral)[-1] == "lapsed"
