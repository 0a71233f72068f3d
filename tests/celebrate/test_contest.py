"""The call of the month from its draft to the announced winner, through the front door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from rebond.accounts.models import Role, Team, User
from rebond.base.errors import Conflict, NotAllowed, RebondError
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.actions import nominating
from rebond.celebrate.models import (
    Consent,
    Contest,
    ContestMove,
    ContestState,
    Lesson,
    Mark,
    Nomination,
    Preference,
    Score,
)
from rebond.celebrate.queries import contests as queries
from rebond.live.models import LiveEvent
from tests.celebrate import months
from tests.factories import make_user

pytestmark = pytest.mark.django_db
MARKS = {"listening": "4", "questions": "5", "next_step": "3", "to_learn": "4"}


@pytest.fixture
def reviewers(north: Team, south: Team) -> list[User]:
    return months.reviewers_of(north, south)


def one(contest: Contest) -> str:
    return reverse("celebrate:one_contest", args=[contest.pk])


def test_a_whole_month_through_the_front_door(nadia: User, camille: User, reviewers: list[User]) -> None:
    """Nadia opens it, calls are named and scored blind, the team votes, the winner is told and its lesson kept."""
    assert camille.team is not None
    team = months.sellers(camille.team, 4)
    lead, everyone = months.signed_in(nadia), [camille, *team]
    answer = lead.post("/contest/new", {"month": f"{timezone.localdate():%Y-%m}",
                                        "reviewers": [one.pk for one in reviewers]})  # fmt: skip
    contest = Contest.objects.get()
    assert answer["Location"] == one(contest)
    move = reverse("celebrate:move_contest", args=[contest.pk])
    until = (timezone.localdate() + timedelta(days=10)).isoformat()
    assert lead.post(move, {"to": "nominations", "closes_on": until}).status_code == 302

    for owner in everyone[:4]:
        recording = months.make_call(owner, f"Call of {owner.name}")
        said = {
            "call": recording.pk, "title": f"Call of {owner.first_name}", "lesson": "Ask why first.",
            "from": "0:30", "until": "3:00",
        }  # fmt: skip
        answer = months.signed_in(owner).post(reverse("celebrate:nominate", args=[contest.pk]), said)
        assert answer.status_code == 302
    assert list(Nomination.objects.values_list("status", flat=True)) == ["accepted"] * 4
    assert list(Mark.objects.order_by().values_list("at_ms", "until_ms").distinct()) == [(30_000, 180_000)]

    lead.post(move, {"to": "review"})
    calls = list(Nomination.objects.order_by("pk"))
    for reviewer in reviewers:
        for call in calls:
            path = reverse("celebrate:score", args=[call.pk])
            assert months.signed_in(reviewer).post(path, MARKS).status_code == 302
    assert lead.post(move, {"to": "shortlist", "wanted": "4"}).status_code == 302
    assert lead.post(move, {"to": "voting", "closes_on": until}).status_code == 302

    for voter in everyone:
        client = months.signed_in(voter)
        theirs = [call for call in calls if call.nominee_id != voter.pk]
        for call in theirs:
            heard = client.post(reverse("celebrate:heard", args=[call.pk]), {"spans": "30000-100000,99000-125000"})
            assert heard.json() == {"heard_ms": 95_000, "percent": 63, "enough": True}
        ballot = {f"rank_{call.pk}": place for place, call in enumerate(theirs, start=1)}
        assert client.post(reverse("celebrate:vote", args=[contest.pk]), ballot).status_code == 302
        assert "4 of" not in client.get(one(contest)).content.decode()

    lead.post(move, {"to": "closed"})
    assert lead.get(reverse("celebrate:audit", args=[contest.pk])).status_code == 200
    assert lead.post(move, {"to": "announced"}).status_code == 302
    contest.refresh_from_db()
    won = contest.nominations.get(place=1)
    page = months.signed_in(camille).get(one(contest)).content.decode()
    assert contest.decided_by == "votes"
    assert won.title in page
    assert "data-player" in page
    assert Lesson.objects.get(nomination=won).won
    assert Lesson.objects.count() == 4
    told = LiveEvent.objects.get(key=f"celebrate.contest:{contest.pk}")
    assert (told.kind, told.audience) == ("praise", [f"team:{camille.team_id}"])
    assert won.title in told.data["en"]["title"]
    assert queries.recount(contest).as_json() == contest.tally
    states = list(contest.moves.order_by("number").values_list("to_state", flat=True))
    assert states == ["draft", "nominations", "review", "shortlist", "voting", "closed", "announced"]


# Moves


def test_moves_go_one_way_and_say_where_it_stands(nadia: User, reviewers: list[User]) -> None:
    contest = months.make_contest(nadia, reviewers)
    with pytest.raises(Conflict, match="Being prepared") as refused:
        actions.announce(contest=contest, actor=nadia, now=timezone.now())
    assert refused.value.detail == {"state": "draft"}


@pytest.mark.parametrize("state", [one for one in ContestState.values if one != "cancelled"])
def test_it_can_be_called_off_from_anywhere_with_a_reason(nadia: User, reviewers: list[User], state: str) -> None:
    contest = months.make_contest(nadia, reviewers)
    Contest.objects.filter(pk=contest.pk).update(state=state)
    path = reverse("celebrate:move_contest", args=[contest.pk])
    client = months.signed_in(nadia)
    assert client.post(path, {"to": "cancelled", "because": " "}).status_code == 400
    assert client.post(path, {"to": "cancelled", "because": "Too few calls"}).status_code == 302
    contest.refresh_from_db()
    assert contest.state == "cancelled"
    assert "Too few calls" in client.get(one(contest)).content.decode()


def test_the_database_keeps_every_move(nadia: User, reviewers: list[User]) -> None:
    contest = months.make_contest(nadia, reviewers)
    with pytest.raises(DatabaseError), transaction.atomic():
        ContestMove.objects.filter(contest=contest).update(to_state="archived")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM celebrate_contestmove WHERE contest_id = %s", [contest.pk])
    assert ContestMove.objects.get(contest=contest).to_state == "draft"


def test_rules_and_rubric_freeze_and_one_month_has_one_contest(nadia: User, reviewers: list[User]) -> None:
    contest = months.opened(months.make_contest(nadia, reviewers))
    assert contest.rules["quorum"] == 50
    assert [line["code"] for line in contest.rubric] == [*MARKS]
    with pytest.raises(RebondError) as refused:
        months.make_contest(nadia, reviewers)
    assert refused.value.code == "contest_there"
    with pytest.raises(RebondError) as refused:
        months.make_contest(nadia, reviewers[:1], month=timezone.localdate() - timedelta(days=40))
    assert refused.value.code == "two_reviewers"


def test_what_is_due_closes_by_itself_once(nadia: User, reviewers: list[User]) -> None:
    contest = months.opened(months.make_contest(nadia, reviewers))
    assert contest.closes_at is not None
    assert actions.close_due(now=contest.closes_at - timedelta(seconds=1)) == 0
    assert actions.close_due(now=contest.closes_at) == 1
    assert actions.close_due(now=contest.closes_at) == 0
    assert Contest.objects.get().state == "review"


# Naming


def test_a_colleague_is_asked_and_says_yes(nadia: User, camille: User, reviewers: list[User]) -> None:
    contest, call = months.opened(months.make_contest(nadia, reviewers)), months.make_call(camille)
    paul = months.signed_in(reviewers[1])
    said = {"call": call.pk, "title": "The quiet question", "lesson": "Wait three seconds."}
    assert paul.post(reverse("celebrate:nominate", args=[contest.pk]), said).status_code == 302
    made = Nomination.objects.get()
    assert (made.status, made.nominee, made.by) == ("waiting", camille, reviewers[1])
    mine = months.signed_in(camille)
    assert "Do you agree?" in mine.get(one(contest)).content.decode()
    path = reverse("celebrate:answer", args=[made.pk])
    assert paul.post(path, {"answer": "yes"}).status_code == 403
    assert mine.post(path, {"answer": "yes"}).status_code == 302
    made.refresh_from_db()
    assert made.status == "accepted"
    assert mine.post(path, {"answer": "no"}).status_code == 409
    assert mine.post(path, {"answer": "withdraw"}).status_code == 302
    made.refresh_from_db()
    assert made.status == "withdrawn"


def test_two_each_and_each_call_once(nadia: User, camille: User, reviewers: list[User]) -> None:
    contest = months.opened(months.make_contest(nadia, reviewers))
    first, second = months.make_call(camille, "One"), months.make_call(camille, "Two")
    months.named(contest, camille, "One", call=first)
    with pytest.raises(RebondError) as refused:
        months.named(contest, camille, "One", call=first)
    assert refused.value.code == "nominated_already"
    months.named(contest, camille, "Two", call=second)
    with pytest.raises(RebondError) as refused:
        months.named(contest, camille, "Three")
    assert refused.value.code == "two_each"
    assert Nomination.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": " "}, "title_missing"),
        ({"lesson": ""}, "lesson_missing"),
        ({"until": "soon"}, "bad_moment"),
        ({"from": "1:00", "until": ""}, "bad_moment"),
        ({"from": "4:00", "until": "3:00"}, "no_such_moment"),
        ({"from": "0:00", "until": "12:00"}, "clip_too_long"),
        ({}, "clip_too_long"),
    ],
)
def test_a_name_says_what_is_missing(
    nadia: User, camille: User, reviewers: list[User], changed: dict[str, str], code: str
) -> None:
    contest, call = months.opened(months.make_contest(nadia, reviewers)), months.make_call(camille, minutes=20)
    said = {"call": str(call.pk), "title": "T", "lesson": "L"} | changed
    answer = months.signed_in(camille).post(reverse("celebrate:nominate", args=[contest.pk]), said)
    assert answer.status_code == 400
    assert answer.context["error"].code == code
    assert not Nomination.objects.exists()
    assert not Mark.objects.exists()


def test_nobody_wins_a_third_time_in_a_row(nadia: User, camille: User, reviewers: list[User]) -> None:
    for back in (70, 40):
        past = months.make_contest(nadia, reviewers, month=timezone.localdate() - timedelta(days=back))
        Contest.objects.filter(pk=past.pk).update(state="archived", decided_by="votes")
        Nomination.objects.create(
            contest=past, recording=months.make_call(camille, f"Won {back}"), nominee=camille, by=camille, title="W",
            lesson="L", status="shortlisted", place=1, at=timezone.now(),
        )  # fmt: skip
    contest = months.opened(months.make_contest(nadia, reviewers))
    with pytest.raises(Conflict) as refused:
        months.named(contest, camille)
    assert refused.value.code == "third_in_a_row"
    Contest.objects.filter(pk=contest.pk).update(rules=contest.rules | {"third_in_a_row": True})
    assert months.named(contest, camille).status == "accepted"


# Looking at them


@pytest.fixture
def looked_at(nadia: User, camille: User, reviewers: list[User]) -> Nomination:
    """A call of Camille's that is being looked at."""
    contest = months.opened(months.make_contest(nadia, reviewers))
    made = months.named(contest, camille)
    actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    return Nomination.objects.select_related("contest").get(pk=made.pk)


