"""The funnel: who counts in each step, against a naive twin; censoring; what is told to whom; groups compared."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rebond import cli
from rebond.accounts.models import Team, User
from rebond.base.errors import NotFound, RebondError
from rebond.refer import known
from rebond.refer.funnel import answers
from rebond.refer.funnel import findings as said
from rebond.refer.funnel.steps import STEPS, WAIT, Case, Count, count, may_tell_asked
from rebond.refer.models import RewardRule
from rebond.refer.queries import funnel as rows
from tests.refer.introductions import advocate, asked, loss, path, referral
from tests.refer.test_programme import publish_starter
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method

TODAY = date(2026, 6, 9)
LONG_AGO = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
YESTERDAY = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)
BLOCK = "/advocates/funnel"


def view(user: User | None, **params: str) -> rows.View:
    return rows.View.of(user, {"period": "all"} | params, TODAY)


def counted(user: User | None, **params: str) -> dict[str, Count]:
    cases = rows.cases(view(user, **params))
    return {step: count([case for case in cases if case.step == step], TODAY) for step in STEPS}


# ---- who counts, without a database

days = st.dates(date(2026, 1, 1), TODAY)
one_case = st.builds(
    lambda step, began, took, ended: Case(step, began, took, None if took else ended),
    st.sampled_from(STEPS), days, st.none() | days, st.none() | days,
)  # fmt: skip


def naive(cases: Sequence[Case], step: str) -> Count:
    """The same, as one would count by hand with a list and a pencil."""
    k = n = waiting = 0
    for case in cases:
        if case.step != step:
            continue
        age = (TODAY - case.began).days
        is_in = age >= WAIT[step] if step in WAIT else bool(case.took or case.ended)
        if not is_in:
            waiting += 1
            continue
        n += 1
        if case.took:
            k += 1
    return Count(k, n, waiting)


@given(st.lists(one_case, max_size=40), st.sampled_from(STEPS))
def test_the_counts_are_those_of_a_naive_twin(cases: list[Case], step: str) -> None:
    found = count([case for case in cases if case.step == step], TODAY)
    assert found == naive(cases, step)
    assert 0 <= found.k <= found.n
    assert found.n + found.waiting == len([case for case in cases if case.step == step])


@given(st.lists(one_case, max_size=30))
def test_a_young_case_changes_no_share_whatever_became_of_it(cases: list[Case]) -> None:
    """Neither a quick yes nor a quick no of yesterday moves a figure."""
    for step in WAIT:
        before = count([case for case in cases if case.step == step], TODAY)
        for young in (Case(step, TODAY, took=TODAY), Case(step, TODAY, ended=TODAY), Case(step, TODAY)):
            after = count([*(case for case in cases if case.step == step), young], TODAY)
            assert (after.k, after.n) == (before.k, before.n)


def test_whether_noes_were_asked_after_is_told_from_three_sellers_on_or_of_oneself() -> None:
    of = [Case("asked", TODAY, owner=owner) for owner in (1, 2, 2)]
    assert not may_tell_asked(of, 1)
    assert not may_tell_asked(of[1:], 1)
    assert not may_tell_asked(of[1:], None)
    assert may_tell_asked(of[:1], 1)
    assert may_tell_asked([*of, Case("asked", TODAY, owner=3)], 9)
    assert may_tell_asked([], 1)


# ---- the rows


@pytest.mark.django_db
def test_each_step_counts_its_own_cases(camille: User) -> None:
    whose = advocate(camille, LONG_AGO)
    for _each in range(3):
        loss(camille, LONG_AGO)
    _event, excluded = loss(camille, LONG_AGO, excluded=True)
    ask = asked(loss(camille, LONG_AGO)[1], LONG_AGO)
    referral(whose, path(LONG_AGO, "asked", "agreed", "introduced", "qualified", "won"), ask=ask, mode="three_way")
    referral(whose, path(LONG_AGO, "agreed", "introduced", "qualified", "lost"), mode="forward")
    referral(whose, path(LONG_AGO, "agreed", "lapsed"))
    silent = asked(loss(camille, LONG_AGO)[1], LONG_AGO)
    referral(whose, path(LONG_AGO, "asked", "no_answer", every=30), ask=silent)
    assert counted(camille) == {
        "asked": Count(2, 6), "agreed": Count(1, 2), "introduced": Count(2, 3), "qualified": Count(2, 2),
        "won": Count(1, 2),
    }  # fmt: skip
    assert sum(1 for case in rows.losses(view(camille)) if case.ended) == 1
    assert excluded.status == "excluded"


@pytest.mark.django_db
def test_what_was_asked_yesterday_has_not_failed(camille: User) -> None:
    whose = advocate(camille, YESTERDAY)
    for made in (path(YESTERDAY, "asked"), path(YESTERDAY, "asked", "agreed", every=0)):
        referral(whose, made, ask=asked(loss(camille, YESTERDAY)[1], YESTERDAY))
    assert counted(camille) == {
        "asked": Count(0, 0, 2), "agreed": Count(0, 0, 2), "introduced": Count(0, 0, 1), "qualified": Count(),
        "won": Count(),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_deal_that_was_opened_again_is_open_and_one_that_was_won_anew_is_won(camille: User) -> None:
    whose = advocate(camille, LONG_AGO)
    again = referral(whose, path(LONG_AGO, "agreed", "introduced", "qualified", "lost"))
    again.state = "qualified"
    again.save()
    assert counted(camille)["won"] == Count(0, 0, 1)
    again.state = "paid"
    again.save()
    again.moves.create(number=5, to_state="won", at=LONG_AGO + timedelta(days=40))
    assert counted(camille)["won"] == Count(1, 1)


@pytest.mark.django_db
def test_what_is_void_was_never_there_and_what_was_taken_back_neither(camille: User) -> None:
    referral(advocate(camille, LONG_AGO), path(LONG_AGO, "agreed", "introduced", "void"))
    _event, ask = loss(camille, LONG_AGO)
    ask.status = "cancelled"
    ask.save()
    assert set(counted(camille).values()) == {Count()}


@pytest.mark.django_db
def test_two_asks_after_one_no_are_one_no(camille: User) -> None:
    event, ask = loss(camille, LONG_AGO)
    ask.pk = None
    ask.moment = "written"
    ask.save()
    asked(ask, LONG_AGO)
    assert counted(camille)["asked"] == Count(1, 1)
    assert event.referral_asks.count() == 2


@pytest.mark.django_db
def test_the_period_is_of_the_day_a_case_entered_its_step(camille: User) -> None:
    old = datetime(2024, 1, 10, tzinfo=UTC)
    whose = advocate(camille, old)
    referral(whose, {"agreed": old, "introduced": LONG_AGO, "qualified": LONG_AGO + timedelta(days=3)})
    found = counted(camille, period="12m")
    assert (found["introduced"], found["qualified"], found["won"]) == (Count(), Count(1, 1), Count(0, 0, 1))
    assert counted(camille)["introduced"] == Count(1, 1)


@pytest.mark.django_db
def test_a_seller_sees_the_team_and_nobody_elses_team(
    camille: User, nadia: User, yanis: User, admin_user: User
) -> None:
    for owner in (camille, nadia, yanis):
        referral(advocate(owner, LONG_AGO), path(LONG_AGO, "agreed", "introduced"))
    assert counted(camille)["introduced"] == Count(2, 2)
    assert counted(yanis)["introduced"] == Count(1, 1)
    assert counted(admin_user)["introduced"] == Count(3, 3)
    assert counted(None)["introduced"] == Count(3, 3)
    assert counted(admin_user, team=str(yanis.team_id))["introduced"] == Count(1, 1)


@pytest.mark.django_db
def test_another_team_and_a_period_that_is_none_are_refused(camille: User, admin_user: User, south: Team) -> None:
    for user, team in ((camille, str(south.pk)), (admin_user, "999999"), (admin_user, "x")):
        with pytest.raises(NotFound):
            view(user, team=team)
    with pytest.raises(RebondError) as told:
        view(camille, period="9m")
    assert told.value.code == "bad_period"


# ---- what is said


@pytest.mark.django_db
def test_nothing_is_said_before_the_first_ask(camille: User) -> None:
    found = said.findings(answers.answer(view(camille)))
    assert [finding.headline for finding in found] == ["Nobody was asked yet, so there is nothing to count"]


@pytest.mark.django_db
def test_below_five_cases_a_step_says_how_many_more(camille: User) -> None:
    whose = advocate(camille, LONG_AGO)
    for _each in range(3):
        referral(whose, path(LONG_AGO, "agreed", "introduced"))
    found = {step.name: step for step in answers.answer(view(camille)).steps}
    assert (found["introduced"].share.value, found["introduced"].share.need) == (None, 2)
    table = said.steps(answers.answer(view(camille))).table
    assert table is not None
    assert table.rows[2][1] == "too few: 2 more"


@pytest.mark.django_db
def test_the_narrow_place_is_named_only_where_its_range_lies_below_all_others(camille: User) -> None:
    whose = advocate(camille, LONG_AGO)
    for at in range(60):
        ended = path(LONG_AGO, "agreed", "introduced", "qualified") if at < 50 else path(LONG_AGO, "agreed", "lapsed")
        made = referral(whose, ended, mode="forward")
        if at < 50:
            made.state = "won" if at < 5 else "lost"
            made.save()
            made.moves.create(number=9, to_state=made.state, at=LONG_AGO + timedelta(days=50))
    found = said.steps(answers.answer(view(camille)))
    assert found.headline == "The narrow place is the sale: 5 of 50 conversations were won"
    assert found.known
    assert "50" in found.picture


@pytest.mark.django_db
def test_days_follow_those_who_still_wait(camille: User) -> None:
    """Twelve took ten days; with thirty who wait since nine days ago the half is still the twelve's."""
    whose, recent = advocate(camille, LONG_AGO), datetime(2026, 5, 31, 9, 0, tzinfo=UTC)
    for _each in range(12):
        referral(whose, path(LONG_AGO, "agreed", "introduced", every=10))
    for _each in range(30):
        referral(whose, path(recent, "agreed"))
    found = {step.name: step for step in answers.answer(view(camille)).steps}["introduced"]
    assert found.days.value == 10
    assert (found.share.k, found.share.n, found.waiting) == (12, 12, 30)


