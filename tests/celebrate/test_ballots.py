"""Ballots: one each, secret, changeable until closing; refused after it, for oneself, from whoever joined late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.actions import voting
from rebond.celebrate.contest import ballots
from rebond.celebrate.contest.rules import order_for
from rebond.celebrate.contest.tally import tally
from rebond.celebrate.models import Ballot, Contest, Listening, Recording, Voter
from rebond.celebrate.queries import contests as queries
from tests.celebrate import months
from tests.factories import make_user


def _voting(north: Team, south: Team, wanted: int) -> Contest:
    nadia = make_user("Nadia Belkacem", team=north, role=Role.MANAGER)
    return months.at_voting(nadia, months.reviewers_of(north, south), months.sellers(north, wanted), wanted)


@pytest.fixture
def three(north: Team, south: Team) -> Contest:
    """Three calls: approval. On the roll: Nadia, Paul, the three who are heard."""
    return _voting(north, south, 3)


@pytest.fixture
def four(north: Team, south: Team) -> Contest:
    """Four calls: ranked."""
    return _voting(north, south, 4)


def who(name: str) -> User:
    return User.objects.get(name__startswith=name)


def refused(asked: Callable[[], object], code: str) -> RebondError:
    """What ``asked`` is refused with; nothing of it is stored."""
    before = list(Ballot.objects.order_by("pk").values_list("choices", "changed"))
    with pytest.raises(RebondError) as found, transaction.atomic():
        asked()
    assert found.value.code == code
    assert list(Ballot.objects.order_by("pk").values_list("choices", "changed")) == before
    return found.value


def vote(contest: Contest, user: User, choices: list[int], **more: object) -> Ballot:
    return voting.vote(contest=contest, choices=choices, actor=user, now=more.get("now") or timezone.now())  # type: ignore[arg-type]


# What a ballot may say


@pytest.mark.parametrize(
    ("choices", "code"),
    [([], "ballot_empty"), ([1, 99], "ballot_unknown"), ([1, 1], "ballot_twice"), ([1, 3], "ballot_own")],
)
def test_a_ballot_says_what_is_wrong_with_it(choices: list[int], code: str) -> None:
    with pytest.raises(RebondError) as found:
        ballots.checked(choices, shortlist=[1, 2, 3], own=[3], method="approval")
    assert found.value.code == code


# Who may, and when


@pytest.mark.django_db
def test_a_ballot_is_cast_and_changed_and_stays_one(three: Contest) -> None:
    """Through the page: ticks; what is stored is the last word, and no audit line says for whom."""
    paul, calls = who("Paul"), [one.pk for one in queries.shortlist(three)]
    client, path = months.signed_in(paul), reverse("celebrate:vote", args=[three.pk])
    months.hear_all(three, paul)
    assert client.post(path, {"choice": calls[:2]}).status_code == 302
    assert client.post(path, {"choice": calls[2]}).status_code == 302
    ballot = Ballot.objects.get()
    assert (ballot.choices, ballot.changed) == ([calls[2]], 1)
    assert [entry.detail for entry in AuditEntry.objects.filter(verb="celebrate.vote").order_by("pk")] == [
        {"changed": False}, {"changed": True},
    ]  # fmt: skip


@pytest.mark.django_db
def test_after_closing_a_vote_is_refused_and_the_one_before_counts(three: Contest) -> None:
    paul, calls = who("Paul"), [one.pk for one in queries.shortlist(three)]
    months.cast(three, paul, [calls[0]])
    assert three.closes_at is not None
    late = three.closes_at
    refused(lambda: vote(three, paul, [calls[1]], now=late), "votes_closed")  # the job has not come round yet
    actions.close_voting(contest=three, actor=None, now=timezone.now())
    said = refused(lambda: vote(three, paul, [calls[1]]), "votes_closed")
    assert str(said) == "Votes are closed. Nothing was counted now; what you cast before counts."
    answer = months.signed_in(paul).post(reverse("celebrate:vote", args=[three.pk]), {"choice": calls[1]})
    assert (answer.status_code, answer.context["error"].code) == (409, "votes_closed")
    assert Ballot.objects.get().choices == [calls[0]]


@pytest.mark.django_db
def test_nobody_votes_for_themselves(three: Contest) -> None:
    calls = queries.shortlist(three)
    owner, own = calls[0].nominee, calls[0].pk
    months.hear_all(three, owner)
    said = refused(lambda: vote(three, owner, [own, calls[1].pk]), "ballot_own")
    assert str(said) == "Your own call cannot be on your ballot. Nothing was counted. Choose among the others."
    page = months.signed_in(owner).get(reverse("celebrate:vote", args=[three.pk])).content.decode()
    assert f'name="choice" value="{own}"' not in page
    assert vote(three, owner, [calls[1].pk]).choices == [calls[1].pk]


@pytest.mark.django_db
def test_whoever_joined_after_the_cut_off_waits_for_next_month(three: Contest, north: Team) -> None:
    """Also who joined while calls were named: the roll's day was drawn up then."""
    late = make_user("Lena Late", team=north)
    calls = [one.pk for one in queries.shortlist(three)]
    said = refused(lambda: vote(three, late, calls[:1]), "joined_late")
    assert isinstance(said, NotAllowed)
    assert "Next month you vote." in str(said)
    page = months.signed_in(late).get(reverse("celebrate:one_contest", args=[three.pk])).content.decode()
    assert "Next month you vote." in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [{"email": "sales@rebond.example"}, {"email": None}, {"is_active": False}, {"name": "No Password"}],
)
def test_no_shared_guest_closed_or_unverified_account_is_on_the_roll(
    north: Team, south: Team, fields: dict[str, object]
) -> None:
    odd = make_user("Odd Account", team=north)
    for name, value in fields.items():
        setattr(odd, name, value)
    if fields.get("name"):
        odd.set_unusable_password()
    odd.save()
    contest = _voting(north, south, 3)
    assert contest.voters.count() == 5
    assert not contest.voters.filter(user=odd).exists()
    calls = [one.pk for one in queries.shortlist(contest)]
    refused(lambda: vote(contest, odd, calls[:1]), "not_on_roll")


