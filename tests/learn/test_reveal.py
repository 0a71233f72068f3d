from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Team, User
from rebond.deals.models import CloseEvent, Person
from rebond.learn.lessons import mirror
from rebond.learn.lessons.mirror import Said, compare_answers, compare_reasons
from rebond.learn.models import Debrief, Invitation, Mode, Reveal
from rebond.loop.queries import listed_for, nav_counts
from tests.factories import THEN, make_closed_deal, make_company, make_person, make_user
from tests.learn.lessons_made import make_answer, make_debrief, say
from tests.walks import assert_signed_out_is_sent_to_sign_in, status


@pytest.fixture
def lost(camille: User, helene: Person) -> CloseEvent:
    _deal, event = make_closed_deal("lost", owner=camille, company=helene.company, name="Maintenance, 3 sites")
    say(event, "price_vs_alternative", "timing")
    return event


@pytest.fixture
def debrief(lost: CloseEvent, camille: User) -> Debrief:
    return make_debrief(lost, camille)


@pytest.fixture
def answered(lost: CloseEvent, debrief: Debrief, helene: Person) -> Invitation:
    return make_answer(lost, helene)


def page(client: Client, found: Invitation) -> str:
    return client.get(f"/reveals/{found.pk}").content.decode()


def test_first_ones_own_side_then_both_and_the_look_is_kept_on_post(
    as_camille: Client, camille: User, answered: Invitation
) -> None:
    covered = page(as_camille, answered)
    assert "What you thought" in covered
    assert "Nobody called back" not in covered
    assert "Kéops" not in covered
    assert not Reveal.objects.exists()
    assert as_camille.post(f"/reveals/{answered.pk}")["Location"] == f"/reveals/{answered.pk}"
    assert Reveal.objects.get().seller == camille
    shown = page(as_camille, answered)
    assert "You and Hélène share a reason, weighed differently" in shown
    assert "The benefit was not clear or not proven" in shown
    assert "Comparable offer, lower price" in shown
    assert "Kéops" in shown
    assert "Nobody called back." in shown
    assert "may be quoted inside the company, with the name" in shown
    as_camille.post(f"/reveals/{answered.pk}")
    assert Reveal.objects.count() == 1
    assert AuditEntry.objects.filter(verb="learn.see_reveal").count() == 1


def test_the_four_statements_stand_on_the_lines_of_their_questions(as_camille: Client, answered: Invitation) -> None:
    as_camille.post(f"/reveals/{answered.pk}")
    shown = as_camille.get(f"/reveals/{answered.pk}").context["shown"]
    assert [(row.number, row.verdict, row.buyers[0].words) for row in shown.rows] == [
        (1, "close", "disagrees"), (2, "alike", "agrees"), (3, "alike", "fully disagrees"),
        (5, "alike", "fully agrees"),
    ]  # fmt: skip
    assert shown.summary == "Seen alike: 3 of the 4 questions both answered."


def test_six_answers_come_first(as_camille: Client, lost: CloseEvent, camille: User, helene: Person) -> None:
    debrief = make_debrief(lost, camille, finished=False)
    found = make_answer(lost, helene)
    shown = page(as_camille, found)
    assert "Your six answers first" in shown
    assert f"/debriefs/{debrief.pk}" in shown
    assert "Kéops" not in shown
    refused = as_camille.post(f"/reveals/{found.pk}")
    assert refused.status_code == 409
    assert not Reveal.objects.exists()
    assert "Your six answers first" in as_camille.get("/reveals").content.decode()
    assert not [play for play in listed_for(camille, now=THEN).candidates if play.key.startswith("learn.reveal")]


@pytest.mark.parametrize("mode", [Mode.CONFIDENTIAL, Mode.ANONYMOUS])
def test_what_was_not_shared_is_never_revealed(
    as_camille: Client,
    as_nadia: Client,
    as_admin: Client,
    lost: CloseEvent,
    debrief: Debrief,
    helene: Person,
    mode: str,
) -> None:
    found = make_answer(lost, helene, mode=mode)
    assert [status(c, "get", f"/reveals/{found.pk}") for c in (as_camille, as_nadia, as_admin)] == [404, 404, 404]
    assert [status(c, "post", f"/reveals/{found.pk}") for c in (as_camille, as_nadia, as_admin)] == [404, 404, 404]
    assert "Marchetti" not in as_camille.get("/reveals").content.decode()


def test_a_draft_is_nobodys(as_camille: Client, lost: CloseEvent, debrief: Debrief, helene: Person) -> None:
    found = make_answer(lost, helene, is_final=False)
    assert status(as_camille, "get", f"/reveals/{found.pk}") == 404
    assert "Marchetti" not in as_camille.get("/reveals").content.decode()


