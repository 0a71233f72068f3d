from __future__ import annotations

import random
from datetime import date
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from rebond.accounts.models import Team, User
from rebond.base.errors import RebondError
from rebond.deals.models import Deal, Person
from rebond.learn import actions
from rebond.learn.models import Action, Debrief, DebriefAnswer
from rebond.learn.queries import current_reasons
from rebond.learn.questions import facts, suggested
from tests.factories import THEN, make_closed_deal, make_touch, make_user
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


def test_the_facts_stand_beside_each_question(debrief: Debrief) -> None:
    beside = {number: dict(facts(number, debrief)) for number in range(1, 7)}
    assert beside[1]["Hélène Marchetti"] == "Decides"
    assert beside[2]["Meetings"] == "1"
    assert beside[4]["Competitor on the deal"] == "nobody else"
    assert beside[6]["What was said"] == "We stop here."


def test_no_and_partly_point_at_reasons() -> None:
    assert suggested({1: "yes", 2: "partly", 3: "no"}) == [
        "proposal_mismatch", "late_surprise", "terms", "need_misread", "need_not_felt",
    ]  # fmt: skip
    assert suggested({1: "do_not_know"}) == []


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
    assert as_camille.get("/today").context["listed"].items == ()
    assert status(as_camille, "post", f"/debriefs/{debrief.pk}/snooze") == 409


def test_a_win_is_asked_in_its_own_words(as_camille: Client, deal: Deal) -> None:
    as_camille.post(f"/deals/{deal.pk}/close", {"outcome": "won"})
    pk = Debrief.objects.get().pk
    assert "Do you understand why they said yes?" in as_camille.get(f"/debriefs/{pk}/6").content.decode()


def test_who_may_read_and_who_may_write(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, north: Team, debrief: Debrief
) -> None:
    teammate = Client()
    teammate.force_login(make_user("Thomas Girard", team=north))
    path = f"/debriefs/{debrief.pk}"
    assert [status(c, "get", path) for c in (as_nadia, as_admin, teammate, as_yanis)] == [200, 200, 404, 404]
    assert [status(c, "post", f"{path}/1") for c in (as_nadia, as_admin, teammate, as_yanis)] == [403, 403, 404, 404]
    assert_wrong_method(as_camille, f"{path}/snooze", "post")
    assert_signed_out_is_sent_to_sign_in(path)
    assert status(as_camille, "get", f"{path}/9") == 404
    assert not DebriefAnswer.objects.exists()


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