def test_without_every_voices_word_it_is_read_not_heard(
    nadia: User, reviewers: list[User], looked_at: Nomination
) -> None:
    """Consent to coaching is not enough; an extract without names stands in for the sound."""
    Consent.objects.filter(voice__user=None, purpose="contest").delete()
    lead, paul = months.signed_in(nadia), months.signed_in(reviewers[1])
    review, score = (reverse(f"celebrate:{name}", args=[looked_at.pk]) for name in ("review", "score"))
    assert "Hélène Marchetti" in lead.get(review).content.decode()
    assert paul.post(score, MARKS).context["error"].code == "consent_missing"
    named = lead.post(review, {"what": "extract", "extract": "Marchetti: it is too dear. We: compared to what?"})
    assert named.context["error"].code == "extract_names"
    assert lead.post(review, {"what": "extract", "extract": "It is too dear. Compared to what?"}).status_code == 302
    page = paul.get(score).content.decode()
    assert "Compared to what?" in page
    assert "data-player" not in page
    assert paul.post(score, MARKS).status_code == 302


def test_whose_call_it_is_reads_why_it_takes_no_part(nadia: User, camille: User, looked_at: Nomination) -> None:
    lead, path = months.signed_in(nadia), reverse("celebrate:review", args=[looked_at.pk])
    assert lead.post(path, {"what": "disqualify", "because": ""}).context["error"].code == "say_why"
    assert lead.post(path, {"what": "disqualify", "because": "A price is named at 2:10"}).status_code == 302
    assert "A price is named at 2:10" in months.signed_in(camille).get(one(looked_at.contest)).content.decode()


