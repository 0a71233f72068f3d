"""Who hears a call for the contest, and what becomes of it there when a word is taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.celebrate.actions import contests as actions
from rebond.celebrate.actions import nominating
from rebond.celebrate.actions.recordings import hold
from rebond.celebrate.models import Contest, Lesson, Nomination, Recording, Voice
from rebond.celebrate.queries import contests as queries
from rebond.celebrate.sound import folder
from rebond.live.models import LiveEvent
from tests.celebrate import months
from tests.celebrate.calls import hears, recorded
from tests.celebrate.test_playing import ask
from tests.factories import make_user

pytestmark = pytest.mark.django_db
EVERYTHING = ("coaching", "contest", "library")


@pytest.fixture
def reviewers(north: Team, south: Team) -> list[User]:
    return months.reviewers_of(north, south)


@pytest.fixture
def voting(nadia: User, north: Team, reviewers: list[User]) -> Contest:
    """Votes are open on three calls of North; Nadia, Paul and the three who are heard are on the roll."""
    return months.at_voting(nadia, reviewers, months.sellers(north, 3), 3)


def outside(recording: Recording) -> Voice:
    return recording.voices.get(user=None)


def take_back(recording: Recording, purpose: str, voice: Voice | None = None) -> None:
    """Through the door of the call's page: noted by whose call it is, or said by a colleague."""
    voice = voice or outside(recording)
    client = months.signed_in(voice.user or recording.owner)
    assert client.post(f"/calls/voices/{voice.pk}/withdraw", {"purpose": purpose}).status_code == 302


def page(user: User, name: str, contest: Contest) -> str:
    return str(months.signed_in(user).get(reverse(f"celebrate:{name}", args=[contest.pk])).content.decode())


# Who hears it there


def test_a_call_is_heard_for_the_contest_by_whom_it_is_shown_to_there(
    nadia: User, camille: User, yanis: User, north: Team, reviewers: list[User]
) -> None:
    """Everybody in it agreed to the contest alone. Named: who looks at it; on the short list: its circle too."""
    call = months.make_call(camille, agreed=["contest"])
    thomas = make_user("Thomas Girard", team=north)
    people = [months.signed_in(one) for one in (nadia, *reviewers, thomas, yanis)]

    def heard() -> list[int]:
        return [hears(one, call, "contest") for one in people]

    assert heard() == [404] * 5
    contest = months.opened(months.make_contest(nadia, reviewers))
    made = months.named(contest, camille, call=call)
    assert heard() == [302, 302, 302, 404, 404]
    Nomination.objects.filter(pk=made.pk).update(status="shortlisted")
    Contest.objects.filter(pk=contest.pk).update(state="voting")
    assert heard() == [302, 302, 302, 302, 404]
    assert [hears(one, call) for one in people[3:]] == [404, 404]  # for coaching nobody agreed
    Contest.objects.filter(pk=contest.pk).update(state="cancelled")
    assert heard() == [404] * 5


def test_a_voter_plays_what_the_ballot_shows(voting: Contest, north: Team) -> None:
    """The addresses that the page itself holds."""
    paul = User.objects.get(name="Paul Marin")
    client = months.signed_in(paul)
    shown = client.get(reverse("celebrate:vote", args=[voting.pk])).content.decode()
    for call in queries.shortlist(voting):
        for door in ("sound", "peaks"):
            address = f"/calls/{call.recording_id}/{door}?for=contest"
            assert f'"{address}"' in shown
            assert client.get(address).status_code == {"sound": 302, "peaks": 200}[door]


# A word is taken back


