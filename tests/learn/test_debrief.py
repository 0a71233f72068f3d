from __future__ import annotations

import random
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import Team, User
from rebond.base.errors import RebondError
from rebond.deals.models import CloseEvent, Deal, FieldChange, Person
from rebond.learn import actions
from rebond.learn.debrief.questions import suggested
from rebond.learn.models import Action, Debrief, DebriefAnswer
from rebond.learn.queries import current_reasons
from tests.factories import THEN, make_closed_deal, make_deal, make_touch, make_user
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status


@pytest.fixture
def debrief(as_camille: Client, deal: Deal, helene: Person) -> Debrief:
    make_touch(deal, person=helene, channel="meeting")
    make_touch(deal, person=helene, direction="in", channel="email", note="We stop here.")
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "not_known_yet", "competitor": "none"})
    return Debrief.objects.get()


def answer(client: Client, debrief: Debrief, number: int, value: str = "yes") -> str:
    return str(client.post(f"/debriefs/{debrief.pk}/{number}", {"answer": value, "evidence": "seen"})["Location"])


def test_six_questions_then_reasons_then_lessons_then_perspective(
    as_camille: Client, camille: User, debrief: Debrief
) -> None:
    path = f"/debriefs/{debrief.pk}"
    assert as_camille.get(path)["Location"] == f"{path}/1"
    for number in range(1, 6):
        assert answer(as_camille, debrief, number, "partly") == f"{path}/{number + 1}"
    assert answer(as_camille, debrief, 6) == f"{path}/reasons"
    reasons = {"reason_1": "wrong_people", "acted_1": "yes", "reason_2": "timing", "acted_2": "no"}
    assert as_camille.post(f"{path}/reasons", reasons)["Location"] == f"{path}/lessons"
    lessons = {"keep": "The visit", "change": "Ask who signs", "owner": camille.pk, "due_on": "2030-06-01"}
    assert as_camille.post(f"{path}/lessons", lessons)["Location"] == f"/perspective/{debrief.close_event_id}"
    debrief.refresh_from_db()
    assert debrief.finished_at is not None
    assert (debrief.keep, debrief.change) == ("The visit", "Ask who signs")
    said = current_reasons([debrief.close_event_id])[debrief.close_event_id]
    assert [(r.code, r.role, r.could_act, r.confidence) for r in said] == [
        ("wrong_people", "primary", "yes", "know"), ("timing", "contributing", "no", "know"),
    ]  # fmt: skip
    action = Action.objects.get()
    assert (action.owner, action.text, action.due_on, action.deal) == (
        camille,
        "Ask who signs",
        date(2030, 6, 1),
        debrief.deal,
    )


def test_it_resumes_where_it_stopped_and_back_works(as_camille: Client, debrief: Debrief) -> None:
    answer(as_camille, debrief, 1, "no")
    answer(as_camille, debrief, 2)
    assert as_camille.get(f"/debriefs/{debrief.pk}")["Location"] == f"/debriefs/{debrief.pk}/3"
    assert 'value="no" required data-number checked' in as_camille.get(f"/debriefs/{debrief.pk}/1").content.decode()
    answer(as_camille, debrief, 1, "yes")
    assert DebriefAnswer.objects.get(question=1).answer == "yes"
    assert DebriefAnswer.objects.count() == 2


def test_no_and_partly_point_at_reasons_and_after_a_win_yes_and_partly() -> None:
    assert suggested({1: "yes", 2: "partly", 3: "no"}) == [
        "proposal_mismatch", "late_surprise", "terms", "need_misread", "need_not_felt",
    ]  # fmt: skip
    assert suggested({1: "do_not_know"}) == []
    assert suggested({1: "do_not_know", 2: "no", 5: "yes"}, won=True) == ["value_unclear", "little_help_deciding"]


@pytest.mark.parametrize("value", ["", "maybe", "YES"])
def test_an_answer_that_is_none_is_refused_and_the_others_kept(
    as_camille: Client, debrief: Debrief, value: str
) -> None:
    answer(as_camille, debrief, 1)
    assert as_camille.post(f"/debriefs/{debrief.pk}/2", {"answer": value}).status_code == 400
    assert DebriefAnswer.objects.count() == 1