def test_reviewers_score_blind_and_once(reviewers: list[User], looked_at: Nomination) -> None:
    ines, paul = (months.signed_in(one) for one in reviewers)
    path = reverse("celebrate:score", args=[looked_at.pk])
    assert ines.post(path, MARKS | {"note": "She waits."}).status_code == 302
    before = paul.get(path).content.decode()
    assert "She waits." not in before
    assert "Ines" not in before
    assert paul.post(path, MARKS | {"listening": "6"}).context["error"].code == "marks_missing"
    assert paul.post(path, MARKS).status_code == 302
    assert "She waits." in paul.get(path).content.decode()
    assert ines.post(path, MARKS).context["error"].code == "scored_already"
    assert Score.objects.count() == 2


def test_the_organiser_who_scores_is_blind_too(nadia: User, reviewers: list[User], camille: User) -> None:
    contest = months.opened(months.make_contest(nadia, [nadia, *reviewers]))
    made = months.named(contest, camille)
    actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    made.refresh_from_db()
    months.scored(made, reviewers[:1], mark=4)
    assert "on average" not in months.signed_in(nadia).get(one(contest)).content.decode()
    months.scored(made, [nadia], mark=2)
    assert "on average 3.0 of 5" in months.signed_in(nadia).get(one(contest)).content.decode()