@pytest.mark.django_db
def test_each_call_is_heard_before_a_ballot_counts(three: Contest) -> None:
    paul, calls = who("Paul"), queries.shortlist(three)
    months.hear_all(three, paul, percent=59)
    said = refused(lambda: vote(three, paul, [calls[0].pk]), "not_heard")
    assert said.detail["nominations"] == [one.pk for one in calls]
    assert "not heard enough of 3 calls" in str(said)
    for call in calls[:2]:
        voting.hear(nomination=call, stretches=[(200_000, 300_000)], actor=paul, now=timezone.now())
    assert refused(lambda: vote(three, paul, [calls[0].pk]), "not_heard").detail["nominations"] == [calls[2].pk]
    Recording.objects.filter(pk=calls[2].recording_id).update(status="removed", stored="")
    assert vote(three, paul, [calls[0].pk]).choices == [calls[0].pk]


@pytest.mark.django_db
def test_hearing_the_same_twice_is_hearing_it_once(three: Contest) -> None:
    paul, call = who("Paul"), queries.shortlist(three)[0]
    client, path = months.signed_in(paul), reverse("celebrate:heard", args=[call.pk])
    for _again in range(3):
        client.post(path, {"spans": "0-60000,30000-90000,nonsense,299000-999999999"})
    assert Listening.objects.get().spans == [[0, 90_000], [299_000, 300_000]]
    assert client.post(path, {"spans": "0-9999999999999"}).json()["heard_ms"] == 91_000


@pytest.mark.django_db
def test_places_are_read_from_selects_and_no_place_is_given_twice(four: Contest) -> None:
    paul, calls = who("Paul"), [one.pk for one in queries.shortlist(four)]
    client, path = months.signed_in(paul), reverse("celebrate:vote", args=[four.pk])
    months.hear_all(four, paul)
    twice = client.post(path, {f"rank_{calls[0]}": "1", f"rank_{calls[1]}": "1"})
    assert (twice.status_code, twice.context["error"].code) == (400, "place_twice")
    assert (
        client.post(path, {f"rank_{calls[0]}": "4", f"rank_{calls[3]}": "2", f"rank_{calls[1]}": ""}).status_code == 302
    )
    assert Ballot.objects.get().choices == [calls[3], calls[0]]