def test_the_surprise_is_kept_and_the_coach_reads_it(
    as_camille: Client, as_nadia: Client, answered: Invitation
) -> None:
    as_camille.post(f"/reveals/{answered.pk}", {"surprised": "  I thought <b>price</b>.  "})
    kept = Reveal.objects.get()
    assert kept.surprised == "I thought <b>price</b>."
    assert kept.written_at is not None
    read = page(as_nadia, answered)
    assert "What surprised Camille" in read
    assert "I thought &lt;b&gt;price&lt;/b&gt;." in read
    assert "I thought" in as_nadia.get("/reveals").content.decode()
    assert as_camille.post(f"/reveals/{answered.pk}", {"surprised": "   "}).status_code == 400
    assert Reveal.objects.get().surprised == kept.surprised
    assert f"/actions/new?invitation={answered.pk}&amp;reason=value_unclear" in page(as_camille, answered)


def test_the_coach_looks_and_does_not_look_for_the_seller(as_nadia: Client, answered: Invitation) -> None:
    assert "Camille has not looked yet" in page(as_nadia, answered)
    assert as_nadia.post(f"/reveals/{answered.pk}", {"surprised": "x"}).status_code == 403
    assert not Reveal.objects.exists()


def test_who_may_open_it(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, north: Team, answered: Invitation
) -> None:
    teammate = Client()
    teammate.force_login(make_user("Thomas Girard", team=north))
    path, everybody = f"/reveals/{answered.pk}", (as_camille, as_nadia, as_admin, teammate, as_yanis)
    assert [status(c, "get", path) for c in everybody] == [200, 200, 200, 404, 404]
    assert [status(c, "post", path) for c in everybody] == [302, 403, 403, 404, 404]
    assert [status(c, "get", "/reveals") for c in everybody] == [200] * 5
    assert "Marchetti" not in teammate.get("/reveals").content.decode()
    assert status(as_camille, "post", "/reveals") == 405
    assert status(as_camille, "put", path) == 405
    assert status(as_camille, "get", "/reveals/999999") == 404
    for closed in ("/reveals", path):
        assert_signed_out_is_sent_to_sign_in(closed)


def test_three_people_of_one_deal_stay_apart_and_their_disagreement_is_said(
    as_camille: Client, answered: Invitation, lost: CloseEvent
) -> None:
    marc = make_answer(lost, make_person("Marc Delvaux"), reasons=("no_budget",), statements=(5, 4, None, 0), words="")
    ines = make_answer(lost, make_person("Inès Ferrand"), reasons=("value_unclear",), statements=(1, 1, 3, 3), words="")
    for found in (answered, marc):
        as_camille.post(f"/reveals/{found.pk}")
    shown = as_camille.get(f"/reveals/{answered.pk}").context["shown"]
    assert [buyer.name for buyer in shown.others] == ["Marc Delvaux"]
    assert [found.pk for found in shown.sealed] == [ines.pk]  # answered too, and not looked at: kept closed
    assert shown.divided == "2 people answered; they name 2 different main reasons."
    assert [row.verdict for row in shown.rows] == ["divided", "alike", "alike", "alike"]
    text = page(as_camille, answered)
    assert "they differ among themselves" in text
    assert "Answered too; you have not looked yet." in text
    assert page(as_camille, ines).count("What Inès Ferrand said") == 1


def test_today_shows_an_answer_that_waits_until_it_is_looked_at(
    as_camille: Client, camille: User, answered: Invitation, now: datetime
) -> None:
    before = nav_counts(camille, now=now)["today"]
    keys = [one.key for one in listed_for(camille, now=now).candidates]
    assert [key for key in keys if "reveal" in key] == [f"learn.reveal:{answered.pk}"]
    assert before == len(keys)
    page = as_camille.get("/today").content.decode()
    assert "See what they answered" in page
    beside = re.search(r'<a[^>]*href="/reveals"[^>]*>.*?</a>', page, re.DOTALL)
    assert beside is not None
    assert '<span class="n">1</span>' in beside[0]
    as_camille.post(f"/reveals/{answered.pk}")
    assert not [play for play in listed_for(camille, now=now).candidates if "reveal" in play.key]
    assert nav_counts(camille, now=now)["today"] == before - 1