def test_it_cannot_end_with_a_question_open(as_camille: Client, debrief: Debrief) -> None:
    answer(as_camille, debrief, 1)
    page = as_camille.post(f"/debriefs/{debrief.pk}/lessons", {"keep": "x"})
    debrief.refresh_from_db()
    assert page.status_code == 400
    assert "Question 2 has no answer yet" in page.content.decode()
    assert debrief.finished_at is None


def test_a_finished_one_is_read_and_not_written(as_camille: Client, debrief: Debrief) -> None:
    for number in range(1, 7):
        answer(as_camille, debrief, number)
    as_camille.post(f"/debriefs/{debrief.pk}/lessons", {})
    assert "Six answers" in as_camille.get(f"/debriefs/{debrief.pk}").content.decode()
    assert as_camille.post(f"/debriefs/{debrief.pk}/1", {"answer": "no"}).status_code == 409
    assert DebriefAnswer.objects.get(question=1).answer == "yes"


def test_it_is_put_off_once(as_camille: Client, debrief: Debrief) -> None:
    assert status(as_camille, "post", f"/debriefs/{debrief.pk}/snooze") == 302
    assert len(as_camille.get("/debriefs").context["later"]) == 1
    listed = as_camille.get("/today").context["listed"].items
    assert [item.key for item in listed if item.key.startswith("learn.")] == []  # the ask of the same no stays
    assert status(as_camille, "post", f"/debriefs/{debrief.pk}/snooze") == 409


def test_today_offers_the_two_days_once_and_then_reminds(as_camille: Client, debrief: Debrief) -> None:
    item, path = f"/today?item=learn.debrief:{debrief.pk}", f"/debriefs/{debrief.pk}/snooze"
    page = as_camille.get(item).content.decode()
    assert f'action="{path}"' in page
    assert 'name="until"' not in page
    later = {"item": f"learn.debrief:{debrief.pk}", "decision": "later", "until": "month"}
    assert as_camille.post("/today/decide", later).status_code == 409
    assert as_camille.post(path)["Location"] == "/today"
    Debrief.objects.update(snoozed_until=timezone.localdate())
    page = as_camille.get(item).content.decode()
    assert "back as you asked: six questions, three minutes" in page
    assert f'action="{path}"' not in page


def test_from_the_list_one_comes_back_to_the_list(as_camille: Client, debrief: Debrief) -> None:
    assert "fresh until" in as_camille.get("/debriefs").content.decode()
    assert as_camille.post(f"/debriefs/{debrief.pk}/snooze", {"next": "/debriefs"})["Location"] == "/debriefs"
    Debrief.objects.update(snoozed_until=timezone.localdate(), due_on=date(2020, 1, 1))
    page = as_camille.get("/debriefs").content.decode()
    assert "fresh until" not in page
    assert "Ask me in two working days" not in page


def test_the_doors(as_camille: Client, debrief: Debrief) -> None:
    path = f"/debriefs/{debrief.pk}"
    assert_wrong_method(as_camille, f"{path}/snooze", "post")
    assert_wrong_method(as_camille, "/debriefs", "get")
    assert [status(as_camille, "get", f"{path}/{number}") for number in (0, 7, 9)] == [404, 404, 404]
    for below in ("", "/1", "/reasons", "/lessons"):
        assert as_camille.put(path + below).status_code == 405
        assert_signed_out_is_sent_to_sign_in(path + below)
    assert status(as_camille, "get", "/debriefs/999999") == 404


def test_it_is_due_in_two_working_days(camille: User) -> None:
    event = make_closed_deal(owner=camille)[1]
    friday = datetime(2026, 6, 12, 15, 0, tzinfo=UTC)
    assert actions.plan_debrief(close_event=event, actor=camille, now=friday).due_on == date(2026, 6, 16)


@pytest.fixture
def win(as_camille: Client, deal: Deal) -> Debrief:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "won"})
    return Debrief.objects.get()


def test_a_win_is_asked_in_its_own_words(as_camille: Client, win: Debrief) -> None:
    assert "Do you understand why they said yes?" in as_camille.get(f"/debriefs/{win.pk}/6").content.decode()
    page = as_camille.get(f"/debriefs/{win.pk}/reasons").content.decode()
    for words in ("What made the difference, as they would say it?", "They understood our problem", "Was it our doing?",
                  "Who else were they looking at?"):  # fmt: skip
        assert words in page
    for words in ("We misread their problem", "Their needs changed", "could you have acted", "Who won it instead"):
        assert words not in page