@pytest.mark.django_db
def test_totals_stay_hidden_until_the_result_is_told(three: Contest) -> None:
    calls = [one.pk for one in queries.shortlist(three)]
    for voter in ("Paul", "Nadia"):
        months.cast(three, who(voter), [calls[0]])
    paths = [reverse(f"celebrate:{name}", args=[three.pk]) for name in ("one_contest", "vote", "audit")]
    for voter in ("Paul", "Nadia"):
        pages = [months.signed_in(who(voter)).get(path) for path in paths]
        assert [page.status_code for page in pages] == [200, 200, 409]
        assert all("ballots" not in page.context for page in pages[:2])
    three.refresh_from_db()
    assert three.tally == {}


@pytest.mark.django_db
def test_each_voter_has_an_order_of_their_own_drawn_from_the_seed(four: Contest) -> None:
    orders = list(Voter.objects.filter(contest=four).order_by("pk").values_list("user_id", "order"))
    calls = [one.pk for one in queries.shortlist(four)]
    assert all(sorted(order) == calls for _user, order in orders)
    assert all(order == order_for(user, calls, four.seed) for user, order in orders)
    drawn = {tuple(order_for(user, calls, "seed")) for user in range(400)}
    assert len(drawn) == 24  # every order there is
    page = months.signed_in(who("Paul")).get(reverse("celebrate:vote", args=[four.pk]))
    assert [one.nomination.pk for one in page.context["heard"]] == dict(orders)[who("Paul").pk]


@pytest.mark.django_db
def test_the_database_lets_a_voter_have_one_ballot(three: Contest) -> None:
    voter = Voter.objects.filter(contest=three)[0]
    values = {"contest": three, "voter": voter, "choices": [1], "cast_at": timezone.now()}
    Ballot.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ballot.objects.create(**values)


# Two at once


@pytest.mark.django_db(transaction=True)
def test_two_votes_in_parallel_are_one_ballot(north: Team, south: Team) -> None:
    contest = _voting(north, south, 3)
    paul, calls = who("Paul"), [one.pk for one in queries.shortlist(contest)]
    months.hear_all(contest, paul)
    starting, wrong = threading.Barrier(2), []

    def cast(choice: int) -> None:
        try:
            starting.wait(timeout=10)
            vote(contest, paul, [choice])
        except Exception as error:  # noqa: BLE001 (the thread's edge: told to the test)
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=cast, args=(choice,)) for choice in calls[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert wrong == []
    ballot = Ballot.objects.get()
    assert ballot.changed == 1
    assert ballot.choices in ([calls[0]], [calls[1]])


def at_once(*work: Callable[[], object]) -> list[str]:
    """Runs each in a thread of its own, all at the same moment; the codes of what was refused."""
    starting, codes = threading.Barrier(len(work)), []

    def run(what: Callable[[], object]) -> None:
        try:
            starting.wait(timeout=10)
            what()
        except RebondError as error:
            codes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(what,)) for what in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return codes


@pytest.mark.django_db(transaction=True)
def test_three_names_at_the_same_time_are_two(north: Team, south: Team) -> None:
    nadia, camille = make_user("Nadia Belkacem", team=north, role=Role.MANAGER), make_user("Camille Aubry", team=north)
    contest = months.opened(months.make_contest(nadia, months.reviewers_of(north, south)))
    calls = [months.make_call(camille, f"Call {number}") for number in range(3)]
    work = [lambda call=call: months.named(contest, camille, call=call) for call in calls]  # type: ignore[misc]
    assert at_once(*work) == ["two_each"]
    assert contest.nominations.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("everybody", [False, True])
