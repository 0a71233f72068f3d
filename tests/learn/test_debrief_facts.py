"""What the records say beside each question: complete, dated, plain where they say nothing, and in few queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.actions import edit_deal, learn_competitor, move_stage, save_touches
from rebond.deals.models import Deal, DealPerson, Person, Stage
from rebond.deals.records import TouchRecord
from rebond.learn.actions import ReasonGiven
from rebond.learn.debrief.beside import facts
from rebond.learn.models import Debrief
from rebond.loop.close import close
from tests.factories import make_deal, make_person, make_touch

CLOSED = datetime(2026, 6, 9, 15, 0, tzinfo=UTC)


def on(day: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, 9, 0, tzinfo=UTC)


def lose(deal: Deal, camille: User, *, competitor: str = "", note: str = "") -> Debrief:
    event = close(
        deal=deal, outcome="lost", reasons=[ReasonGiven("timing")], competitor=competitor, note=note, actor=camille,
        source="screen", now=CLOSED,
    )  # fmt: skip
    return Debrief.objects.get(close_event=event)


def said(number: int, debrief: Debrief) -> list[tuple[str, str]]:
    return facts(number, debrief)


@pytest.fixture(autouse=True)
def _this_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days of this year are written without it."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_args, **_zone: date(2026, 6, 10))


@pytest.fixture
def bare(camille: User) -> Debrief:
    """A lost deal of which nothing is written down."""
    return lose(make_deal("Bare", owner=camille, amount_minor=None, currency=""), camille)


NOTHING = {
    1: [("People named on the deal", "nobody"), ("Who decides", "nobody named"),
        ("Who holds the budget", "nobody named")],
    2: [("Their problem, in their words", "not written down"), ("Notes", "none written"), ("Meetings", "none logged"),
        ("First contact", "none logged")],
    3: [("Proposals sent", "none logged"), ("Amount and expected close in the last 14 days", "no change"),
        ("Stage changes in the last 14 days", "none"), ("Next step that was agreed", "none written"),
        ("Close that was expected", "not recorded"), ("Objections", "none noted")],
    4: [("Competitor on the deal", "not filled in"), ("First filled in", "never")],
    5: [("Sent to help them decide", "nothing logged"), ("Contacts", "none logged")],
    6: [("Their last message", "none logged")],
}  # fmt: skip


@pytest.mark.parametrize("number", NOTHING)
def test_where_the_records_say_nothing_that_is_said(bare: Debrief, number: int) -> None:
    assert said(number, bare) == NOTHING[number]


def test_people_their_parts_and_since_when(camille: User, deal: Deal, helene: Person) -> None:
    marc, zoe = make_person("Marc Petit"), make_person("Zoé Simon")
    DealPerson.objects.create(deal=deal, person=marc, role="budget_holder")
    make_touch(deal, at=on(1, 4), person=helene)
    make_touch(deal, at=on(2, 4), person=helene, channel="meeting")
    make_touch(deal, at=on(3, 4), person=marc, result="no_answer")
    make_touch(deal, at=on(4, 4), person=zoe)
    make_touch(deal, at=on(5, 4))
    assert said(1, lose(deal, camille)) == [
        ("Hélène Marchetti", "Decides · first contact 1 April"),
        ("Marc Petit", "Holds the budget · no contact logged"),
        ("Zoé Simon", "not named on the deal · first contact 4 April"),
        ("Never met", "Marc Petit"),
        ("Contacts logged without a name", "1"),
    ]


def test_a_meeting_they_missed_is_no_meeting(camille: User, deal: Deal, helene: Person) -> None:
    make_touch(deal, at=on(2, 4), person=helene, channel="meeting", result="no_show")
    debrief = lose(deal, camille)
    assert ("Never met", "Hélène Marchetti") in said(1, debrief)
    assert ("Meetings", "none logged") in said(2, debrief)


def test_the_problem_with_the_day_it_was_written(camille: User, deal: Deal) -> None:
    edit_deal(deal=deal, changes={"problem": "Call-outs"}, actor=camille, now=on(4, 5))
    edit_deal(deal=deal, changes={"problem": "Call-outs at night", "notes": "N"}, actor=camille, now=on(1))
    make_touch(deal, at=on(3, 4))
    make_touch(deal, at=on(5, 4), channel="meeting")
    make_touch(deal, at=on(6, 4), channel="meeting")
    assert said(2, lose(deal, camille)) == [
        ("Their problem, in their words", "Call-outs at night"),
        ("Written on", "4 May, last changed 1 June"),
        ("Notes", "N"),
        ("Meetings", "2, the first on 5 April"),
        ("First contact", "3 April"),
    ]


def test_a_problem_that_an_import_brought_has_no_day(camille: User) -> None:
    debrief = lose(make_deal(owner=camille, problem="x" * 900), camille)
    problem, written = said(2, debrief)[:2]
    assert (len(problem[1]), problem[1][-1], written) == (400, "…", ("Written on", "not recorded"))


def test_the_proposal_and_what_moved_in_the_last_two_weeks(camille: User, deal: Deal, helene: Person) -> None:
    for day, changes in (
        (on(25, 5), {"amount_minor": 900_000}),  # the fifteenth day before
        (on(26, 5), {"amount_minor": 500_000}),
        (on(1), {"expected_close": date(2026, 7, 1), "next_step": "Visit"}),
        (on(9), {"expected_close": date(2026, 9, 1)}),
    ):
        edit_deal(deal=deal, changes=changes, actor=camille, now=day)
    move_stage(deal=deal, stage=Stage.objects.get(name="Negotiation"), actor=camille, now=on(5))
    make_touch(deal, at=on(2, 4), material="proposal", material_name="Offer v1")
    make_touch(deal, at=on(5), material="proposal")
    make_touch(deal, at=on(6), note="Thank you.\nOne OBJECTION: who trains the night shift?")
    DealPerson.objects.create(deal=deal, person=make_person("Marc Petit"), role="opponent")
    assert said(3, lose(deal, camille)) == [
        ("Proposal sent", "2 April · Offer v1"),
        ("Proposal sent", "5 June"),
        ("Amount, in the last 14 days", "€9,000 → €5,000, 26 May"),
        ("Expected close, in the last 14 days", "empty → 1 July, 1 June"),
        ("Expected close, in the last 14 days", "1 July → 1 September, 9 June"),
        ("Stage changes in the last 14 days", "Negotiation"),
        ("Next step that was agreed", "Visit"),
        ("Close that was expected", "1 September"),
        ("Is against", "Marc Petit"),
        ("Objection noted", "6 June · One OBJECTION: who trains the night shift?"),
    ]


def test_the_competitor_when_first_filled_in_and_every_change(camille: User, deal: Deal) -> None:
    edit_deal(deal=deal, changes={"competitor": "Acme"}, actor=camille, now=on(4, 5))
    move_stage(deal=deal, stage=Stage.objects.get(name="Proposal"), actor=camille, now=on(5, 5))
    edit_deal(deal=deal, changes={"competitor": "none"}, actor=camille, now=on(6, 5))
    debrief = lose(deal, camille, competitor="Beta")
    assert said(4, debrief) == [
        ("Competitor on the deal", "Beta"),
        ("First filled in", "4 May, in Qualify"),
        ("Changed", "Acme → nobody else, 6 May"),
        ("Changed", "nobody else → Beta, 9 June"),
    ]


def test_a_competitor_named_at_the_close_or_after_it_is_said_to_be_late(camille: User, helene: Person) -> None:
    at_close = lose(make_deal("A", owner=camille), camille, competitor="Acme")
    assert said(4, at_close) == [("Competitor on the deal", "Acme"), ("First filled in", "at the close, 9 June")]
    after = lose(make_deal("B", owner=camille), camille)
    learn_competitor(deal=after.deal, competitor="Acme", actor=camille, now=CLOSED + timedelta(days=1))
    assert said(4, after) == [
        ("Competitor on the deal", "Acme"),
        ("Named at the close", "nobody named"),
        ("First filled in", "after the close, 10 June"),
    ]


def test_what_helped_them_and_whether_they_wrote_back(camille: User, deal: Deal) -> None:
    make_touch(deal, at=on(1, 5), channel="email", material="helpful", material_name="Cost of waiting")
    make_touch(deal, at=on(3, 5), channel="email", direction="in")
    make_touch(deal, at=on(4, 5), channel="email", material="helpful", result="replied")
    make_touch(deal, at=on(5, 5), channel="meeting", material="helpful", material_name="Site visit")
    make_touch(deal, at=on(6, 5), channel="email", material="proposal", material_name="Offer")
    assert said(5, lose(deal, camille)) == [
        ("Cost of waiting", "1 May · heard from them 3 May"),
        ("Something to help them decide", "4 May · they replied"),
        ("Site visit", "5 May · no reply logged after it"),
        ("Email", "4"),
        ("Meeting", "1"),
        ("Contacts they began", "1 from them"),
    ]


def test_their_last_words(camille: User, deal: Deal, helene: Person) -> None:
    make_touch(deal, at=on(1), direction="in", channel="email", person=helene, note="We stop here.")
    make_touch(deal, at=on(2), note="Called back")
    assert said(6, lose(deal, camille, note="Budget gone")) == [
        ("Their last message", "1 June · Email · Hélène Marchetti"),
        ("What was said", "We stop here."),
        ("Note at the close", "Budget gone"),
    ]


def test_without_a_word_of_theirs_the_last_contact_stands_in(camille: User, deal: Deal) -> None:
    make_touch(deal, at=on(2), note="Left a message")
    assert said(6, lose(deal, camille)) == [
        ("Their last message", "none logged"),
        ("Last contact, from us", "2 June · Call"),
        ("What was noted", "Left a message"),
    ]


@pytest.mark.parametrize("number", range(1, 7))
def test_at_most_four_queries_a_question_however_much_there_is(
    camille: User, deal: Deal, helene: Person, number: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Deal.objects.update(external_id="1")
    rows = [
        TouchRecord(deal="1", at=on(1, 4) + timedelta(minutes=n), channel="email", direction=("in", "out")[n % 2],
                    note="objection " * 30, person_email=helene.email, external_id=f"t{n}")
        for n in range(1000)
    ]  # fmt: skip
    save_touches(rows=rows, source="csv", actor=None, now=on(1, 4))
    for n in range(40):
        edit_deal(deal=deal, changes={"competitor": str(n), "amount_minor": n}, actor=camille, now=on(1))
        DealPerson.objects.create(deal=deal, person=make_person(f"P {n}"), role="opponent")
    debrief = Debrief.objects.select_related("deal", "close_event").get(pk=lose(deal, camille).pk)
    with django_assert_max_num_queries(4):
        found = said(number, debrief)
    assert 0 < len(found) <= 40
    assert max(len(words) for _what, words in found) <= 440


def test_they_stand_on_the_page_and_run_nothing(as_camille: Client, camille: User, deal: Deal) -> None:
    make_touch(deal, at=on(1), direction="in", note="<script>alert(1)</script>\nWe stop.")
    debrief = lose(deal, camille)
    page = as_camille.get(f"/debriefs/{debrief.pk}/6").content.decode()
    assert "What the records say" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>We stop." in page
    assert "<script>alert" not in page