@pytest.mark.parametrize("purpose", ["contest", "coaching"])
def test_a_word_taken_back_while_votes_are_open_takes_the_call_off_the_ballot(
    voting: Contest, nadia: User, purpose: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """Ballots that name it pass it over; nobody hears it there any more; the count still comes out."""
    paul, calls = User.objects.get(name="Paul Marin"), queries.shortlist(voting)
    first = calls[0]
    for voter in (nadia, paul, calls[1].nominee):
        months.cast(voting, voter, [first.pk, calls[2].pk])
    with django_capture_on_commit_callbacks(execute=True):
        take_back(first.recording, purpose)
    first.refresh_from_db()
    assert first.status == "withdrawn"
    assert AuditEntry.objects.filter(verb="celebrate.leave_contest", subject_id=str(first.pk)).count() == 1
    ballot = page(paul, "vote", voting)
    assert first.title not in ballot
    assert f"/calls/{first.recording_id}/" not in ballot
    assert hears(months.signed_in(paul), first.recording, "contest") == 404
    now = timezone.now()
    actions.close_voting(contest=voting, actor=nadia, now=now)
    told = actions.announce(contest=voting, actor=nadia, now=now)
    assert [one.pk for one in queries.shortlist(told) if one.place == 1] == [calls[2].pk]
    assert not Lesson.objects.filter(nomination=first).exists()


def test_the_library_taken_back_leaves_the_ballot_alone(voting: Contest) -> None:
    call = queries.shortlist(voting)[0]
    take_back(call.recording, "library")
    assert queries.shortlist(voting)[0] == call
    assert call.pk in queries.audible([call])


def test_somebody_more_who_is_heard_takes_it_off_the_ballot_too(voting: Contest) -> None:
    call = queries.shortlist(voting)[0]
    client = months.signed_in(call.nominee)
    client.post(f"/calls/{call.recording_id}/voices", {"name": "A third voice"})
    assert call not in queries.shortlist(voting)


def test_what_is_read_as_an_extract_stays_on_the_ballot(voting: Contest) -> None:
    call = queries.shortlist(voting)[0]
    Nomination.objects.filter(pk=call.pk).update(extract="It is too dear. Compared to what?")
    take_back(call.recording, "contest")
    assert call in queries.shortlist(voting)
    ballot = page(User.objects.get(name="Paul Marin"), "vote", voting)
    assert "Compared to what?" in ballot
    assert f"/calls/{call.recording_id}/sound" not in ballot


def test_the_vote_opens_only_on_calls_that_may_still_be_heard(nadia: User, north: Team, reviewers: list[User]) -> None:
    contest = months.at_shortlist(nadia, reviewers, months.sellers(north, 3), 3)
    take_back(queries.shortlist(contest)[0].recording, "contest")
    answer = months.signed_in(nadia).post(reverse("celebrate:move_contest", args=[contest.pk]), {"to": "voting"})
    assert (answer.status_code, answer.context["error"].code) == (400, "too_few_calls")
    assert "There are 2 calls, and a vote needs 3." in str(answer.context["error"])
    contest.refresh_from_db()
    assert (contest.state, contest.voters.count()) == ("shortlist", 0)


def test_after_the_votes_are_closed_the_count_stands_and_the_sound_is_gone(voting: Contest, nadia: User) -> None:
    paul, calls = User.objects.get(name="Paul Marin"), queries.shortlist(voting)
    for voter in (nadia, paul, calls[1].nominee):
        months.cast(voting, voter, [calls[0].pk])
    now = timezone.now()
    actions.close_voting(contest=voting, actor=nadia, now=now)
    take_back(calls[0].recording, "contest")
    told = actions.announce(contest=voting, actor=nadia, now=now)
    assert [one.pk for one in queries.shortlist(told) if one.place == 1] == [calls[0].pk]
    shown = page(paul, "one_contest", told)
    assert "data-player" not in shown
    assert "Ask why before the price." in shown
    assert calls[0].nominee.name in shown  # it was the buyer who took it back


@pytest.mark.parametrize("purpose", EVERYTHING)
def test_whoever_takes_their_own_word_back_is_not_named_with_the_call_any_more(
    voting: Contest, nadia: User, purpose: str
) -> None:
    """In the result, in the hall and with the lesson; title and lesson stay."""
    paul, calls = User.objects.get(name="Paul Marin"), queries.shortlist(voting)
    for voter in (nadia, paul, calls[1].nominee):
        months.cast(voting, voter, [calls[0].pk])
    now = timezone.now()
    actions.close_voting(contest=voting, actor=nadia, now=now)
    told = actions.announce(contest=voting, actor=nadia, now=now)
    client, winner = months.signed_in(paul), calls[0].nominee
    lesson = Lesson.objects.get(nomination=calls[0])
    places = (reverse("celebrate:one_contest", args=[told.pk]), "/calls/hall", f"/calls/lessons/{lesson.pk}")

    def named() -> list[bool]:
        return [f"with {winner.name}" in text or f"{winner.name}</span>" in text or f" · {winner.name}" in text
                for text in (client.get(place).content.decode() for place in places)]  # fmt: skip

    Nomination.objects.update(title="The quiet question")
    Lesson.objects.update(title="The quiet question")
    assert named() == [True, True, True]
    assert winner.name in str(LiveEvent.objects.get().data)
    take_back(calls[0].recording, purpose, calls[0].recording.voices.get(user=winner))
    assert named() == [False, False, False]
    assert not LiveEvent.objects.exists()  # a screen that slept meanwhile
    assert all("The quiet question" in client.get(place).content.decode() for place in places)


def test_removed_under_a_legal_hold_every_ticket_is_void_at_once(
    as_camille: Client, camille: User, nadia: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """The file waits for the hold to be lifted, under a name that nobody was given."""
    recording = recorded(camille, agreed=["coaching"])
    address = as_camille.get(f"/calls/{recording.pk}/sound")["Location"]
    assert ask(address, of=as_camille).status == 200
    hold(recording=recording, on=True, actor=nadia, now=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        as_camille.post(f"/calls/{recording.pk}/remove")
    assert ask(address, of=as_camille).status == 404
    kept = Recording.objects.get()
    assert kept.stored != recording.stored
    assert folder.path_of(kept.stored).exists()


def test_a_disk_without_second_names_keeps_nobody_from_taking_their_word_back(
    as_camille: Client, camille: User, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    recording = recorded(camille, agreed=EVERYTHING)
    before = folder.path_of(recording.stored).read_bytes()

    def no_links(_old: object, _new: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    with django_capture_on_commit_callbacks(execute=True):
        take_back(recording, "library")
    kept = Recording.objects.get()
    assert kept.stored != recording.stored
    assert folder.path_of(kept.stored).read_bytes() == before
    assert folder.path_of(kept.stored).stat().st_mode & 0o777 == 0o600
    assert not folder.path_of(recording.stored).exists()


# Called off, moved on


def test_a_month_that_is_called_off_after_its_result_leaves_the_hall_and_keeps_the_lessons(
    voting: Contest, nadia: User
) -> None:
    now = timezone.now()
    actions.close_voting(contest=voting, actor=nadia, now=now)
    actions.announce(contest=voting, actor=nadia, now=now)
    lead = months.signed_in(nadia)
    assert len(lead.get("/calls/hall").context["months"]) == 1
    path = reverse("celebrate:move_contest", args=[voting.pk])
    assert lead.post(path, {"to": "cancelled", "because": "The roll was wrong"}).status_code == 302
    assert lead.get("/calls/hall").context["months"] == []
    assert not LiveEvent.objects.exists()
    assert len(lead.get("/calls/lessons").context["rows"]) == 3
    assert not Lesson.objects.filter(won=True).exists()
    assert not Nomination.objects.filter(place__isnull=False).exists()


def test_the_roll_is_frozen_whoever_changes_teams_votes_and_whose_call_it_is_takes_it_out(
    voting: Contest, south: Team
) -> None:
    paul, calls = User.objects.get(name="Paul Marin"), queries.shortlist(voting)
    User.objects.filter(pk__in=[paul.pk, calls[0].nominee_id]).update(team=south)
    paul.refresh_from_db()
    months.hear_all(voting, paul)
    client = months.signed_in(paul)
    answer = client.post(reverse("celebrate:vote", args=[voting.pk]), {"choice": calls[1].pk})
    assert answer.status_code == 302
    assert voting.ballots.get(voter__user=paul).choices == [calls[1].pk]
    assert hears(client, calls[1].recording, "contest") == 302
    heard = months.signed_in(User.objects.get(pk=calls[0].nominee_id))
    assert heard.post(reverse("celebrate:answer", args=[calls[0].pk]), {"answer": "withdraw"}).status_code == 302
    assert calls[0] not in queries.shortlist(voting)


def test_an_outsider_finds_neither_contest_nor_ballot(voting: Contest, as_yanis: Client) -> None:
    for name in ("one_contest", "vote", "audit"):
        assert as_yanis.get(reverse(f"celebrate:{name}", args=[voting.pk])).status_code == 404


# Naming


@pytest.mark.parametrize("status", ["uploading", "working", "refused", "removed"])
def test_only_a_call_that_can_be_heard_is_named(nadia: User, camille: User, reviewers: list[User], status: str) -> None:
    contest, call = months.opened(months.make_contest(nadia, reviewers)), months.make_call(camille)
    Recording.objects.filter(pk=call.pk).update(status=status, duration_ms=None)
    said = {"call": call.pk, "title": "T", "lesson": "L"}
    answer = months.signed_in(camille).post(reverse("celebrate:nominate", args=[contest.pk]), said)
    assert (answer.status_code, answer.context["error"].code) == (409, "not_ready")
    assert not Nomination.objects.exists()


def test_a_call_that_was_taken_out_or_refused_may_be_named_by_whose_it_is(
    nadia: User, camille: User, reviewers: list[User]
) -> None:
    """Otherwise a colleague who names it and takes it back would keep its owner out of the month."""
    contest, call = months.opened(months.make_contest(nadia, reviewers)), months.make_call(camille)
    paul, mine = months.signed_in(reviewers[1]), months.signed_in(camille)
    path = reverse("celebrate:nominate", args=[contest.pk])
    said = {"call": call.pk, "title": "In his words", "lesson": "His lesson."}
    for word, who in (("withdraw", paul), ("no", mine)):
        assert paul.post(path, said).status_code == 302
        made = Nomination.objects.get()
        assert made.status == "waiting"
        assert who.post(reverse("celebrate:answer", args=[made.pk]), {"answer": word}).status_code == 302
    assert paul.post(path, said).context["error"].code == "nominated_already"  # she said no: nobody asks her again
    assert mine.post(path, said | {"title": "In mine", "lesson": "My lesson."}).status_code == 302
    made = Nomination.objects.get()
    assert (made.status, made.by, made.title, made.lesson) == ("accepted", camille, "In mine", "My lesson.")


def test_a_third_win_in_a_row_is_stopped_also_when_the_second_is_announced_late(
    nadia: User, north: Team, reviewers: list[User]
) -> None:
    owners = months.sellers(north, 3)
    contest = months.opened(months.make_contest(nadia, reviewers))
    calls = [months.named(contest, owner) for owner in owners]
    contest = actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    for call in calls:
        call.contest = contest
        months.scored(call, reviewers)
    for month in ((2020, 1), (2020, 2)):
        past = months.make_contest(nadia, reviewers, month=timezone.localdate().replace(month[0], month[1], 1))
        Contest.objects.filter(pk=past.pk).update(state="archived", decided_by="votes")
        for place, owner in enumerate((owners[0], owners[1] if month[1] == 1 else owners[0]), start=1):
            Nomination.objects.create(
                contest=past, recording=months.make_call(owner, "Won"), nominee=owner, by=owner, title="W",
                lesson="L", status="shortlisted", place=min(place, 1), at=timezone.now(),
            )  # fmt: skip
    lead, move = months.signed_in(nadia), reverse("celebrate:move_contest", args=[contest.pk])
    assert lead.post(move, {"to": "shortlist", "wanted": "3"}).context["error"].code == "third_in_a_row"
    assert queries.won_last_two(contest) == {owners[0].pk}
    more = months.make_call(owners[1], "Another")
    Nomination.objects.create(
        contest=contest, recording=more, nominee=owners[1], by=owners[1], title="Another", lesson="L",
        status="accepted", at=timezone.now(),
    )  # fmt: skip
    months.scored(Nomination.objects.select_related("contest").get(recording=more), reviewers)
    nominating.disqualify(nomination=calls[0], because="Third in a row", actor=nadia, now=timezone.now())
    assert lead.post(move, {"to": "shortlist", "wanted": "3"}).status_code == 302
    assert Nomination.objects.filter(contest=contest, status="shortlisted").count() == 3


@pytest.mark.parametrize("name", ["Anne-Marie Le Goff", "Marie Ångström"])
def test_an_extract_names_nobody_who_is_heard(nadia: User, camille: User, reviewers: list[User], name: str) -> None:
    """Neither a part of a double name, nor one without its accents, nor a colleague who did not agree."""
    contest = months.opened(months.make_contest(nadia, reviewers))
    made = months.named(contest, camille)
    Voice.objects.create(recording=made.recording, name=name)
    Voice.objects.create(recording=made.recording, user=reviewers[1])
    actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    lead, path = months.signed_in(nadia), reverse("celebrate:review", args=[made.pk])
    for word in ("marie", "Paul", "Hélène’s", "CAMILLE"):
        answer = lead.post(path, {"what": "extract", "extract": f"You know, {word} said: too dear."})
        assert answer.context["error"].code == "extract_names", word
    made.refresh_from_db()
    assert made.extract == ""
    assert lead.post(path, {"what": "extract", "extract": "She said: it is too dear."}).status_code == 302


def test_a_short_list_of_two_hundred_calls_takes_few_queries(
    nadia: User, north: Team, reviewers: list[User], django_assert_max_num_queries: Callable[..., object]
) -> None:
    contest = months.opened(months.make_contest(nadia, reviewers))
    owner = make_user("Much Heard", team=north, role=Role.SELLER)
    for number in range(200):
        Nomination.objects.create(
            contest=contest, recording=months.make_call(owner, f"Call {number}"), nominee=owner, by=owner,
            title=f"Call {number}", lesson="L", status="accepted", at=timezone.now(),
        )  # fmt: skip
    contest = actions.close_nominations(contest=contest, actor=nadia, now=timezone.now())
    for call in Nomination.objects.all():
        for reviewer in reviewers:
            call.scores.create(reviewer=reviewer, marks={"listening": 1 + call.pk % 5}, at=timezone.now())
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        actions.make_shortlist(contest=contest, wanted=3, actor=nadia, now=timezone.now())
    assert Nomination.objects.filter(status="shortlisted").count() == 3