def test_the_same_month_made_twice_at_the_same_time_is_one_contest(north: Team, south: Team, everybody: bool) -> None:
    nadia, reviewers = make_user("Nadia Belkacem", team=north, role=Role.MANAGER), months.reviewers_of(north, south)
    make = lambda: months.make_contest(nadia, reviewers, everybody=everybody)  # noqa: E731
    assert at_once(make, make) == ["contest_there"]
    assert Contest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_vote_and_the_closing_in_parallel_agree(north: Team, south: Team) -> None:
    """Either it is counted, or its voter is told that it is not."""
    contest = _voting(north, south, 3)
    paul, calls = who("Paul"), [one.pk for one in queries.shortlist(contest)]
    months.hear_all(contest, paul)
    starting, told = threading.Barrier(2), []

    def run(what: Callable[[], object]) -> None:
        try:
            starting.wait(timeout=10)
            what()
        except Conflict as error:
            told.append(error.code)
        finally:
            connections.close_all()

    closing = lambda: actions.close_voting(contest=contest, actor=None, now=timezone.now())  # noqa: E731
    threads = [threading.Thread(target=run, args=(what,)) for what in (closing, lambda: vote(contest, paul, calls[:1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    contest.refresh_from_db()
    assert contest.state == "closed"
    assert (contest.tally["ballots"], told) in [(1, []), (0, ["votes_closed"])]
    assert Ballot.objects.count() == contest.tally["ballots"]


# The recount


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_was_cast_the_recount_is_the_result(four: Contest, data: st.DataObject) -> None:
    """Ballots and their changes as people cast them: the stored ones give the stored count, also with paper piles."""
    calls = [one.pk for one in queries.shortlist(four)]
    people = [voter.user for voter in four.voters.select_related("user").order_by("pk")]
    with transaction.atomic():
        for voter in data.draw(st.lists(st.sampled_from(people), max_size=8)):
            months.hear_all(four, voter)
            own = [one.pk for one in queries.shortlist(four) if one.nominee_id == voter.pk]
            order = data.draw(st.permutations([pk for pk in calls if pk not in own]))
            vote(four, voter, [*order[: data.draw(st.integers(1, len(order)))]])
        closed = actions.close_voting(contest=four, actor=None, now=timezone.now())
        stored = Contest.objects.get(pk=four.pk)
        assert queries.recount(stored).as_json() == closed.tally == stored.tally
        assert (
            tally(stored.ballots.values_list("choices", flat=True), calls, "ranked", seed=stored.seed).as_json()
            == stored.tally
        )
        transaction.set_rollback(True)


# A thousand voters


@pytest.mark.django_db
def test_a_thousand_voters_cost_no_more_queries(
    north: Team, south: Team, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    nadia = make_user("Nadia Belkacem", team=north, role=Role.MANAGER)
    then = timezone.now() - timedelta(days=2)
    password = nadia.password
    User.objects.bulk_create(
        User(email=f"v{n}@rebond.example", name=f"Voter {n}", team=north, joined_at=then, password=password)
        for n in range(1_000)
    )
    reviewers = months.reviewers_of(north, south)
    contest = months.at_shortlist(nadia, reviewers, months.sellers(north, 4), 4)
    with django_assert_max_num_queries(16):
        actions.open_voting(contest=contest, actor=nadia, now=timezone.now())
    assert contest.voters.count() == 1_006
    calls = [one.pk for one in queries.shortlist(contest)]
    now = timezone.now()
    Ballot.objects.bulk_create(
        Ballot(contest=contest, voter=voter, choices=[calls[n % 4], calls[(n + 1) % 4]], cast_at=now)
        for n, voter in enumerate(contest.voters.order_by("pk"))
    )
    lead, path = months.signed_in(nadia), reverse("celebrate:one_contest", args=[contest.pk])
    with django_assert_max_num_queries(30):
        assert lead.get(path).status_code == 200
    with django_assert_max_num_queries(30):
        assert lead.get(reverse("celebrate:vote", args=[contest.pk])).status_code == 200
    with django_assert_max_num_queries(16):
        actions.close_voting(contest=contest, actor=nadia, now=now)
    with django_assert_max_num_queries(30):
        assert lead.get(reverse("celebrate:audit", args=[contest.pk])).status_code == 200
