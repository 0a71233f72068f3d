"""The Advocates screen: whom to ask and to thank, what is under way, who introduces us; to whom it shows what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rebond.accounts.models import User
from rebond.deals.models import Person
from rebond.refer.models import Advocate, Referral, ReferralAsk
from rebond.refer.queries import screen
from tests.factories import THEN
from tests.refer.introductions import advocate, asked, loss, path, referral
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method

pytestmark = pytest.mark.django_db
PAGE = "/advocates"


def shown(client: Client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def due(owner: User) -> ReferralAsk:
    """An ask for today."""
    ask = loss(owner, timezone.now())[1]
    ask.due_on, ask.until_on = timezone.localdate(), timezone.localdate() + timedelta(days=5)
    ask.save()
    return ask


def test_before_anything_it_says_who_will_stand_here(as_camille: Client) -> None:
    page = shown(as_camille)
    assert "People who liked you but did not buy appear here" in page
    assert "/advocates/asks/new" in page


def test_asks_that_are_due_stand_first_with_the_way_to_ask(as_camille: Client, camille: User) -> None:
    ask = due(camille)
    page = shown(as_camille)
    assert "<h1>1 person to ask</h1>" in page
    assert ask.person is not None
    assert ask.person.name in page
    assert f"/advocates/asks/{ask.pk}" in page


def test_introductions_stand_with_their_state_and_who_made_them(as_camille: Client, camille: User) -> None:
    ada = advocate(camille, timezone.now(), "Ada Lovelace")
    made = referral(ada, path(THEN, "agreed", "introduced"), name="Charles Babbage")
    page = shown(as_camille)
    for words in ("Charles Babbage", "through Ada Lovelace", "Introduced", f"/advocates/referrals/{made.pk}"):
        assert words in page


def test_advocates_stand_by_name_with_what_became_of_their_introductions(as_camille: Client, camille: User) -> None:
    zoe, ada = advocate(camille, THEN, "Zoe Busy"), advocate(camille, THEN, "Ada Quiet")
    for _each in range(3):
        referral(zoe, path(THEN, "agreed", "introduced", "qualified", "won"))
    referral(ada, path(THEN, "agreed", "lapsed"))
    page = shown(as_camille, show="advocates")
    assert page.index("Ada Quiet") < page.index("Zoe Busy"), "by name, not by how much they brought"
    assert "Won <b>3</b>" in page
    assert "Did not come about" in page


def test_a_state_narrows_the_introductions_and_an_unknown_one_does_not(as_camille: Client, camille: User) -> None:
    ada = advocate(camille, THEN, "Ada Lovelace")
    referral(ada, path(THEN, "agreed"), name="Promised Person")
    referral(ada, path(THEN, "agreed", "lapsed"), name="Lapsed Person")
    assert "Lapsed Person" not in shown(as_camille, show="introductions")
    assert "Lapsed Person" in shown(as_camille, show="introductions", state="lapsed")
    assert "Promised Person" not in shown(as_camille, show="introductions", state="lapsed")
    assert "Promised Person" in shown(as_camille, show="introductions", state="'; DROP TABLE")
    assert "None stands there now." in shown(as_camille, show="introductions", state="void")


def test_a_seller_begins_with_their_own_and_may_look_at_the_teams(
    as_camille: Client, as_nadia: Client, as_yanis: Client, camille: User, nadia: User
) -> None:
    referral(advocate(camille, THEN, "Of Camille"), path(THEN, "agreed"), name="Name One")
    referral(advocate(nadia, THEN, "Of Nadia"), path(THEN, "agreed"), name="Name Two")
    assert "Of Nadia" not in shown(as_camille)
    assert "Name Two" in shown(as_camille, who="team")
    assert "Of Camille" in shown(as_nadia), "who leads begins with the team's"
    assert "Of Camille" not in shown(as_nadia, who="mine")
    for query in ({}, {"who": "team"}, {"show": "introductions", "who": "team"}, {"show": "advocates", "who": "team"}):
        page = shown(as_yanis, **query)
        assert "Of Camille" not in page
        assert "Name One" not in page


def test_hesitation_is_told_to_the_seller_alone(
    as_camille: Client, as_nadia: Client, as_admin: Client, camille: User
) -> None:
    now = timezone.now()
    for at in range(5):
        ask = loss(camille, now - timedelta(days=40 + at))[1]
        if at < 2:
            asked(ask, now - timedelta(days=39))
            referral(advocate(camille, now), path(now - timedelta(days=38), "agreed", "introduced"), ask=ask)
    page = shown(as_camille)
    assert "You asked <b>2 of 5</b> people you could have asked after a no" in page
    assert "They gave you <b>2 names</b>; 2 introduced so far." in page
    assert "Only you see this line." in page
    for client in (as_nadia, as_admin):
        for query in ({}, {"who": "team"}):
            assert "You asked" not in shown(client, **query)


def test_somebody_who_was_erased_keeps_their_place_without_a_name(as_camille: Client, camille: User) -> None:
    ada = advocate(camille, THEN, "Ada Lovelace")
    referral(ada, path(THEN, "agreed"))
    Advocate.objects.update(person=None)
    page = shown(as_camille)
    assert "through somebody who was erased" in page
    assert "Ada" not in page


def test_hostile_names_stay_names(as_camille: Client, camille: User) -> None:
    referral(advocate(camille, THEN, "<script>alert(1)</script>"), path(THEN, "agreed"), name="<img src=x>")
    for query in ({}, {"show": "introductions"}, {"show": "advocates"}):
        page = shown(as_camille, **query)
        assert "<script>alert(1)" not in page
        assert "<img src=x>" not in page


def test_the_doors(as_camille: Client) -> None:
    assert_wrong_method(as_camille, PAGE, "get")
    assert_signed_out_is_sent_to_sign_in(PAGE)
    assert as_camille.get(PAGE, {"period": "never"}).status_code == 400
    assert as_camille.get(PAGE, {"page": "-3", "show": "advocates"}).status_code == 200


def test_the_page_makes_no_sum_and_brings_the_funnel_by_itself(
    as_camille: Client, camille: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_view: object) -> None:
        raise AssertionError("the shell asked for the figures")

    monkeypatch.setattr("rebond.refer.funnel.answers.answer", never)
    advocate(camille, THEN)
    page = shown(as_camille)
    assert 'data-block="/advocates/funnel?period=12m&amp;part=1"' in page
    assert "From a no to a sale" in page
    with pytest.raises(AssertionError):
        as_camille.get("/advocates/funnel")


def test_thanks_to_give_stand_with_the_way_to_give_them_and_no_more_than_fit(as_camille: Client, camille: User) -> None:
    ada, moved = advocate(camille, THEN, "Ada Lovelace"), timezone.now() - timedelta(days=2)
    for at in range(12):
        referral(ada, path(moved, "agreed", "introduced", every=0), name=f"Name {at}")
    page = shown(as_camille)
    assert "<h1>12 people to thank</h1>" in page
    assert page.count(">Thank</a>") == screen.SHOWN


def _many(camille: User, n: int) -> None:
    """So many advocates with an introduction each, and asks that are due."""
    now, today = timezone.now(), timezone.localdate()
    people = Person.objects.bulk_create(
        Person(name=f"Person {at}", created_at=THEN, updated_at=THEN, company=None) for at in range(n)
    )
    made = Advocate.objects.bulk_create(
        Advocate(person=one, owner=camille, team=camille.team, since=THEN) for one in people
    )
    Referral.objects.bulk_create(
        Referral(advocate=one, owner=camille, team=camille.team, state="introduced", state_at=now, created_at=THEN,
                 name=f"Name {at}") for at, one in enumerate(made)
    )  # fmt: skip
    ReferralAsk.objects.bulk_create(
        ReferralAsk(person=one, owner=camille, team=camille.team, moment="by_hand", planned_at=now, due_on=today,
                    until_on=today) for one in people
    )  # fmt: skip


@pytest.mark.parametrize("query", [{}, {"show": "introductions"}, {"show": "advocates"}])
def test_a_thousand_take_as_many_queries_as_sixty(
    as_camille: Client, camille: User, query: dict[str, str], django_assert_num_queries: Any
) -> None:
    _many(camille, 60)
    as_camille.get(PAGE, query)
    with CaptureQueriesContext(connection) as few:
        as_camille.get(PAGE, query)
    _many(camille, 1_000)
    with django_assert_num_queries(len(few)):
        page = shown(as_camille, **query)
    assert len(few) <= 40
    if query:
        assert "1 to 50 of more than 1000" in page
        assert "1 to 50" not in shown(as_camille, **query, page="2")
    else:
        assert "1060 people to ask" in page


def test_lines_count_only_introductions_one_may_see(camille: User, yanis: User, admin_user: User) -> None:
    ada = advocate(camille, THEN, "Ada Lovelace")
    referral(ada, path(THEN, "agreed"))
    referral(ada, path(THEN, "agreed"), owner=yanis)
    assert [line.total for line in screen.lines(camille, [ada])] == [1]
    assert [line.total for line in screen.lines(admin_user, [ada])] == [2]