@pytest.mark.parametrize("allowed", [True, False])
def test_it_says_whether_one_may_come_back(
    as_camille: Client, lost: CloseEvent, debrief: Debrief, helene: Person, allowed: bool
) -> None:
    found = make_answer(lost, helene, may_contact=allowed)
    as_camille.post(f"/reveals/{found.pk}")
    assert ("you may come back to them about this" in page(as_camille, found)) is allowed


def test_a_win_speaks_of_what_we_were_chosen_over(as_camille: Client, camille: User, helene: Person) -> None:
    _deal, event = make_closed_deal("won", owner=camille, company=helene.company)
    make_debrief(event, camille)
    found = make_answer(event, helene, happened="kept", competitor="")
    as_camille.post(f"/reveals/{found.pk}")
    shown = page(as_camille, found)
    assert "They chose us over what they had" in shown
    assert "The benefit was clear and proven" in shown


def test_a_person_who_is_gone_and_words_taken_back_leave_the_page_whole(
    as_camille: Client, answered: Invitation, helene: Person
) -> None:
    answered.response.verbatims.update(text="", removed_at=THEN)
    as_camille.post(f"/reveals/{answered.pk}")
    helene.deal_people.all().delete()
    Invitation.objects.filter(pk=answered.pk).update(person=None)
    shown = page(as_camille, answered)
    assert "taken back by the buyer" in shown
    assert "What The buyer said" in shown


def test_a_reopened_close_can_still_be_read(as_camille: Client, as_nadia: Client, answered: Invitation) -> None:
    as_camille.post(f"/deals/{answered.deal_id}/reopen")
    assert status(as_camille, "get", f"/reveals/{answered.pk}") == 200


def test_html_in_an_answer_is_text(as_camille: Client, lost: CloseEvent, debrief: Debrief, helene: Person) -> None:
    found = make_answer(lost, helene, words="<script>alert(1)</script>", competitor="<img src=x>")
    as_camille.post(f"/reveals/{found.pk}")
    shown = page(as_camille, found)
    assert "<script>alert(1)" not in shown
    assert "<img src=x>" not in shown


def test_the_list_and_the_page_take_few_queries_at_a_thousand_answers(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    found = None
    company = make_company("Groupe Valmy")
    for number in range(120):
        _deal, event = make_closed_deal("lost", owner=camille, company=company)
        make_debrief(event, camille)
        found = make_answer(event, make_person(f"Buyer {number}", company=company))
    events = [
        CloseEvent(deal=found.deal, outcome="lost", closed_at=THEN, recorded_at=THEN, source="import")
        for _ in range(880)
    ]  # type: ignore[union-attr]
    stored = CloseEvent.objects.bulk_create(events)
    Debrief.objects.bulk_create(
        Debrief(close_event=event, deal=event.deal, assignee=camille, planned_at=THEN, due_on=THEN.date())
        for event in stored
    )
    with django_assert_max_num_queries(14):
        assert len(as_camille.get("/reveals").content) < 150_000
    as_camille.post(f"/reveals/{found.pk}")  # type: ignore[union-attr]
    with django_assert_max_num_queries(18):
        assert as_camille.get(f"/reveals/{found.pk}").status_code == 200  # type: ignore[union-attr]


codes = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=3, unique=True)


@given(codes, codes)
def test_each_reason_is_joined_once_and_the_same_before_the_near(left: list[str], right: list[str]) -> None:
    groups = {"a": "x", "b": "x", "c": "y", "d": ""}
    found = compare_reasons([Said(c, c, groups[c]) for c in left], [Said(c, c, groups[c]) for c in right])
    assert sum(join.kind == "same" for join in found.joins) == len(set(left) & set(right))
    assert len({join.left for join in found.joins}) == len({join.right for join in found.joins}) == len(found.joins)
    if left and right:
        assert (found.agreement == "same") is (left[0] == right[0])
    else:
        assert found.agreement == "silent"


@given(
    st.sampled_from(["yes", "partly", "no", "do_not_know", ""]),
    st.lists(st.sampled_from([None, 0, 1, 2, 3, 4, 5]), max_size=3),
)
def test_no_dot_covers_another_and_none_is_invented(answer: str, values: list[int | None]) -> None:
    buyers = [mirror.buyer_point(f"B{n}", "BB", value) for n, value in enumerate(values)]
    row = compare_answers(1, "?", mirror.seller_point("You", "CA", answer), buyers)
    assert len({(point.at, point.down) for point in row.placed}) == len(row.placed)
    assert len(row.placed) == (answer in ("yes", "partly", "no")) + sum(bool(value) for value in values)
    assert all(4 <= point.across <= 96 for point in row.placed)
    assert row.verdict != "alike" or row.placed
