from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.deals.models import CloseEvent, Person
from rebond.learn.actions import start_test, stop_test
from rebond.learn.actions.tests import Plan
from rebond.learn.lessons import trials
from rebond.learn.models import Mode, TaxonomyChange, TeamTest
from rebond.learn.queries.measures import Counted, Watched, counted
from tests.factories import make_closed_deal, make_person, make_user
from tests.learn.lessons_made import make_answer, make_debrief, make_noes, say
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

START, END = date(2026, 4, 1), date(2026, 5, 31)
DURING, AFTER = datetime(2026, 5, 1, 9, 0, tzinfo=UTC), datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
FIRST = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def make_test(team: Team | None, by: User, **fields: object) -> TeamTest:
    values = {
        "title": "A date before hanging up", "measure": "reason", "subject": "timing",
        "baseline_from": date(2026, 1, 1), "starts_on": START, "stops_on": END, "minimum_n": 10,
        "created_at": FIRST, "created_by": by,
    } | fields  # fmt: skip
    return TeamTest.objects.create(team=team, **values)


def noes(owner: User, count: int, naming: int, since: datetime) -> None:
    make_noes(owner, count, naming=naming, since=since)
    for event in CloseEvent.objects.filter(debrief=None):
        make_debrief(event, owner)


@pytest.fixture
def before(camille: User) -> None:
    noes(camille, 20, 16, datetime(2026, 2, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
def typed() -> dict[str, str]:
    today = timezone.localdate()
    return {
        "title": "A date before hanging up", "why": "Buyers say we lost the thread", "measured": "reason:not_in_touch",
        "baseline_from": (today - timedelta(days=180)).isoformat(), "starts_on": today.isoformat(),
        "stops_on": (today + timedelta(days=60)).isoformat(), "minimum_n": "30", "pattern": "learn.changes",
    }  # fmt: skip


def test_a_manager_begins_one_for_the_team(as_nadia: Client, nadia: User, north: Team, typed: dict[str, str]) -> None:
    answer = as_nadia.post("/tests/new", typed)
    test = TeamTest.objects.get()
    assert answer["Location"] == f"/tests/{test.pk}"
    assert (test.team, test.created_by, test.measure, test.subject) == (north, nadia, "reason", "not_in_touch")
    assert (test.minimum_n, test.pattern, test.stopped_at) == (30, "learn.changes", None)
    assert AuditEntry.objects.filter(verb="learn.start_test").count() == 1
    assert "0 of 30 cases so far; no verdict before" in as_nadia.get(f"/tests/{test.pk}").content.decode()


def test_an_administrator_begins_one_for_any_team_or_all(as_admin: Client, south: Team, typed: dict[str, str]) -> None:
    as_admin.post("/tests/new", typed | {"team": south.pk})
    as_admin.post("/tests/new", typed | {"team": "", "measured": "win_rate:"})
    assert [(test.team, test.measure) for test in TeamTest.objects.order_by("pk")] == [
        (south, "reason"),
        (None, "win_rate"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "}, {"measured": "reason:no_such"}, {"measured": "answer:7"}, {"measured": "buyer:price"},
        {"measured": "win_rate:x"}, {"measured": ""}, {"minimum_n": "9"}, {"minimum_n": "10001"}, {"minimum_n": "many"},
        {"starts_on": "2020-01-01"}, {"stops_on": "2020-01-01"}, {"baseline_from": "2099-01-01"}, {"stops_on": "soon"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_nothing_is_stored(
    as_nadia: Client, typed: dict[str, str], wrong: dict[str, str]
) -> None:
    page = as_nadia.post("/tests/new", typed | wrong)
    assert page.status_code == 400
    assert "What you typed is kept" in page.content.decode()
    assert not TeamTest.objects.exists()


def test_the_form_says_how_many_cases_a_change_takes_and_how_long(
    as_nadia: Client, camille: User, typed: dict[str, str]
) -> None:
    now = timezone.now()
    noes(camille, 20, 4, now - timedelta(days=60))
    look = typed | {"look": "1", "measured": "reason:timing"}
    page = as_nadia.post("/tests/new", look)
    shown = page.context["preview"]
    assert page.status_code == 200
    assert not TeamTest.objects.exists()
    assert (shown.before, shown.base) == (Counted(4, 20), 0.2)
    assert {need.points: need.cases for need in shown.needs}[10] == 294
    assert {need.points: need.cases for need in shown.needs}[20] == 82
    text = page.content.decode()
    assert "294 cases in each period" in text
    assert "So far: 4 of 20." in text
    assert "With 20 cases a period" in text


def test_without_a_baseline_the_form_takes_the_example_of_the_specification(as_nadia: Client) -> None:
    page = as_nadia.get("/tests/new?reason=timing").content.decode()
    assert "Too few cases before the start to say (0); 20 in 100 stands in as an example." in page
    assert "294 cases in each period" in page
    assert "no pace known yet" in page
    assert '<option value="reason:timing" selected>' in page


def test_while_it_runs_the_page_counts_and_tells_nothing_else(
    as_camille: Client, camille: User, nadia: User, north: Team, before: None
) -> None:
    today = timezone.localdate()
    days = {"starts_on": today - timedelta(days=20), "stops_on": today + timedelta(days=9)}
    test = make_test(north, nadia, minimum_n=30, **days)
    noes(camille, 12, 7, timezone.now() - timedelta(days=15))
    page = as_camille.get(f"/tests/{test.pk}").content.decode()
    assert "12 of 30 cases so far; no verdict before" in page
    assert "7 of 12" not in page
    assert as_camille.get(f"/tests/{test.pk}").context["finding"] is None


def test_no_verdict_before_its_end_however_clear_it_looks(
    camille: User, nadia: User, north: Team, before: None
) -> None:
    test = make_test(north, nadia)
    noes(camille, 20, 0, FIRST)
    reading = trials.read(test, DURING)
    assert (reading.status, reading.seen, reading.change, reading.verdict) == ("running", 20, None, "")
    assert trials.read(test, AFTER).verdict == "changed"


def test_it_changed_is_said_with_both_counts_the_ranges_and_the_chance(
    as_camille: Client, camille: User, nadia: User, north: Team, before: None
) -> None:
    test = make_test(north, nadia)
    noes(camille, 20, 2, FIRST)
    reading = trials.read(test, AFTER)
    found = trials.finding(reading)
    assert found.headline == "It changed, for the better."
    assert found.verdict is not None
    assert (found.verdict.text, found.verdict.tone) == ("Changed", "signal")
    assert "Likely" in found.sure
    assert "19 in 20" in found.sure
    assert "That it truly went the hoped way: more than 99 chances in 100." in found.sure
    page = as_camille.get(f"/tests/{test.pk}").content.decode()
    assert "16 of 20" in page
    assert "2 of 20" in page


def test_more_of_a_reason_is_worse_and_more_of_a_yes_is_better(camille: User, nadia: User, north: Team) -> None:
    noes(camille, 20, 1, datetime(2026, 2, 1, 9, 0, tzinfo=UTC))
    noes(camille, 20, 15, FIRST)
    worse = trials.finding(trials.read(make_test(north, nadia), AFTER))
    assert worse.headline == "It changed, the other way."
    assert worse.verdict is not None
    assert worse.verdict.worse
    assert (
        trials.chance_better(
            make_test(north, nadia, measure="win_rate", subject=""), trials.read(make_test(north, nadia), AFTER).change
        )
        > 0.99
    )  # type: ignore[arg-type, operator]


def test_too_few_cases_are_undecided_and_never_failed(
    as_nadia: Client, camille: User, nadia: User, north: Team, before: None
) -> None:
    test = make_test(north, nadia, minimum_n=30)
    noes(camille, 12, 0, FIRST)
    reading = trials.read(test, AFTER)
    assert (reading.verdict, reading.change, reading.missing) == ("undecided", None, 18)
    page = as_nadia.get(f"/tests/{test.pk}").content.decode()
    assert "Undecided: 12 of 30 cases needed." in page
    assert "failed" not in page.lower()
    assert "0 of 12" not in page  # below the minimum nothing is told


def test_stopped_early_with_enough_cases_it_may_be_read(
    as_nadia: Client, camille: User, nadia: User, north: Team, before: None
) -> None:
    today = timezone.localdate()
    test = make_test(north, nadia, starts_on=today - timedelta(days=20), stops_on=today + timedelta(days=30))
    noes(camille, 15, 0, timezone.now() - timedelta(days=18))
    assert as_nadia.post(f"/tests/{test.pk}/stop", {"note": "Quarter end"}).status_code == 302
    test.refresh_from_db()
    assert test.stopped_at is not None
    assert trials.read(test, timezone.now()).verdict == "changed"
    assert as_nadia.post(f"/tests/{test.pk}/stop").status_code == 409
    assert as_nadia.post(f"/tests/{test.pk}/stop", {"decision": "perhaps"}).status_code == 400
    as_nadia.post(f"/tests/{test.pk}/stop", {"decision": "keep", "note": "It helps"})
    test.refresh_from_db()
    assert (test.decision, test.note) == ("keep", "It helps")
    assert "The team decided: Keep it" in as_nadia.get(f"/tests/{test.pk}").content.decode()
    assert as_nadia.post(f"/tests/{test.pk}/stop", {"decision": "drop"}).status_code == 409
    assert AuditEntry.objects.filter(verb="learn.stop_test").count() == 2


def test_who_reads_who_begins_who_stops(
    as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, north: Team, south: Team, nadia: User,
    typed: dict[str, str],
) -> None:  # fmt: skip
    other = Client()
    other.force_login(make_user("Omar Other", team=south, role="manager"))
    test = make_test(north, nadia)
    everybody = (as_camille, as_nadia, as_admin, as_yanis, other)
    assert [status(c, "get", f"/tests/{test.pk}") for c in everybody] == [200, 200, 200, 404, 404]
    assert [status(c, "get", "/tests/new") for c in everybody] == [403, 200, 200, 403, 200]
    assert [c.post("/tests/new", typed).status_code for c in (as_camille, as_yanis)] == [403, 403]
    assert [status(c, "post", f"/tests/{test.pk}/stop") for c in (as_camille, as_yanis, other)] == [403, 404, 404]
    test.refresh_from_db()
    assert test.stopped_at is None
    assert TeamTest.objects.count() == 1
    for path, method in (("/tests", "get"), (f"/tests/{test.pk}", "get"), (f"/tests/{test.pk}/stop", "post")):
        assert_wrong_method(as_nadia, path, method)
        assert_signed_out_is_sent_to_sign_in(path, method)
    assert_signed_out_is_sent_to_sign_in("/tests/new")
    assert "hanging up" not in as_yanis.get("/tests").content.decode()


def test_the_list_takes_few_queries_at_a_thousand_tests(
    as_camille: Client, north: Team, nadia: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one = make_test(north, nadia)
    TeamTest.objects.bulk_create(
        TeamTest(**{f.name: getattr(one, f.name) for f in TeamTest._meta.fields if f.name != "id"}) for _ in range(999)
    )
    with django_assert_max_num_queries(10):
        assert len(as_camille.get("/tests").context["page"]) == 50
    with django_assert_max_num_queries(14):
        assert as_camille.get(f"/tests/{one.pk}").status_code == 200


def test_each_measure_counts_its_own_cases(camille: User, nadia: User, north: Team, south: Team, yanis: User) -> None:
    at = FIRST + timedelta(days=3)
    _deal, lost = make_closed_deal("lost", owner=camille, closed_at=at)
    say(lost, "timing", "terms")
    make_debrief(lost, camille, answers=("yes", "no", "no", "no", "do_not_know", "no"))
    _deal, won = make_closed_deal("won", owner=camille, closed_at=at)
    make_debrief(won, camille, answers=("no",) * 6)
    make_closed_deal("no_decision", owner=camille, closed_at=at)
    make_closed_deal("duplicate", owner=camille, closed_at=at)
    make_closed_deal("won", owner=yanis, closed_at=at)
    make_answer(lost, make_person("Hélène"), statements=(4, None, 0, 3))
    make_answer(lost, make_person("Marc"), statements=(2, 5, 0, 4))
    make_answer(won, make_person("Inès"), statements=(5, 5, 5, 5), mode=Mode.CONFIDENTIAL)
    said = {
        f"{measure}:{subject}": counted(Watched(measure, subject, START, END, team_id=north.pk))
        for measure, subject in (
            ("reason", "timing"), ("reason", "terms"), ("reason", "no_budget"), ("answer", "1"), ("answer", "5"),
            ("win_rate", ""), ("buyer", "involved"), ("buyer", "understood"), ("buyer", "proposal"),
            ("buyer", "helped"),
        )
    }  # fmt: skip
    assert said == {
        "reason:timing": Counted(1, 1), "reason:terms": Counted(1, 1), "reason:no_budget": Counted(0, 1),
        "answer:1": Counted(1, 2), "answer:5": Counted(0, 2), "win_rate:": Counted(1, 3),
        "buyer:involved": Counted(1, 2), "buyer:understood": Counted(1, 1), "buyer:proposal": Counted(0, 0),
        "buyer:helped": Counted(1, 2),
    }  # fmt: skip
    assert counted(Watched("win_rate", "", START, END)) == Counted(2, 4)
    assert counted(Watched("win_rate", "", START, at.date(), team_id=north.pk)) == Counted(0, 0)


def test_a_merged_reason_counts_with_the_one_it_became(camille: User, north: Team, nadia: User) -> None:
    noes(camille, 3, 3, FIRST)
    TaxonomyChange.objects.create(version=2, kind="merge", code="timing", into="no_budget", at=FIRST, by=nadia)
    assert counted(Watched("reason", "no_budget", START, END, team_id=north.pk)) == Counted(3, 3)


def test_a_close_taken_back_is_no_case(as_camille: Client, camille: User, north: Team) -> None:
    noes(camille, 2, 2, FIRST)
    deal = CloseEvent.objects.order_by("pk")[0].deal
    as_camille.post(f"/deals/{deal.pk}/reopen")
    assert counted(Watched("reason", "timing", START, END, team_id=north.pk)) == Counted(1, 1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(["stop", "keep", "drop"]), min_size=1, max_size=5))
def test_whatever_is_tried_it_ends_once_and_is_decided_once(nadia: User, north: Team, moves: list[str]) -> None:
    test = make_test(north, nadia)
    fixed = (test.title, test.measure, test.subject, test.baseline_from, test.starts_on, test.stops_on, test.minimum_n)
    seen = []
    for minute, move in enumerate(moves):
        try:
            stop_test(
                test=test, decision="" if move == "stop" else move, actor=nadia, now=DURING + timedelta(minutes=minute)
            )
        except Conflict:
            pass
        test.refresh_from_db()
        seen.append((test.stopped_at, test.decision))
    assert seen[0][0] == DURING
    assert all(stopped == DURING for stopped, _decision in seen)
    assert all(earlier == later or not earlier for (_s, earlier), (_t, later) in pairwise(seen))
    now = (test.title, test.measure, test.subject, test.baseline_from, test.starts_on, test.stops_on, test.minimum_n)
    assert now == fixed


def test_the_action_itself_refuses_a_start_in_the_past(north: Team, nadia: User) -> None:
    plan = Plan("x", "win_rate", "", date(2026, 1, 1), date(2026, 4, 1), date(2026, 5, 1), 10)
    with pytest.raises(RebondError) as refused:
        start_test(team=north, plan=plan, today=date(2026, 4, 2), actor=nadia, now=DURING)
    assert refused.value.code == "bad_dates"
    assert not TeamTest.objects.exists()


def test_buyers_are_counted_openly_only_and_the_page_says_so(
    as_camille: Client, nadia: User, north: Team, helene: Person
) -> None:
    test = make_test(north, nadia, measure="buyer", subject="helped")
    assert "Only answers that buyers shared are counted." in as_camille.get(f"/tests/{test.pk}").content.decode()