@pytest.mark.django_db
def test_hesitation_is_not_read_off_a_small_teams_figures(camille: User, nadia: User, as_nadia: Client) -> None:
    for owner in (camille, camille, camille, camille, camille, nadia):
        loss(owner, LONG_AGO)
    found = answers.answer(view(nadia)).steps[0]
    assert not found.told
    assert "0 of 6" not in " ".join(said.steps(answers.answer(view(nadia))).table.rows[0])  # type: ignore[union-attr]
    page = as_nadia.get(BLOCK, {"period": "all"}).content.decode()
    assert "from three sellers on" in page
    assert answers.answer(view(camille)).steps[0].own is not None, "one's own is one's own"


@pytest.mark.django_db
def test_by_mode_a_difference_is_called_one_only_beyond_luck(camille: User) -> None:
    whose = advocate(camille, LONG_AGO)
    for mode, taken, all_ in (("three_way", 30, 40), ("forward", 5, 40), ("first_contact", 14, 40)):
        for at in range(all_):
            last = "qualified" if at < taken else "disqualified"
            referral(whose, path(LONG_AGO, "agreed", "introduced", last), mode=mode)
    found = answers.answer(view(camille)).modes
    assert [(one.name, one.standing) for one in found.groups] == [
        ("three_way", "above"), ("forward", "below"), ("first_contact", ""),
    ]  # fmt: skip
    assert "More than the others" in said.modes(found).headline


