"""``rebond contest``: a month from the command line, in JSON that a script can follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from rebond import cli
from rebond.accounts.models import Team, User
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.contest.tally import tally
from rebond.celebrate.models import Contest, Nomination
from rebond.celebrate.queries import contests as queries
from tests.celebrate import months
from tests.factories import make_user

pytestmark = pytest.mark.django_db


class Said:
    """Runs the command as somebody and reads its one document."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object, who: User | None = None, code: int = 0) -> Any:
        given = ["contest", *map(str, words), *(["--as", str(who.email)] if who else []), "--json"]
        assert cli.main(given) == code
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def contest(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


@pytest.fixture
def people(north: Team, south: Team) -> list[User]:
    return months.reviewers_of(north, south)


def test_a_month_by_command(contest: Said, nadia: User, north: Team, people: list[User]) -> None:
    month, sellers = f"{timezone.localdate():%Y-%m}", months.sellers(north, 3)
    made = contest("new", month, *(f"--reviewer={one.email}" for one in people), who=nadia)
    assert (made["month"], made["team"], made["state"]) == (month, "North", "draft")
    pk = made["id"]
    assert contest("open", pk, who=nadia)["state"] == "nominations"
    calls = []
    for seller in sellers:
        call = months.make_call(seller, f"Call of {seller.name}")
        words = ["--title", "The quiet question", "--lesson", "Wait.", "--from", "0:10", "--until", "2:00"]
        calls += [one["id"] for one in contest("nominate", pk, call.pk, *words, who=seller)["calls"]]
    assert contest("close", pk, who=nadia)["state"] == "review"
    for call in calls:
        for reviewer in people:
            marks = ["listening=4", "questions=4", "next_step=3", "to_learn=5"]
            assert contest("score", call, *marks, who=reviewer)["marks"]["to_learn"] == 5
    assert [one["status"] for one in contest("shortlist", pk, 3, who=nadia)["calls"]] == ["shortlisted"] * 3
    assert contest("open", pk, who=nadia)["state"] == "voting"

    deaf = contest("vote", pk, calls[0], who=nadia, code=2)
    assert (deaf["error"], deaf["nominations"]) == ("not_heard", calls)
    assert contest("audit", pk, code=2)["error"] == "not_counted_yet"
    for voter in (nadia, people[1], sellers[1], sellers[2], sellers[0]):
        months.hear_all(Contest.objects.get(pk=pk), voter)
    for voter in (nadia, people[1], sellers[1], sellers[2]):
        assert contest("vote", pk, calls[0], who=voter)["ballot"] == [calls[0]]
    assert contest("vote", pk, calls[0], who=sellers[0], code=2)["error"] == "ballot_own"
    assert contest("vote", pk, calls[2], calls[1], who=sellers[0])["changed"] == 0
    assert contest("close", pk, who=nadia)["state"] == "closed"
    assert contest("vote", pk, calls[1], who=nadia, code=2)["error"] == "votes_closed"

    assert cli.main(["contest", "show", str(pk)]) == 0
    assert "(Call of the month)" not in contest.capsys.readouterr().out
    told = contest("announce", pk, who=nadia)
    assert (told["state"], told["decided_by"]) == ("announced", "votes")
    assert [one["won"] for one in told["calls"]] == [True, False, False]
    assert cli.main(["contest", "show", str(pk)]) == 0
    assert contest.capsys.readouterr().out.count("(Call of the month)") == 1
    audit = contest("audit", pk)
    assert (audit["roll"], audit["ballots_cast"], audit["recount_equals"]) == (5, 5, True)
    assert audit["ballots"] == sorted([[calls[0]]] * 4 + [sorted([calls[1], calls[2]])])
    assert audit["tally"] == queries.recount(Contest.objects.get(pk=pk)).as_json()
    names = [one.name for one in (nadia, *people, *sellers)]
    assert not any(name in json.dumps(audit) for name in names)
    assert contest("archive", pk, who=nadia)["state"] == "archived"


@pytest.fixture
def told(nadia: User, north: Team, people: list[User]) -> Contest:
    """Announced: six ballots of seven on the roll, the votes decided."""
    voting = months.at_voting(nadia, people, months.sellers(north, 5), 3)
    calls = queries.shortlist(voting)
    for voter in voting.voters.select_related("user").exclude(user=calls[0].nominee):
        months.cast(voting, voter.user, [calls[0].pk])
    actions.close_voting(contest=voting, actor=nadia, now=timezone.now())
    return actions.announce(contest=voting, actor=nadia, now=timezone.now())


def _other_ballot(told: Contest) -> None:
    ballot = told.ballots.order_by("pk")[0]
    ballot.choices = [queries.shortlist(told)[1].pk]
    ballot.save()


def _other_count(told: Contest) -> None:
    told.tally["rounds"][0]["counts"][1][1] += 1
    told.save()


def _one_ballot_less(told: Contest) -> None:
    told.ballots.order_by("pk")[0].delete()


def _other_winner(told: Contest) -> None:
    first, second, _third = queries.shortlist(told)
    for call, place in ((first, 2), (second, 1)):
        call.place = place
        call.save()


def _others_decided(told: Contest) -> None:
    Contest.objects.filter(pk=told.pk).update(decided_by="reviewers")


def _off_the_list(told: Contest) -> None:
    first = queries.shortlist(told)[0]
    first.status = "withdrawn"
    first.save()


@pytest.mark.parametrize(
    "tamper", [_other_ballot, _other_count, _one_ballot_less, _other_winner, _others_decided, _off_the_list]
)
def test_an_audit_says_when_somebody_was_in_the_database(
    contest: Said, capsys: pytest.CaptureFixture[str], told: Contest, nadia: User,
    tamper: Callable[[Contest], None],
) -> None:  # fmt: skip
    """On the page, in the file, by command, and in the exit code a script looks at."""
    lead, path = months.signed_in(nadia), reverse("celebrate:audit", args=[told.pk])
    assert contest("audit", told.pk)["recount_equals"] is True
    assert "Counted again: the same" in lead.get(path).content.decode()
    tamper(told)
    assert contest("audit", told.pk, code=1)["recount_equals"] is False
    assert cli.main(["contest", "audit", str(told.pk)]) == 1
    assert "The stored ballots do not give the stored count." in capsys.readouterr().out
    assert "Counted again: not the same" in lead.get(path).content.decode()
    assert lead.get(path, {"as": "json"}).json()["recount_equals"] is False


def test_where_the_reviewers_decided_no_count_and_no_ballot_leaves_by_any_door(
    contest: Said, nadia: User, north: Team, people: list[User]
) -> None:
    """Five ballots of fifteen: enough not to tell who voted for whom, too few to decide. Nor for the organiser, nor
    before it is announced."""
    for number in range(10):
        make_user(f"Quiet{number} Voter", team=north)
    voting = months.at_voting(nadia, people, months.sellers(north, 3), 3)
    calls = queries.shortlist(voting)
    for voter in (nadia, people[1], calls[1].nominee, calls[2].nominee, User.objects.get(name="Quiet0 Voter")):
        months.cast(voting, voter, [calls[0].pk])
    actions.close_voting(contest=voting, actor=nadia, now=timezone.now())
    lead, path = months.signed_in(nadia), reverse("celebrate:audit", args=[voting.pk])
    for step in ("closed", "announced"):
        said = contest("audit", voting.pk, who=nadia)
        assert (said["tally"], said["ballots"], said["seed"], said["counts_shown"]) == (None, None, None, False), step
        assert [one["alike"] for one in said["blocs"]] == [None]
        file = lead.get(path, {"as": "json"}).json()
        assert [file[name] for name in ("tally", "ballots", "seed", "counts_shown")] == [None, None, None, False]
        assert "<table" not in lead.get(path).content.decode()
        if step == "closed":
            assert contest("announce", voting.pk, who=nadia)["decided_by"] == "reviewers"


def test_the_draws_of_a_count_can_be_made_again_from_the_file(contest: Said, told: Contest) -> None:
    said = contest("audit", told.pk)
    counted = tally(said["ballots"], said["shortlist"], said["tally"]["method"], seed=said["seed"])
    assert counted.as_json() == said["tally"]
    assert list(counted.winners) == said["winners"]


def test_what_is_whose_stays_theirs(contest: Said, nadia: User, camille: User, yanis: User, people: list[User]) -> None:
    month = f"{timezone.localdate():%Y-%m}"
    reviewers = [f"--reviewer={one.email}" for one in people]
    assert contest("new", month, *reviewers, code=2)["error"] == "say_who"
    assert contest("new", month, *reviewers, who=camille, code=2)["error"] == "not_allowed"
    assert contest("new", month, "--everybody", *reviewers, who=nadia, code=2)["error"] == "not_allowed"
    assert contest("new", "June", *reviewers, who=nadia, code=2)["error"] == "bad_date"
    unknown = contest("new", month, "--reviewer=nobody@rebond.example", who=nadia, code=2)
    assert (unknown["error"], "nobody@rebond.example" in unknown["message"]) == ("unknown_person", True)
    for role in ("admin", "manager"):  # of no team: never for everybody without saying so
        alone = make_user(f"{role.title()} Alone", team=None, role=role)
        assert contest("new", month, *reviewers, who=alone, code=2)["error"] == "team_missing"
    assert Contest.objects.count() == 0
    pk = contest("new", month, *reviewers, who=nadia)["id"]
    assert contest("show", pk, who=camille, code=2)["error"] == "not_found"  # a draft
    contest("open", pk, who=nadia)
    assert contest("show", pk, who=yanis, code=2)["error"] == "not_found"
    assert contest("close", pk, who=camille, code=2)["error"] == "not_allowed"
    assert contest("list", who=yanis) == []
    assert [one["id"] for one in contest("list", who=camille)] == [pk]
    assert contest("cancel", pk, "--why", "Holidays", who=nadia)["state"] == "cancelled"


def test_a_call_is_answered_and_looked_at(contest: Said, nadia: User, camille: User, people: list[User]) -> None:
    made = months.opened(months.make_contest(nadia, people))
    call = months.make_call(camille)
    contest("nominate", made.pk, call.pk, "--title", "T", "--lesson", "L", who=people[1])
    pk = Nomination.objects.get().pk
    assert contest("answer", pk, "yes", who=people[1], code=2)["error"] == "not_allowed"
    assert contest("answer", pk, "yes", who=camille)["calls"][0]["status"] == "accepted"
    contest("close", made.pk)
    reviewed = contest("review", pk, "--disqualify", "A price is named", who=nadia)
    assert reviewed["calls"][0]["because"] == "A price is named"
    assert contest("show", made.pk, who=camille)["calls"][0]["because"] == "A price is named"


def test_in_words(capsys: pytest.CaptureFixture[str], contest: Said, nadia: User, people: list[User]) -> None:
    assert cli.main(["contest", "list"]) == 0
    assert "No contest yet." in capsys.readouterr().out
    made = months.make_contest(nadia, people)
    assert cli.main(["contest", "show", str(made.pk)]) == 0
    assert "North  Being prepared" in capsys.readouterr().out
    months.named(months.opened(made), people[1], "The quiet question")
    User.objects.filter(pk=people[1].pk).update(language="fr")
    assert cli.main(["contest", "show", str(made.pk), "--as", str(people[1].email)]) == 0
    assert "The quiet question  (En lice)" in capsys.readouterr().out