def test_nobody_scores_their_own_call_nor_uninvited(camille: User, looked_at: Nomination, yanis: User) -> None:
    path = reverse("celebrate:score", args=[looked_at.pk])
    assert months.signed_in(camille).post(path, MARKS).status_code == 403
    assert months.signed_in(yanis).post(path, MARKS).status_code == 404
    assert not Score.objects.exists()


def test_who_leads_a_seller_never_scores_alone(nadia: User, camille: User, north: Team) -> None:
    """Two managers of one team are both lead of its sellers: somebody from elsewhere is needed."""
    other = make_user("Omar Haddad", team=north, role=Role.MANAGER)
    thomas = make_user("Thomas Girard", team=north)
    contest = months.opened(months.make_contest(nadia, [nadia, other, thomas]))
    calls = [months.named(contest, owner) for owner in [camille, *months.sellers(north, 2)]]
    contest = actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    for call in calls:
        call.contest = contest
        months.scored(call, [nadia, other])
    with pytest.raises(RebondError) as refused:
        actions.make_shortlist(contest=contest, wanted=3, actor=nadia, now=timezone.now())
    assert (refused.value.code, len(refused.value.detail["nominations"])) == ("scores_missing", 3)
    for call in calls:
        months.scored(call, [thomas])
    actions.make_shortlist(contest=contest, wanted=3, actor=nadia, now=timezone.now())
    assert Nomination.objects.filter(status="shortlisted").count() == 3


def test_too_few_calls_make_no_vote(nadia: User, looked_at: Nomination, reviewers: list[User]) -> None:
    months.scored(looked_at, reviewers)
    path = reverse("celebrate:move_contest", args=[looked_at.contest_id])
    answer = months.signed_in(nadia).post(path, {"to": "shortlist", "wanted": "3"})
    assert (answer.status_code, answer.context["error"].code) == (400, "too_few_calls")
    assert months.signed_in(nadia).post(path, {"to": "shortlist", "wanted": "9"}).context["error"].code == "bad_length"


# The result


@pytest.fixture
def voting(nadia: User, north: Team, reviewers: list[User]) -> Contest:
    """Votes are open on three calls; the roll: three who are heard, Nadia, Paul."""
    return months.at_voting(nadia, reviewers, months.sellers(north, 3), 3)


def closed_and_announced(contest: Contest, nadia: User) -> Contest:
    now = timezone.now()
    actions.close_voting(contest=contest, actor=nadia, now=now)
    return actions.announce(contest=contest, actor=nadia, now=now)


def test_below_the_quorum_the_reviewers_decide_and_it_says_so(voting: Contest, nadia: User) -> None:
    calls = queries.shortlist(voting)
    months.cast(voting, nadia, [calls[2].pk])
    told = closed_and_announced(voting, nadia)
    assert told.decided_by == "reviewers"
    assert [call.pk for call in queries.shortlist(told) if call.place == 1] == [calls[0].pk]
    page = months.signed_in(nadia).get(one(told)).content.decode()
    assert "The reviewers decided: 1 of 5 on the roll voted, and 50% were needed" in page