def test_after_a_win_what_went_right_points_at_reasons(as_camille: Client, win: Debrief) -> None:
    for number, value in enumerate(("yes", "no", "partly", "do_not_know", "no", "yes"), start=1):
        answer(as_camille, win, number, value)
    page = as_camille.get(f"/debriefs/{win.pk}/reasons")
    assert [code for code, _label, _control in page.context["suggested"]] == [
        "wrong_people", "no_consensus", "proposal_mismatch", "late_surprise", "terms",
    ]  # fmt: skip
    as_camille.post(f"/debriefs/{win.pk}/reasons", {"reason_1": "wrong_people", "acted_1": "yes"})
    as_camille.post(f"/debriefs/{win.pk}/lessons", {})
    read = as_camille.get(f"/debriefs/{win.pk}").content.decode()
    assert "The right people were involved early" in read
    assert "our doing: Yes" in read
    assert "The right people were involved early" in as_camille.get(f"/deals/{win.deal_id}").content.decode()


def test_beside_a_reason_stands_whose_hands_it_was_in(as_camille: Client, debrief: Debrief) -> None:
    as_camille.post(f"/debriefs/{debrief.pk}/reasons", {"reason_1": "timing"})
    page = as_camille.get(f"/debriefs/{debrief.pk}/reasons").content.decode()
    assert '<option value="timing" data-control="uncontrollable" selected>' in page
    assert "outside our control" in page
    assert "the lesson is qualification" in page


@pytest.mark.parametrize(
    ("closed_with", "typed", "offered", "stored"),
    [
        ("", {"competitor_name": "Acme"}, True, "Acme"),
        ("", {"competitor": "none"}, True, "none"),
        ("", {"competitor": "none", "competitor_name": "Acme"}, True, "Acme"),
        ("", {}, True, ""),
        ("none", {"competitor_name": "Acme"}, False, "none"),
        ("Beta", {"competitor_name": "Acme"}, False, "Beta"),
    ],
)
def test_a_competitor_nobody_named_can_be_named_now(
    as_camille: Client, deal: Deal, closed_with: str, typed: dict[str, str], offered: bool, stored: str
) -> None:
    close = {"outcome": "lost", "reason": "not_known_yet", "competitor_name": closed_with}
    as_camille.post(f"/deals/{deal.pk}/close", close)
    debrief = Debrief.objects.get()
    answer(as_camille, debrief, 4, "no")
    page = as_camille.get(f"/debriefs/{debrief.pk}/reasons").content.decode()
    assert ('name="competitor_name"' in page) == offered
    assert ("nobody was named when it closed" in page) == offered
    as_camille.post(f"/debriefs/{debrief.pk}/reasons", {"reason_1": "timing"} | typed)
    deal.refresh_from_db()
    assert (deal.competitor, debrief.close_event.competitor) == (stored, closed_with)
    assert FieldChange.objects.filter(field="competitor").count() == bool(stored)


def test_what_was_known_before_the_close_is_not_asked_again_and_what_was_learnt_may_be_corrected(
    as_camille: Client, deal: Deal
) -> None:
    Deal.objects.update(competitor="Acme")
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "lost", "reason": "timing"})
    path = f"/debriefs/{Debrief.objects.get().pk}/reasons"
    assert 'name="competitor_name"' not in as_camille.get(path).content.decode()
    Deal.objects.update(competitor="")
    for name in ("Beta", "Gamma"):
        as_camille.post(path, {"reason_1": "timing", "competitor_name": name})
    assert 'value="Gamma"' in as_camille.get(path).content.decode()
    assert Deal.objects.get().competitor == "Gamma"


