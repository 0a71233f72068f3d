"""Known to us already: an open deal, a contact of the last 90 days, an earlier registration; two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import Person
from rebond.refer.actions.moving import move
from rebond.refer.actions.registering import Named, complete
from rebond.refer.duplicates import FOR_THEM, WORDS, words
from rebond.refer.models import Advocate, Referral
from tests.factories import make_company, make_deal, make_person, make_touch
from tests.refer.world import DAY, PAUL, history, introduce, introduced, make_advocate, named

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(days=1)


@pytest.fixture
def advocate(helene: Person, camille: User) -> Advocate:
    return make_advocate(helene, camille)


@pytest.fixture
def other(camille: User) -> Advocate:
    return make_advocate(make_person("Luc Morel", email="luc@third.example"), camille)


@pytest.fixture
def paul(db: None) -> Person:
    return make_person("Paul Roux", company=make_company("Lumen Habitat"), email="Paul@lumen.example")


def _known(referral: Referral, because: str, earlier: Referral | None = None) -> None:
    referral.refresh_from_db()
    assert (referral.state, referral.duplicate_because, referral.duplicate_of) == ("duplicate", because, earlier)
    assert history(referral)[-2:] == ["introduced", "duplicate"]
    last = referral.moves.latest("number")
    assert (last.reason, last.by, bool(last.evidence)) == (because, None, True)


def test_whom_we_do_not_know_stands(advocate: Advocate) -> None:
    referral = introduced(advocate)

    assert (referral.state, referral.duplicate_because) == ("introduced", "")


@pytest.mark.parametrize("with_person", [True, False])
def test_an_open_deal_with_them_or_their_company_came_first(
    advocate: Advocate, yanis: User, paul: Person, with_person: bool
) -> None:
    if with_person:
        make_deal("Theirs", owner=yanis, people={paul: "user"})
    else:
        make_deal("Theirs", owner=yanis, company=paul.company)

    _known(introduced(advocate), "open_deal")


def test_a_deal_that_has_ended_or_began_later_is_none(advocate: Advocate, yanis: User, paul: Person) -> None:
    make_deal("Lost", owner=yanis, outcome="lost", closed_at=DAY - timedelta(days=200), people={paul: "user"})
    referral = named(advocate)
    make_deal("Later", owner=yanis, opened_at=DAY + timedelta(minutes=5), people={paul: "user"})

    assert introduce(referral, LATER).state == "introduced"


@pytest.mark.parametrize(("days", "known"), [(1, True), (90, True), (91, False)])
def test_a_contact_of_the_last_ninety_days_came_first(
    advocate: Advocate, yanis: User, paul: Person, days: int, known: bool
) -> None:
    ended = make_deal("Lost", owner=yanis, outcome="lost", closed_at=DAY - timedelta(days=95))
    make_touch(ended, at=DAY - timedelta(days=days), person=paul)

    referral = introduced(advocate)

    if known:
        _known(referral, "touched")
    else:
        assert referral.state == "introduced"


def test_what_happened_after_they_were_named_is_the_introduction_itself(
    advocate: Advocate, camille: User, paul: Person
) -> None:
    referral = named(advocate)
    make_touch(make_deal("x", owner=camille, outcome="lost", closed_at=DAY), at=DAY + timedelta(hours=1), person=paul)

    assert introduce(referral, LATER).state == "introduced"


@pytest.mark.parametrize(
    "again", [PAUL, Named("P. Roux", "PAUL@LUMEN.example"), Named("Paul  ROUX", phone="+33 1 99 00 12 34")]
)
def test_the_first_registration_stands_whoever_introduces_first(
    advocate: Advocate, other: Advocate, again: Named
) -> None:
    first = named(advocate)
    second = introduced(other, again, now=LATER)

    _known(second, "named_before", first)
    assert introduce(first, LATER + timedelta(days=1)).state == "introduced"


def test_a_correction_does_not_overtake_who_named_them_first(
    advocate: Advocate, other: Advocate, camille: User
) -> None:
    somebody = named(advocate, Named("Ana Lopes", "ana@other.example"))
    first = named(other, now=DAY + timedelta(hours=1))
    complete(referral=somebody, named=PAUL, actor=camille, now=DAY + timedelta(hours=2))

    _known(introduce(somebody, LATER), "named_before", first)
    assert introduce(first, LATER).state == "introduced"


def test_a_completion_keeps_its_turn(advocate: Advocate, other: Advocate, camille: User) -> None:
    first = named(advocate, Named("Paul Roux", company_name="Lumen Habitat"))
    second = named(other, Named("P. Roux", PAUL.email), now=DAY + timedelta(hours=1))
    complete(referral=first, named=PAUL, actor=camille, now=DAY + timedelta(hours=2))

    _known(introduce(second, LATER), "named_before", first)


def test_a_switchboard_number_names_nobody(advocate: Advocate, other: Advocate) -> None:
    named(advocate)

    assert introduced(other, Named("Ana Lopes", phone=PAUL.phone), now=LATER).state == "introduced"


@pytest.mark.parametrize("end", ["lapsed", "void"])
def test_one_that_did_not_come_about_is_in_nobodys_way(
    advocate: Advocate, other: Advocate, camille: User, end: str
) -> None:
    move(referral=named(advocate), to=end, actor=camille, now=DAY)

    assert introduced(other, now=LATER).state == "introduced"


def test_a_person_may_say_it_where_no_rule_does(advocate: Advocate, camille: User) -> None:
    referral = move(referral=introduced(advocate), to="duplicate", actor=camille, now=LATER)

    assert (referral.duplicate_because, words("by_hand")) == ("by_hand", "We knew them already.")


def test_the_loser_is_told_why_without_names_or_deals() -> None:
    assert set(WORDS) == set(FOR_THEM)
    assert words("named_before", for_them=True) == "Somebody else had named them to us before you did."
    assert words("something new", for_them=True) == words("by_hand")


# ---- at the same time


def _at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Each in a thread with a connection of its own, all starting together."""
    start, got = threading.Barrier(len(jobs)), []

    def body(job: Callable[[], Any]) -> None:
        start.wait(20)
        try:
            got.append(job())
        except RebondError as refused:
            got.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return got


@pytest.mark.django_db(transaction=True)
def test_two_advocates_who_name_and_introduce_one_person_at_once_leave_exactly_one(
    advocate: Advocate, other: Advocate
) -> None:
    for turn in range(4):
        who = Named(f"Paul Roux {turn}", f"paul{turn}@lumen.example", company_name=f"Lumen {turn}")
        _at_once(partial(introduced, advocate, who), partial(introduced, other, who))

        both = Referral.objects.filter(email=who.email).order_by("pk")
        assert sorted(one.state for one in both) == ["duplicate", "introduced"]
        loser, winner = sorted(both, key=lambda one: one.state)
        assert (loser.duplicate_of, loser.duplicate_because) == (winner, "named_before")


@pytest.mark.django_db(transaction=True)
def test_registered_before_introduced_at_once_the_earlier_stands(advocate: Advocate, other: Advocate) -> None:
    first, second = named(advocate), named(other, now=DAY + timedelta(minutes=1))

    _at_once(lambda: introduce(second, LATER), lambda: introduce(first, LATER))

    states = {one.pk: one.state for one in Referral.objects.all()}
    assert states == {first.pk: "introduced", second.pk: "duplicate"}


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_five_times_at_once_is_one_name(advocate: Advocate) -> None:
    got = _at_once(*[lambda: named(advocate)] * 5)

    assert sorted(str(one) for one in got if isinstance(one, str)) == ["named_already"] * 4
    assert Referral.objects.count() == 1
