from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, User
from rebond.deals.models import CloseEvent, Deal, Person
from rebond.learn.lessons.effects import apart, effects
from rebond.learn.models import Action
from tests.factories import THEN, make_closed_deal
from tests.learn.lessons_made import make_answer, make_debrief, make_noes, say
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

DONE = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def make_action(owner: User, **fields: object) -> Action:
    values = {"text": "Ask who signs", "due_on": date(2026, 3, 10), "created_at": THEN} | fields
    return Action.objects.create(owner=owner, **values)


def debriefed(owner: User, count: int, naming: int, since: datetime) -> None:
    make_noes(owner, count, naming=naming, since=since)
    for event in CloseEvent.objects.filter(debrief=None):
        make_debrief(event, owner)


def test_an_action_is_decided_with_its_reason_its_pattern_and_its_day(as_camille: Client, nadia: User) -> None:
    page = as_camille.get("/actions/new?reason=timing&pattern=learn.changes").content.decode()
    assert '<option value="timing" selected>' in page
    answer = as_camille.post(
        "/actions/new",
        {
            "text": "Ask for the date",
            "owner": nadia.pk,
            "due_on": "2030-01-07",
            "reason": "timing",
            "pattern": "learn.changes",
        },
    )
    assert answer["Location"] == "/actions"
    action = Action.objects.get()
    assert (action.owner, action.text, action.due_on) == (nadia, "Ask for the date", date(2030, 1, 7))
    assert (action.reason_code, action.pattern, action.deal) == ("timing", "learn.changes", None)
    assert AuditEntry.objects.filter(verb="learn.add_action").count() == 1


def test_from_a_reveal_its_deal_comes_along(
    as_camille: Client, as_yanis: Client, camille: User, helene: Person
) -> None:
    deal, event = make_closed_deal("lost", owner=camille)
    make_debrief(event, camille)
    found = make_answer(event, helene)
    path = f"/actions/new?invitation={found.pk}&reason=value_unclear"
    assert deal.name in as_camille.get(path).content.decode()
    assert status(as_yanis, "get", path) == 404
    typed = {"text": "One page of figures", "owner": camille.pk, "due_on": "2030-01-07", "reason": "value_unclear"}
    as_camille.post("/actions/new", typed | {"invitation": found.pk})
    assert Action.objects.get().deal == deal
    assert as_yanis.post("/actions/new", typed | {"invitation": found.pk}).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"text": ""}, {"text": "x" * 301}, {"owner": "999999"}, {"due_on": "soon"}, {"reason": "no_such_reason"}]
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    as_camille: Client, camille: User, wrong: dict[str, str]
) -> None:
    typed = {"text": "Ask who signs", "owner": camille.pk, "due_on": "2030-01-07", "reason": "timing"} | wrong
    page = as_camille.post("/actions/new", typed)
    assert page.status_code == 400
    assert "What you typed is kept" in page.content.decode()
    assert not Action.objects.exists()


def test_only_colleagues_can_be_given_one(as_camille: Client, yanis: User) -> None:
    typed = {"text": "Ask who signs", "owner": yanis.pk, "due_on": "2030-01-07"}
    assert as_camille.post("/actions/new", typed).status_code == 400
    assert not Action.objects.exists()


def test_it_is_settled_with_a_line_and_the_line_may_come_later(as_camille: Client, camille: User) -> None:
    first, second = make_action(camille), make_action(camille)
    as_camille.post(f"/actions/{first.pk}/done", {"result": "They told us on the first call."})
    as_camille.post(f"/actions/{second.pk}/done")
    as_camille.post(f"/actions/{second.pk}/done", {"result": "Nothing yet."})
    assert [action.result for action in Action.objects.order_by("pk")] == [
        "They told us on the first call.",
        "Nothing yet.",
    ]
    assert as_camille.post(f"/actions/{first.pk}/done").status_code == 409
    assert "They told us on the first call." in as_camille.get("/actions").content.decode()


def test_a_manager_sees_what_is_open_in_the_team_and_nobody_else_does(
    as_nadia: Client, as_camille: Client, as_yanis: Client, as_admin: Client, camille: User, yanis: User
) -> None:
    mine = make_action(camille)
    make_action(yanis, text="Call on Mondays")
    make_action(camille, text="Long done", done_at=DONE)
    seen = {name: c.get("/actions").content.decode() for name, c in
            (("nadia", as_nadia), ("yanis", as_yanis), ("camille", as_camille), ("admin", as_admin))}  # fmt: skip
    assert "Ask who signs" in seen["nadia"]
    assert "Long done" not in seen["nadia"]
    assert "Call on Mondays" not in seen["nadia"]
    assert "Ask who signs" not in seen["yanis"]
    assert "Open in the team" not in seen["camille"]
    assert "Call on Mondays" in seen["admin"]
    for verb in ("done", "drop", "reopen", "move"):
        assert status(as_nadia, "post", f"/actions/{mine.pk}/{verb}") in (400, 404)
    mine.refresh_from_db()
    assert mine.done_at is None