def test_groups_that_are_all_alike_are_seldom_told_apart() -> None:
    """500 companies with no difference between modes: at most about one in twenty may be misled."""
    random, wrong = Random(7), 0
    for _company in range(500):
        cases = [
            Case("qualified", date(2026, 1, 1), took=TODAY if random.random() < 0.35 else None, mode=mode)
            for mode in ("three_way", "forward", "first_contact") for _case in range(30)
        ]  # fmt: skip
        wrong += any(one.standing for one in answers.modes(cases, TODAY).groups)
    assert wrong <= 40, wrong


@pytest.mark.django_db
def test_by_reason_the_luckiest_of_many_small_groups_does_not_stand_out(
    camille: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: dict[int, str] = {}

    def about(asked_of: Any) -> Any:
        return {event: known.About(codes=(codes[event],)) for event in asked_of if event in codes}

    monkeypatch.setattr(known, "about", about)
    cases = []
    for place, code in enumerate(("price", "timing", "fit", "rival", "budget", "other")):
        for at in range(10):
            event = 100 * place + at
            codes[event] = code
            took = at < (6 if code == "price" else 3)
            cases.append(Case("agreed", date(2026, 1, 1), took=TODAY if took else None, event=event))
    found = answers.reasons(cases, TODAY)
    assert found.pooled
    assert [one.name for one in found.groups] == ["budget", "fit", "price", "rival", "timing"]
    assert all(one.standing == "" for one in found.groups)
    price = next(one.share for one in found.groups if one.name == "price")
    assert 0.3 < (price.value or 0) < 0.6, "pulled to the others"


@pytest.mark.django_db
def test_the_cost_counts_won_introductions_without_reward_and_never_mixes_currencies(
    camille: User, admin_user: User, now: datetime
) -> None:
    programme = publish_starter(admin_user, now)
    rule = RewardRule.objects.filter(programme=programme)[0]
    whose = advocate(camille, LONG_AGO)
    for at in range(12):
        made = referral(whose, path(LONG_AGO, "agreed", "introduced", "qualified", "won"))
        if at < 6:
            made.rewards.create(
                advocate=whose, programme=programme, rule=rule, kind="gift", earned_minor=5_000, amount_minor=5_000,
                currency="EUR" if at else "CHF", at=now, status="paid" if at < 3 else "due",
            )  # fmt: skip
    gone = referral(whose, path(LONG_AGO, "agreed", "introduced", "qualified", "won"))
    gone.rewards.create(advocate=whose, programme=programme, rule=rule, kind="gift", earned_minor=9_000,
                        amount_minor=9_000, currency="EUR", at=now, status="reversed")  # fmt: skip
    found = answers.answer(view(camille))
    assert [(one.currency, one.total, one.rewarded, len(one.each)) for one in found.costs] == [
        ("EUR", 25_000, 5, 13), ("CHF", 5_000, 1, 13),
    ]  # fmt: skip
    assert found.per_deal.value == pytest.approx(25_000 / 13)
    assert found.per_deal.lo80 < found.per_deal.value < found.per_deal.hi80  # type: ignore[operator]
    shown = said.cost(found)
    assert shown.headline == "A won introduction costs €19.23 in rewards"
    assert "CHF" in shown.caveat


@pytest.mark.django_db
def test_as_data_it_says_the_same(camille: User) -> None:
    whose = advocate(camille, LONG_AGO)
    for _each in range(6):
        referral(whose, path(LONG_AGO, "agreed", "introduced"), mode="forward")
    found = rows.document(camille, {"period": "all"}, TODAY)
    step = {one["step"]: one for one in found["steps"]}["introduced"]
    assert (step["share"]["k"], step["share"]["n"]) == (6, 6)
    assert found["by_mode"]["forward"]["n"] == 6
    assert found["cost"] == [{"currency": "", "won": 0, "rewarded": 0, "total_minor": 0}]


@pytest.mark.django_db
def test_as_data_neither_says_what_would_tell_on_one_seller(camille: User, nadia: User) -> None:
    for _each in range(6):
        asked(loss(camille, LONG_AGO)[1], LONG_AGO)
    hidden = {"step": "asked", "share": None, "waiting": None, "days": None}
    assert rows.document(nadia, {"period": "all"}, TODAY)["steps"][0] == hidden
    assert rows.document(None, {"period": "all"}, TODAY)["steps"][0] == hidden
    assert rows.document(camille, {"period": "all"}, TODAY)["steps"][0]["share"]["k"] == 6


@pytest.mark.django_db
def test_the_command_says_it_in_lines_and_as_json(camille: User, capsys: pytest.CaptureFixture[str]) -> None:
    for _each in range(6):
        referral(advocate(camille, LONG_AGO), path(LONG_AGO, "agreed", "introduced"), mode="forward")
    for words in ([], ["--json"]):
        assert cli.main(["refer", "funnel", "--period", "all", "--as", camille.email, *words]) == 0
    lines, document = capsys.readouterr().out.split("{", 1)
    assert "6 of 6" in lines
    assert json.loads("{" + document)["steps"][2]["share"]["k"] == 6


# ---- the block


@pytest.mark.django_db
def test_the_block_is_a_part_and_a_page_and_a_get(as_camille: Client, camille: User) -> None:
    referral(advocate(camille, LONG_AGO), path(LONG_AGO, "agreed", "introduced"))
    part, page = (as_camille.get(BLOCK, query).content.decode() for query in ({"part": "1"}, {}))
    assert "<html" not in part
    assert "<html" in page
    assert as_camille.get(BLOCK, {"period": "never"}).status_code == 400
    assert as_camille.get(BLOCK, {"team": "999"}).status_code == 404
    assert_wrong_method(as_camille, BLOCK, "get")
    assert_signed_out_is_sent_to_sign_in(BLOCK)


@pytest.mark.django_db
def test_it_takes_as_many_queries_for_a_thousand_as_for_one(
    as_camille: Client, camille: User, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    whose = advocate(camille, LONG_AGO)
    referral(whose, path(LONG_AGO, "agreed", "introduced"), ask=asked(loss(camille, LONG_AGO)[1], LONG_AGO))
    as_camille.get(BLOCK)
    with CaptureQueriesContext(connection) as few:
        as_camille.get(BLOCK)
    made = referral(whose, path(LONG_AGO, "agreed"))
    many = type(made).objects.bulk_create(
        type(made)(advocate=whose, owner=camille, team=camille.team, state="agreed", state_at=timezone.now(),
                   created_at=LONG_AGO) for _each in range(1_000)
    )  # fmt: skip
    move = made.moves.all()[0]
    type(move).objects.bulk_create(type(move)(referral=one, number=1, to_state="agreed", at=LONG_AGO) for one in many)
    with django_assert_num_queries(len(few)):
        as_camille.get(BLOCK)


@pytest.mark.soak
@pytest.mark.parametrize("rate", [0.1, 0.35, 0.7])
def test_the_ranges_hold_the_truth_as_often_as_they_say_although_cases_wait(rate: float) -> None:
    """4,000 companies; quick yeses, noes that come at the end of the wait, and young cases of both: no bias."""
    random, inside, of = Random(11), 0, 4_000
    for _company in range(of):
        cases = []
        for _case in range(40):
            began = TODAY - timedelta(days=random.randrange(0, 180))
            yes, after = random.random() < rate, random.randrange(0, 12)
            took = began + timedelta(days=after) if yes else None
            case = Case("agreed", began, took if took and took <= TODAY else None)
            ended = began + timedelta(days=30)
            cases.append(case if case.took or ended > TODAY else replace(case, ended=ended))
        found = count(cases, TODAY)
        share = answers.share("agreed", found.k, found.n)
        inside += share.lo80 is not None and share.hi80 is not None and share.lo80 <= rate <= share.hi80
    assert 0.76 <= inside / of <= 0.86, inside / of