def test_a_reason_given_to_several_at_once_is_looked_at_again(as_camille: Client, camille: User) -> None:
    deals = [make_deal(f"Deal {n}", owner=camille) for n in range(3)]
    form = {"deal": [deal.pk for deal in deals], "outcome": "lost", "reason": "no_budget"}
    as_camille.post("/deals/close", form)
    alone = make_deal("Alone", owner=camille)
    as_camille.post(f"/deals/{alone.pk}/close", {"outcome": "lost", "reason": "timing"})
    page = as_camille.get("/debriefs").content.decode()
    assert page.count("closed with 2 others: look at the reason again") == 3
    bulk = Debrief.objects.get(deal=deals[0])
    assert "Closed with 2 others." in as_camille.get(f"/debriefs/{bulk.pk}/reasons").content.decode()
    assert (
        "Closed with" not in as_camille.get(f"/debriefs/{Debrief.objects.get(deal=alone).pk}/reasons").content.decode()
    )


def test_the_list_takes_few_queries_with_a_thousand_waiting(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    deals = Deal.objects.bulk_create(
        Deal(name=f"{n}", owner=camille, team=camille.team, outcome="lost", created_at=now, updated_at=now)
        for n in range(1000)
    )
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome="lost", closed_at=now, recorded_at=now, recorded_by=camille, source="bulk",
                   in_bulk=True)
        for deal in deals
    )  # fmt: skip
    Debrief.objects.bulk_create(
        Debrief(close_event=event, deal=event.deal, assignee=camille, planned_at=now, due_on=now.date())
        for event in events
    )
    with django_assert_max_num_queries(10):
        page = as_camille.get("/debriefs")
    assert page.content.decode().count("closed with 999 others") == 200


def test_a_colleague_of_another_team_is_not_given_the_action(
    as_camille: Client, camille: User, yanis: User, debrief: Debrief
) -> None:
    for number in range(1, 7):
        answer(as_camille, debrief, number)
    as_camille.post(f"/debriefs/{debrief.pk}/lessons", {"change": "Ask", "owner": yanis.pk})
    assert Action.objects.get().owner == camille


def test_an_action_comes_up_on_its_day_and_is_settled(as_camille: Client, as_yanis: Client, camille: User) -> None:
    action = actions.add_action(
        owner=camille, text="Ask who signs", due_on=timezone.localdate(), actor=camille, now=timezone.now()
    )
    assert "Ask who signs" in as_camille.get("/today").content.decode()
    assert status(as_yanis, "post", f"/actions/{action.pk}/done") == 404
    as_camille.post(f"/actions/{action.pk}/move", {"due_on": "2031-01-01"})
    assert f'?item=learn.action:{action.pk}"' not in as_camille.get("/today").content.decode()
    assert as_camille.post(f"/actions/{action.pk}/move", {"due_on": "x"}).status_code == 400
    as_camille.post(f"/actions/{action.pk}/done")
    assert status(as_camille, "post", f"/actions/{action.pk}/drop") == 409
    as_camille.post(f"/actions/{action.pk}/reopen")
    action.refresh_from_db()
    assert (action.done_at, action.due_on) == (None, date(2031, 1, 1))
    assert "Ask who signs" in as_camille.get("/actions").content.decode()


class AnyOrder(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.sampled_from(["answer", "snooze", "lessons", "finish", "aside", "back"]), max_size=14), st.randoms()
    )
    def test_whatever_is_done_in_whatever_order_it_finishes_once_and_complete(
        self, steps: list[str], rng: random.Random
    ) -> None:
        team = Team.objects.get_or_create(name="North")[0]
        user = User.objects.filter(email="c@x.example").first() or make_user("C", team=team, email="c@x.example")
        event = make_closed_deal(owner=user)[1]
        debrief = actions.plan_debrief(close_event=event, actor=user, now=THEN)
        do = {
            "answer": partial(actions.answer_question, answer="yes"),
            "snooze": partial(actions.snooze_debrief, today=THEN.date()),
            "lessons": partial(actions.keep_lessons, keep="a", change="b"),
            "finish": actions.finish_debrief,
            "aside": actions.set_debrief_aside,
            "back": actions.take_debrief_back,
        }
        refusals = set()
        for step in steps:
            finished = debrief.finished_at
            more = {"question": rng.randint(1, 6)} if step == "answer" else {}
            try:
                do[step](debrief=debrief, actor=user, now=THEN, **more)
            except RebondError as refused:
                refusals.add(refused.code)
            assert finished is None or debrief.finished_at == finished
        assert refusals <= {"debrief_finished", "answers_missing", "snoozed_before"}
        stored = Debrief.objects.get(pk=debrief.pk)
        assert stored.finished_at is None or stored.answers.count() == 6
