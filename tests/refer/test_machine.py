"""Moves of a referral: which are legal, what each needs, what follows by itself, and that its history stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import AppendOnlyError, Deal, Person
from rebond.refer import states
from rebond.refer.actions.moving import begin, move
from rebond.refer.models import Advocate, Move, Referral, RiskFlag, State
from tests.factories import make_deal
from tests.refer.world import (
    DAY,
    deal_of,
    end,
    history,
    in_conversation,
    introduce,
    introduced,
    make_advocate,
    make_programme,
    named,
    won,
)

pytestmark = pytest.mark.django_db

#: The specification's table, typed from its page.
SPEC = {
    "asked": {"agreed", "declined", "no_answer"},
    "agreed": {"introduced", "lapsed"},
    "introduced": {"qualified", "disqualified", "duplicate"},
    "qualified": {"won", "lost"},
    "won": {"reward_due"},
    "reward_due": {"paid", "forfeited"},
    "paid": {"clawed_back"},
}
#: What a deal that is opened again adds.
REOPENED = {("won", "qualified"), ("lost", "qualified"), ("reward_due", "qualified")}


@pytest.fixture
def advocate(helene: Person, camille: User) -> Advocate:
    return make_advocate(helene, camille)


def test_the_table_is_the_specification_with_what_reopening_adds() -> None:
    legal = {(before, after) for before in State.values for after in State.values if states.is_legal(before, after)}
    spec = {(before, after) for before, to in SPEC.items() for after in to}
    void = {(before, "void") for before in State.values if before != "void"}

    assert legal == spec | REOPENED | void
    assert {after for after in State.values if states.is_legal("", after)} == {"asked", "agreed"}
    assert {"declined", "no_answer", "lapsed", "disqualified", "duplicate", "forfeited", "clawed_back", "void"} == set(
        states.TERMINAL
    )


def test_every_illegal_move_is_refused_with_where_it_stands_and_changes_nothing(
    advocate: Advocate, camille: User
) -> None:
    referral, refused = named(advocate), 0
    kept = history(referral)
    for before in State.values:
        Referral.objects.filter(pk=referral.pk).update(state=before)
        stood = Referral.objects.values().get(pk=referral.pk)
        for after in [*State.values, "eaten"]:
            if states.is_legal(before, after):
                continue
            with pytest.raises(Conflict, match=str(dict(State.choices)[before])) as said:
                move(referral=Referral.objects.get(pk=referral.pk), to=after, actor=camille, now=DAY)
            assert (said.value.code, Referral.objects.values().get(pk=referral.pk)) == ("illegal_move", stood)
            refused += 1

    assert refused == 17 * 16 - sum(len(states.TABLE[state]) for state in State.values)
    assert history(referral) == kept


def test_a_refusal_names_what_may_follow(advocate: Advocate, camille: User) -> None:
    with pytest.raises(Conflict, match="What may follow: Did not come about, Introduced, Void"):
        move(referral=named(advocate), to="won", actor=camille, now=DAY)


def test_a_move_keeps_who_when_why_and_what_shows_it(advocate: Advocate, camille: User) -> None:
    referral = named(advocate)

    move(
        referral=referral, to="introduced", mode="forward", reason="She forwarded it", evidence="deals.touch:12",
        actor=camille, now=DAY + timedelta(hours=1),
    )  # fmt: skip

    kept = Move.objects.get(referral=referral, number=2)
    assert (kept.from_state, kept.to_state, kept.by, kept.at) == (
        "agreed", "introduced", camille, DAY + timedelta(hours=1),
    )  # fmt: skip
    assert (kept.reason, kept.evidence) == ("She forwarded it", "deals.touch:12")
    assert (referral.state, referral.mode) == ("introduced", "forward")
    detail = AuditEntry.objects.filter(verb="refer.move").latest("pk").detail
    assert detail == {"before": "agreed", "to": "introduced", "move": kept.pk}


def test_an_introduction_needs_somebody_and_a_way(advocate: Advocate, camille: User) -> None:
    with pytest.raises(RebondError) as said:
        move(referral=named(advocate), to="introduced", actor=camille, now=DAY)
    nobody = Referral(advocate=advocate, owner=camille, team=camille.team)
    begin(made=nobody, to="asked", actor=camille, now=DAY)
    move(referral=nobody, to="agreed", actor=camille, now=DAY)
    with pytest.raises(RebondError) as unnamed:
        move(referral=nobody, to="introduced", mode="forward", actor=camille, now=DAY)

    assert (said.value.code, unnamed.value.code) == ("mode_missing", "nobody_named")
    assert [one.state for one in Referral.objects.order_by("pk")] == ["agreed", "agreed"]


def test_a_deal_belongs_to_one_introduction(advocate: Advocate, yanis: User, camille: User) -> None:
    first = in_conversation(advocate)
    other = make_deal("Another", owner=camille)
    with pytest.raises(RebondError, match="once it has a deal"):
        move(referral=_second(advocate), to="qualified", actor=camille, now=DAY)
    with pytest.raises(Conflict) as said:
        move(referral=Referral.objects.latest("pk"), to="qualified", deal=deal_of(first), actor=camille, now=DAY)
    move(referral=Referral.objects.latest("pk"), to="qualified", deal=other, actor=camille, now=DAY)

    assert said.value.code == "deal_taken"
    assert Referral.objects.filter(deal=deal_of(first)).count() == 1


def _second(advocate: Advocate) -> Referral:
    from rebond.refer.actions.registering import Named

    return introduced(advocate, Named("Ana Lopes", "ana@other.example"), now=DAY + timedelta(days=1))


@pytest.mark.parametrize("to", ["won", "lost"])
def test_it_is_won_or_lost_with_its_deal_never_by_hand(advocate: Advocate, camille: User, to: str) -> None:
    referral = in_conversation(advocate)

    with pytest.raises(Conflict) as said:
        move(referral=referral, to=to, actor=camille, now=DAY)

    assert said.value.code == "deal_disagrees"
    assert Referral.objects.get(pk=referral.pk).state == "qualified"


def test_no_reward_is_due_while_a_doubt_is_open(advocate: Advocate, camille: User) -> None:
    referral = won(advocate)
    RiskFlag.objects.create(referral=referral, code="ring", raised_at=DAY)

    with pytest.raises(Conflict) as said:
        move(referral=referral, to="reward_due", actor=camille, now=DAY)

    assert said.value.code == "flag_open"


def test_agreeing_pins_the_version_in_force_and_the_reward_they_chose(advocate: Advocate, camille: User) -> None:
    first = make_programme()
    referral = named(advocate)
    make_programme(version=2)

    referral.refresh_from_db()
    assert (referral.programme, referral.rule and referral.rule.kind) == (first, "voucher")
    introduce(referral, DAY)
    assert Referral.objects.get(pk=referral.pk).programme == first


def test_without_a_programme_or_a_choice_nothing_is_promised(advocate: Advocate) -> None:
    assert (named(advocate).programme, named(advocate, _other()).rule) == (None, None)


def _other() -> object:
    from rebond.refer.actions.registering import Named

    return Named("Ana Lopes", "ana@other.example")


def test_a_column_that_is_none_of_a_moves_is_a_mistake_of_ours(advocate: Advocate, camille: User) -> None:
    with pytest.raises(ValueError, match="state_at"):
        move(referral=named(advocate), to="lapsed", state_at=DAY, actor=camille, now=DAY)


# ---- history stays


def _tables(advocate: Advocate) -> list[str]:
    make_programme()
    named(advocate)
    return ["refer_move", "refer_programme", "refer_rewardrule"]


@pytest.mark.parametrize("what", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
def test_the_database_itself_refuses_to_change_history(advocate: Advocate, what: str) -> None:
    for table in _tables(advocate):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(what.format(table))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0


def test_nor_does_replacing_a_row_change_it(advocate: Advocate) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has REPLACE")
    for table in _tables(advocate):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_nor_does_our_own_code(advocate: Advocate) -> None:
    programme, kept = make_programme(), named(advocate).moves.get()

    for row in (kept, programme, programme.rules.first()):
        assert row is not None
        with pytest.raises(AppendOnlyError):
            row.save()
        with pytest.raises(AppendOnlyError):
            row.delete()


def test_void_takes_back_what_was_promised(advocate: Advocate, camille: User) -> None:
    make_programme(hold_days=0)
    referral = won(advocate)
    assert referral.state == "reward_due"

    move(referral=referral, to="void", reason="fraud", actor=camille, now=DAY + timedelta(days=1))

    assert [reward.status for reward in referral.rewards.all()] == ["reversed"]
    assert history(referral)[-2:] == ["reward_due", "void"]
    assert Deal.objects.get(pk=referral.deal_id).outcome == "won"


def test_the_end_of_the_deal_is_its_evidence(advocate: Advocate) -> None:
    referral = in_conversation(advocate)

    event = end(deal_of(referral), "lost", DAY + timedelta(days=3))

    last = referral.moves.latest("number")
    assert (last.to_state, last.reason, last.evidence) == ("lost", "lost", f"deals.closeevent:{event.pk}")