def test_under_five_ballots_only_the_winner_is_shown(voting: Contest, nadia: User, reviewers: list[User]) -> None:
    calls = queries.shortlist(voting)
    for voter in (nadia, reviewers[1], calls[1].nominee):
        months.cast(voting, voter, [calls[0].pk])
    told = closed_and_announced(voting, nadia)
    assert told.decided_by == "votes"
    assert [call.place for call in queries.shortlist(told)] == [1, None, None]
    lead = months.signed_in(nadia)
    page = lead.get(one(told)).content.decode()
    assert calls[0].title in page
    assert "<table" not in page
    said = lead.get(reverse("celebrate:audit", args=[told.pk]), {"as": "json"}).json()
    assert (said["tally"], said["ballots"], said["winners"]) == (None, None, [calls[0].pk])


def test_a_tie_makes_co_winners(voting: Contest, nadia: User, reviewers: list[User]) -> None:
    calls = queries.shortlist(voting)
    for voter in (nadia, reviewers[1], calls[2].nominee):
        months.cast(voting, voter, [calls[0].pk, calls[1].pk])
    told = closed_and_announced(voting, nadia)
    assert [call.place for call in queries.shortlist(told)] == [1, 1, None]
    said = LiveEvent.objects.get(key=f"celebrate.contest:{told.pk}").data
    assert said["fr"]["title"].count("Call of Seller") == 2


def test_a_name_is_said_only_as_its_owner_wishes(voting: Contest, nadia: User, reviewers: list[User]) -> None:
    calls = queries.shortlist(voting)
    Preference.objects.create(user=calls[0].nominee, show_name=False)
    for voter in (nadia, reviewers[1], calls[1].nominee):
        months.cast(voting, voter, [calls[0].pk])
    told = closed_and_announced(voting, nadia)
    assert "somebody who keeps their name" in months.signed_in(nadia).get(one(told)).content.decode()
    assert LiveEvent.objects.get(key=f"celebrate.contest:{told.pk}").data["en"]["line"] == ""


def test_consent_taken_back_after_the_result_silences_it(voting: Contest, nadia: User, camille: User) -> None:
    closed = closed_and_announced(voting, nadia)
    assert "data-player" in months.signed_in(camille).get(one(closed)).content.decode()
    Consent.objects.update(withdrawn_at=timezone.now())
    page = months.signed_in(camille).get(one(closed)).content.decode()
    assert "data-player" not in page
    assert "Ask why before the price." in page


def test_a_ballot_that_changed_behind_our_back_stops_the_announcement(voting: Contest, nadia: User) -> None:
    calls = queries.shortlist(voting)
    months.cast(voting, nadia, [calls[0].pk])
    actions.close_voting(contest=voting, actor=nadia, now=timezone.now())
    voting.ballots.update(choices=[calls[1].pk])
    with pytest.raises(Conflict) as refused:
        actions.announce(contest=voting, actor=nadia, now=timezone.now())
    assert refused.value.code == "recount_differs"
    assert Contest.objects.get().state == "closed"


def test_the_organiser_hears_of_ballots_within_one_minute_before_announcing(
    voting: Contest, nadia: User, reviewers: list[User]
) -> None:
    calls = queries.shortlist(voting)
    for voter in (nadia, reviewers[1], calls[1].nominee):
        months.cast(voting, voter, [calls[0].pk])
    actions.close_voting(contest=voting, actor=nadia, now=timezone.now())
    path = reverse("celebrate:audit", args=[voting.pk])
    page = months.signed_in(nadia).get(path).content.decode()
    assert "3 ballots within a minute</p>" in page  # of three alike, each of them would know the others'
    assert months.signed_in(reviewers[1]).get(path).status_code == 409  # nobody else before it is announced


def test_a_call_taken_out_during_the_vote_is_passed_over(voting: Contest, nadia: User, reviewers: list[User]) -> None:
    calls = queries.shortlist(voting)
    for voter in (nadia, reviewers[1], calls[1].nominee):
        months.cast(voting, voter, [calls[0].pk, calls[2].pk])
    nominating.withdraw(nomination=calls[0], actor=calls[0].nominee, now=timezone.now())
    told = closed_and_announced(voting, nadia)
    assert [call.pk for call in queries.shortlist(told) if call.place == 1] == [calls[2].pk]
    with pytest.raises(NotAllowed):
        nominating.withdraw(nomination=calls[1], actor=calls[2].nominee, now=timezone.now())