def test_did_it_change_says_how_many_are_missing(camille: User) -> None:
    debriefed(camille, 12, 6, DONE - timedelta(days=30))
    debriefed(camille, 3, 0, DONE + timedelta(days=1))
    action = make_action(camille, reason_code="timing", done_at=DONE)
    found = effects([action], LATER)[action.pk]
    assert found.headline == "Undecided: 3 of 10 cases needed."
    assert found.detail == ""


def test_did_it_change_tells_k_of_n_and_the_range(as_camille: Client, camille: User) -> None:
    debriefed(camille, 18, 16, DONE - timedelta(days=18))
    debriefed(camille, 20, 3, DONE + timedelta(days=1))
    action = make_action(camille, reason_code="timing", done_at=DONE)
    found = effects([action], LATER)[action.pk]
    assert found.verdict == "fell"
    assert found.headline == "“Wrong moment, on hold” is named less often since."
    assert found.detail.startswith("Before: 16 of 18. Since: 3 of 20. Likely ")
    assert "fewer in 100" in found.detail
    page = as_camille.get("/actions").content.decode()
    assert "is named less often since" in page
    assert "3 of 20" in page


def test_only_the_owners_debriefed_noes_with_a_reason_count(camille: User, nadia: User) -> None:
    debriefed(camille, 11, 11, DONE - timedelta(days=20))
    debriefed(nadia, 15, 15, DONE + timedelta(days=1))
    make_noes(camille, 15, naming=0, since=DONE + timedelta(days=1))  # no debrief
    deal, event = make_closed_deal("lost", owner=camille, closed_at=DONE + timedelta(days=2))
    make_debrief(event, camille)
    say(event, "not_known_yet")
    won, win = make_closed_deal("won", owner=camille, closed_at=DONE + timedelta(days=2))
    make_debrief(win, camille)
    say(win, "timing")
    action = make_action(camille, reason_code="timing", done_at=DONE)
    assert effects([action], LATER)[action.pk].change.after.n == 0
    assert deal.pk != won.pk


def test_the_current_edition_speaks_and_earlier_ones_do_not(camille: User) -> None:
    debriefed(camille, 12, 12, DONE + timedelta(days=1))
    event = CloseEvent.objects.first()
    assert event is not None
    say(event, "no_budget", "terms", edition=2)
    debriefed(camille, 12, 12, DONE - timedelta(days=30))
    action = make_action(camille, reason_code="timing", done_at=DONE)
    found = effects([action], LATER)[action.pk].change
    assert (found.before.k, found.before.n, found.after.k, found.after.n) == (12, 12, 11, 12)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.31, -0.04, "4 to 31 fewer in 100"),
        (0.04, 0.31, "4 to 31 more in 100"),
        (-0.1, 0.2, "from 10 fewer to 20 more in 100"),
        (-0.2, 0.0, "0 to 20 fewer in 100"),
    ],
)
def test_a_range_of_differences_is_said_in_words(low: float, high: float, words: str) -> None:
    assert apart(low, high) == words


def test_a_thousand_actions_take_few_queries(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    debriefed(camille, 20, 5, DONE - timedelta(days=20))
    Action.objects.bulk_create(
        Action(owner=camille, text=f"Action {n}", due_on=THEN.date(), created_at=THEN, reason_code="timing",
               done_at=DONE if n % 2 else None)
        for n in range(1000)
    )  # fmt: skip
    with django_assert_max_num_queries(14):
        assert as_camille.get("/actions").status_code == 200


def test_the_doors(as_camille: Client, deal: Deal, as_yanis: Client) -> None:
    assert status(as_camille, "get", f"/actions/new?deal={deal.pk}") == 200
    assert status(as_yanis, "get", f"/actions/new?deal={deal.pk}") == 404
    assert status(as_camille, "get", "/actions/new?deal=x&invitation=²") == 200
    assert status(as_camille, "put", "/actions/new") == 405
    assert_wrong_method(as_camille, "/actions", "get")
    for path in ("/actions", "/actions/new"):
        assert_signed_out_is_sent_to_sign_in(path)
