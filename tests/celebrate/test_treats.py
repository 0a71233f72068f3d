"""Small rewards: as each likes them, within the budget, in the ledger; nobody is ranked."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry, Role, Team, User
from rebond.base.errors import Conflict, RebondError
from rebond.celebrate.actions import rewards as actions
from rebond.celebrate.models import Budget, Contest, Given, Preference, Treat, Win
from rebond.celebrate.queries.rewards import given_to, quarter_of, standing_of
from rebond.deals.models import CloseSource, Deal
from rebond.ledger import queries as books
from rebond.ledger.accounts import CASH_OUT, EXPENSE, payable
from rebond.loop.close import close, reopen
from tests.celebrate.test_hall import contest_of, nomination
from tests.factories import make_user
from tests.mail.test_at_once import beside
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db
REWARDS, GIVE = "/wins/rewards", "/wins/rewards/give"


@pytest.fixture
def now() -> datetime:
    """What the clock says."""
    return timezone.now()


@pytest.fixture
def lunch(admin_user: User, now: datetime) -> Treat:
    return treat(admin_user, now)


def treat(actor: User, now: datetime, **said: Any) -> Treat:
    first: dict[str, Any] = {"kind": "gift", "label": "Lunch for two", "amount_minor": 4_000, "currency": "EUR"}
    return actions.add_treat(**first | said, actor=actor, now=now)


def budget(team: Team | None, minor: int, now: datetime, **more: Any) -> Budget:
    said: dict[str, Any] = {"quarter": timezone.localdate(now), "currency": "EUR", "actor": None}
    return actions.set_budget(team=team, amount_minor=minor, now=now, **said | more)


def give(what: Treat, user: User, by: User, now: datetime, **more: Any) -> Given:
    return actions.give(treat=what, user=user, actor=by, now=now, **{"why": "Stayed until the boiler ran"} | more)


def refusal(what: Treat, user: User, by: User, now: datetime, **more: Any) -> str:
    before = Given.objects.count()
    with pytest.raises(RebondError) as refused:
        give(what, user, by, now, **more)
    assert Given.objects.count() == before
    return refused.value.code


def likes(user: User, *kinds: str, **more: Any) -> None:
    Preference.objects.update_or_create(user=user, defaults={"incentives": [*kinds], **more})


def balances(user: User) -> tuple[int, int, int]:
    """Given, owed to them, paid out."""
    owed = books.balance(payable(f"celebrate.colleague:{user.pk}"), "EUR")
    assert books.check() == []
    return books.balance(EXPENSE, "EUR"), owed, books.balance(CASH_OUT, "EUR")


def test_a_reward_accrues_is_paid_and_can_be_taken_back(
    as_nadia: Client, camille: User, nadia: User, lunch: Treat, now: datetime
) -> None:
    budget(camille.team, 10_000, now)
    typed = {"user": camille.pk, "treat": lunch.pk, "occasion": "", "why": "Drove to Lyon for a no"}
    assert as_nadia.post(GIVE, typed).status_code == 302
    first = Given.objects.get()
    assert (first.user, first.by, first.team, first.why) == (camille, nadia, camille.team, "Drove to Lyon for a no")
    assert balances(camille) == (4_000, -4_000, 0)
    as_nadia.post(f"{REWARDS}/{first.pk}/handed")
    as_nadia.post(f"{REWARDS}/{first.pk}/handed")
    assert balances(camille) == (4_000, 0, -4_000)
    second = give(lunch, camille, nadia, now, again=True)
    as_nadia.post(f"{REWARDS}/{second.pk}/take-back")
    as_nadia.post(f"{REWARDS}/{second.pk}/take-back")
    assert balances(camille) == (4_000, 0, -4_000)
    assert given_to(camille) == [first]
    verbs = ["celebrate.give", "celebrate.give", "celebrate.hand", "celebrate.take_back"]
    assert sorted(AuditEntry.objects.filter(subject_type__contains="given").values_list("verb", flat=True)) == verbs


def test_what_was_handed_over_is_theirs_and_what_was_taken_back_is_not_handed_over(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    free = treat(nadia, now, label="A free morning", kind="time_off", amount_minor=0)
    one, other = give(free, camille, nadia, now), give(free, camille, nadia, now, again=True)
    as_nadia.post(f"{REWARDS}/{one.pk}/handed")
    assert as_nadia.post(f"{REWARDS}/{one.pk}/take-back").status_code == 409
    as_nadia.post(f"{REWARDS}/{other.pk}/take-back")
    assert as_nadia.post(f"{REWARDS}/{other.pk}/handed").status_code == 409
    assert [(given.handed_at is None, given.taken_back_at is None) for given in Given.objects.order_by("pk")] == [
        (False, True), (True, False),
    ]  # fmt: skip
    assert balances(camille) == (0, 0, 0)  # what costs nothing is not in the books


def test_nobody_is_given_more_than_what_is_left(camille: User, nadia: User, lunch: Treat, now: datetime) -> None:
    assert refusal(lunch, camille, nadia, now) == "no_budget"
    held = budget(camille.team, 7_999, now)
    first = give(lunch, camille, nadia, now)
    assert refusal(lunch, camille, nadia, now, again=True) == "over_budget"
    assert standing_of(held).left_minor == 3_999
    actions.take_back(given=first, actor=nadia, now=now)
    give(lunch, camille, nadia, now)
    budget(camille.team, 8_000, now)  # the newest holds
    give(lunch, camille, nadia, now, again=True)
    assert refusal(lunch, camille, nadia, now, again=True) == "over_budget"


def test_a_teams_budget_and_everybodys_both_hold(
    camille: User, nadia: User, yanis: User, admin_user: User, lunch: Treat, now: datetime
) -> None:
    budget(None, 4_000, now)
    budget(camille.team, 100_000, now)
    give(lunch, yanis, admin_user, now)
    assert refusal(lunch, camille, nadia, now) == "over_budget"


def test_a_budget_of_another_quarter_or_currency_does_not_help(
    camille: User, nadia: User, lunch: Treat, now: datetime
) -> None:
    today = timezone.localdate(now)
    budget(camille.team, 100_000, now, quarter=today + timedelta(days=100))
    budget(camille.team, 100_000, now, currency="SEK")
    assert refusal(lunch, camille, nadia, now) == "no_budget"
    last = Given.objects.create(treat=lunch, user=camille, by=nadia, team=camille.team, why="w", amount_minor=9_000,
                                currency="EUR", at=now - timedelta(days=100))  # fmt: skip
    held = budget(camille.team, 4_000, now)
    assert quarter_of(last.at.date()) != held.quarter
    assert standing_of(held).used_minor == 0
    give(lunch, camille, nadia, now)


@pytest.mark.django_db(transaction=True)
def test_two_gifts_at_the_same_moment_cannot_pass_the_budget_together(
    camille: User, nadia: User, lunch: Treat, now: datetime
) -> None:
    others = [make_user(f"{name} Roy", team=camille.team) for name in ("Ana", "Bo", "Cleo", "Dan")]
    budget(camille.team, 9_000, now)
    start, got = threading.Barrier(4), list[str]()

    def body(user: User) -> None:
        start.wait(20)
        try:
            give(lunch, user, nadia, now)
            got.append("given")
        except Conflict as refused:
            got.append(refused.code)

    for thread in [beside(lambda user=user: body(user)) for user in others]:
        thread.join(60)
    assert sorted(got) == ["given", "given", "over_budget", "over_budget"]
    assert Given.objects.count() == 2
    assert books.balance(EXPENSE, "EUR") == 8_000
    assert books.check() == []


def test_what_they_said_they_like_is_given_or_a_reason_is(
    as_nadia: Client, camille: User, nadia: User, deal: Deal, lunch: Treat, now: datetime
) -> None:
    budget(camille.team, 100_000, now)
    win = won(deal, camille, now)
    likes(camille, "time_off", "learning")
    page = as_nadia.get(f"{GIVE}?user={camille.pk}")
    assert "time off, something to learn with" in page.content.decode()
    assert (page.context["liked"], page.context["others"]) == ([], [lunch])
    assert refusal(lunch, camille, nadia, now, win=win, why="") == "why_needed"
    assert give(lunch, camille, nadia, now, win=win, why="She brought the whole team").win == win


def test_who_would_be_given_nothing_is_left_in_peace(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    for shown in (True, False):
        likes(camille, "none", leader_may_see=shown)
        assert refusal(free, camille, nadia, now) == "wants_nothing"
        page = as_nadia.get(f"{GIVE}?user={camille.pk}").content.decode()
        assert "would rather be given nothing" in page
        assert free.label not in page


def test_what_they_keep_to_themselves_is_not_shown_and_not_guessed(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    likes(camille, "donation", leader_may_see=False)
    page = as_nadia.get(f"{GIVE}?user={camille.pk}").content.decode()
    assert "donation" not in page
    assert "keeps to themselves what they like" in page
    give(free, camille, nadia, now)


def won(deal: Deal, seller: User, now: datetime) -> Win:
    close(deal=deal, outcome="won", actor=seller, source=CloseSource.SCREEN, now=now)
    return Win.objects.get()


def test_a_reward_needs_a_win_a_contest_or_something_out_of_the_ordinary(
    as_nadia: Client, camille: User, nadia: User, yanis: User, deal: Deal, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    assert refusal(free, camille, nadia, now, why=" ") == "why_needed"
    win = won(deal, camille, now)
    page = as_nadia.get(f"{GIVE}?user={camille.pk}").content.decode()
    assert "Signed! Camille, Groupe Valmy" in page
    sent = {"user": camille.pk, "treat": free.pk, "occasion": f"win:{win.pk}"}
    assert as_nadia.post(GIVE, sent).status_code == 302
    assert Given.objects.get().win == win
    thomas = make_user("Thomas Girard", team=camille.team)
    assert refusal(free, thomas, nadia, now, win=win) == "not_their_occasion"
    reopen(deal=deal, actor=camille, now=now + timedelta(minutes=1))
    win.refresh_from_db()
    assert refusal(free, camille, nadia, now, win=win, again=True) == "not_their_occasion"


def test_a_call_of_the_month_is_an_occasion_once_it_is_announced(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    contest = contest_of(nadia, now, team=camille.team)
    assert refusal(free, camille, nadia, now, contest=contest) == "not_their_occasion"
    nomination(contest, camille, now)
    sent = {"user": camille.pk, "treat": free.pk, "occasion": f"contest:{contest.pk}"}
    assert as_nadia.post(GIVE, sent).status_code == 302
    assert Given.objects.get().contest == contest
    Contest.objects.update(state="voting")
    contest.refresh_from_db()
    assert refusal(free, camille, nadia, now, contest=contest, again=True) == "not_their_occasion"


def test_a_win_the_leader_may_not_hear_of_is_not_named(
    as_nadia: Client, camille: User, nadia: User, deal: Deal, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    likes(camille, visibility="nobody")
    win = won(deal, camille, now)
    assert "Groupe Valmy" not in as_nadia.get(f"{GIVE}?user={camille.pk}").content.decode()
    sent = {"user": camille.pk, "treat": free.pk, "occasion": f"win:{win.pk}"}
    assert as_nadia.post(GIVE, sent).status_code == 404
    assert not Given.objects.exists()


def test_the_same_within_thirty_days_is_asked_about(
    as_nadia: Client, camille: User, nadia: User, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    give(free, camille, nadia, now - timedelta(days=29))
    sent = {"user": camille.pk, "treat": free.pk, "why": "Once more"}
    answer = as_nadia.post(GIVE, sent)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "less than 30 days ago" in page
    assert 'value="Once more"' in page
    assert as_nadia.post(GIVE, sent | {"again": "1"}).status_code == 302
    assert Given.objects.count() == 2
    Given.objects.update(at=now - timedelta(days=31))
    give(free, camille, nadia, now)


def test_nobody_gives_to_themselves_or_beyond_their_team(
    as_nadia: Client, as_admin: Client, camille: User, nadia: User, yanis: User, admin_user: User, now: datetime
) -> None:
    free = treat(nadia, now, amount_minor=0)
    assert refusal(free, nadia, nadia, now) == "not_allowed"
    assert refusal(free, admin_user, admin_user, now) == "not_allowed"
    assert refusal(free, yanis, nadia, now) == "not_allowed"
    assert refusal(free, nadia, camille, now) == "not_allowed"
    assert status(as_nadia, "get", f"{GIVE}?user={nadia.pk}") == 403
    assert status(as_nadia, "get", f"{GIVE}?user={yanis.pk}") == 404
    assert as_nadia.post(GIVE, {"user": yanis.pk, "treat": free.pk, "why": "w"}).status_code == 404
    assert as_admin.post(GIVE, {"user": yanis.pk, "treat": free.pk, "why": "w"}).status_code == 302
    assert Given.objects.get().user == yanis


def test_a_seller_sees_their_own_and_nobody_elses(
    as_camille: Client, camille: User, nadia: User, now: datetime
) -> None:
    free, book = treat(nadia, now, amount_minor=0), treat(nadia, now, label="A book", amount_minor=0)
    thomas = make_user("Thomas Girard", team=camille.team)
    mine, theirs = give(free, camille, nadia, now), give(book, thomas, nadia, now)
    page = as_camille.get(REWARDS).content.decode()
    assert "Lunch for two" in page
    assert "A book" not in page
    assert "Thomas" not in page
    assert given_to(camille) == [mine]
    actions.take_back(given=mine, actor=nadia, now=now)
    assert "Lunch for two" not in as_camille.get(REWARDS).content.decode()
    assert given_to(thomas) == [theirs]


def test_a_leader_sees_the_team_by_date(as_nadia: Client, camille: User, nadia: User, yanis: User, admin_user: User,
                                        lunch: Treat, now: datetime) -> None:  # fmt: skip
    budget(camille.team, 20_000, now)
    budget(yanis.team, 20_000, now)
    thomas = make_user("Thomas Girard", team=camille.team)
    ordered = [give(lunch, who, nadia, now - timedelta(minutes=n), again=True)
               for n, who in enumerate((thomas, camille, thomas))]  # fmt: skip
    give(lunch, yanis, admin_user, now)
    answer = as_nadia.get(REWARDS)
    assert answer.context["given"] == ordered
    page = answer.content.decode()
    assert "€120 of €200 used this quarter" in page
    assert "South" not in page
    assert "What nobody expected does more good" in page


def test_the_catalogue_takes_amounts_in_either_spelling(as_nadia: Client, now: datetime) -> None:
    for typed in ("12,50", "12.50"):
        sent = {"label": "A book", "kind": "learning", "amount": typed, "currency": "eur"}
        assert as_nadia.post(f"{REWARDS}/treats", sent).status_code == 302
    assert list(Treat.objects.values_list("amount_minor", "currency")) == [(1_250, "EUR")] * 2
    for typed in ("6,200", "6.200", "6 200", "6.200,00 €"):
        sent = {"label": "A course", "kind": "learning", "amount": typed, "currency": "EUR"}
        assert as_nadia.post(f"{REWARDS}/treats", sent).status_code == 302
    assert {*Treat.objects.filter(label="A course").values_list("amount_minor", flat=True)} == {620_000}
    assert "€12.50" in as_nadia.get(f"{REWARDS}/treats").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"amount": "-5"}, {"amount": "much"}, {"currency": "EU"}, {"currency": "€€€"}, {"kind": "none"},
              {"label": " "}, {"amount": "9" * 20}, {"amount": "1e9"}, {"amount": "25 USD"}],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_the_field(wrong: dict[str, str], as_nadia: Client) -> None:
    sent = {"label": "A book", "kind": "learning", "amount": "5", "currency": "EUR"} | wrong
    answer = as_nadia.post(f"{REWARDS}/treats", sent)
    assert answer.status_code == 400
    assert "Not saved yet" in answer.content.decode()
    assert not Treat.objects.exists()


def test_a_retired_treat_is_no_longer_given(as_nadia: Client, camille: User, nadia: User, now: datetime) -> None:
    free = treat(nadia, now, amount_minor=0)
    kept = give(free, camille, nadia, now)
    as_nadia.post(f"{REWARDS}/treats/{free.pk}/retire")
    free.refresh_from_db()
    assert refusal(free, camille, nadia, now, again=True) == "treat_retired"
    assert "Lunch for two" not in as_nadia.get(f"{GIVE}?user={camille.pk}").content.decode()
    assert given_to(camille) == [kept]


def test_an_administrator_sets_the_budget(as_admin: Client, as_nadia: Client, admin_user: User, north: Team,
                                          now: datetime) -> None:  # fmt: skip
    this = quarter_of(timezone.localdate(now))
    sent = {"team": str(north.pk), "quarter": this.isoformat(), "amount": "250", "currency": "EUR"}
    assert as_nadia.post(f"{REWARDS}/budget", sent).status_code == 403
    assert as_admin.post(f"{REWARDS}/budget", sent).status_code == 302
    assert as_admin.post(f"{REWARDS}/budget", sent | {"team": "", "amount": "900"}).status_code == 302
    for wrong in ({"team": "999"}, {"quarter": "1999-01-01"}, {"amount": "x"}):
        assert as_admin.post(f"{REWARDS}/budget", sent | wrong).status_code == 400
    rows = Budget.objects.values_list("team", "quarter", "amount_minor", "currency", "by")
    assert list(rows) == [(north.pk, this, 25_000, "EUR", admin_user.pk), (None, this, 90_000, "EUR", admin_user.pk)]
    assert "€0 of €250 used this quarter" in as_nadia.get(REWARDS).content.decode()


def test_the_doors(as_camille: Client, as_nadia: Client, as_yanis: Client, as_admin: Client, camille: User, nadia: User,
                   south: Team, now: datetime) -> None:  # fmt: skip
    free = treat(nadia, now, amount_minor=0)
    given = give(free, camille, nadia, now)
    ours = [f"{REWARDS}/{given.pk}/handed", f"{REWARDS}/{given.pk}/take-back"]
    leads = [GIVE, f"{REWARDS}/treats"]
    for path in [REWARDS, *leads, f"{REWARDS}/budget"]:
        assert_signed_out_is_sent_to_sign_in(path)
        assert status(as_admin, "get", path) == 200
    for path in leads:
        assert status(as_camille, "get", path) == 403
        assert status(as_camille, "post", path) == 403
        assert status(as_nadia, "get", path) == 200
        assert status(as_nadia, "put", path) == 405
    assert_wrong_method(as_nadia, REWARDS, "get")
    assert status(as_nadia, "get", f"{REWARDS}/budget") == 403
    for path in [*ours, f"{REWARDS}/treats/{free.pk}/retire"]:
        assert_wrong_method(as_nadia, path, "post")
        assert_signed_out_is_sent_to_sign_in(path, "post")
        assert status(as_camille, "post", path) == 403
    abroad = Client()
    abroad.force_login(make_user("Olga Berg", team=south, role=Role.MANAGER))
    for path in ours:
        assert status(as_yanis, "post", path) == 404
        assert status(abroad, "post", path) == 404
    given.refresh_from_db()
    assert (given.handed_at, given.taken_back_at) == (None, None)


@pytest.mark.parametrize("sent", [{"user": "x"}, {"user": "9" * 30}, {"treat": "x"}, {"occasion": "win:x"},
                                  {"occasion": "win:"}, {"treat": "999999"}])  # fmt: skip
def test_a_key_that_is_none_is_not_found(sent: dict[str, str], as_nadia: Client, camille: User, nadia: User,
                                         now: datetime) -> None:  # fmt: skip
    free = treat(nadia, now, amount_minor=0)
    assert as_nadia.post(GIVE, {"user": camille.pk, "treat": free.pk, "why": "w"} | sent).status_code == 404
    assert not Given.objects.exists()


def test_a_thousand_gifts_take_as_many_queries_as_one(
    as_nadia: Client, camille: User, nadia: User, now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    free = treat(nadia, now, amount_minor=0)
    budget(camille.team, 10_000, now)
    Given.objects.bulk_create(
        Given(treat=free, user=camille, by=nadia, team=camille.team, why=f"Why {n}", amount_minor=1, currency="EUR",
              at=now - timedelta(hours=n)) for n in range(1_000)
    )  # fmt: skip
    with django_assert_max_num_queries(22):
        assert len(as_nadia.get(REWARDS).context["given"]) == 100


def test_a_quarter_begins_and_ends_where_the_installation_is(camille: User, nadia: User, lunch: Treat) -> None:
    """Paris is ahead of UTC: half past eleven in the evening of 31 March there is the second quarter here."""
    late = datetime.fromisoformat("2026-03-31T22:30:00+00:00")
    second = budget(camille.team, 4_000, late, quarter=date(2026, 4, 1))
    give(lunch, camille, nadia, late)
    assert standing_of(second).used_minor == 4_000


def test_what_it_is_for_is_text_on_every_page(as_nadia: Client, as_camille: Client, camille: User, nadia: User,
                                              now: datetime) -> None:  # fmt: skip
    give(treat(nadia, now, amount_minor=0, label="<i>Book</i>"), camille, nadia, now, why="<b>for</b> \x00 it")
    for page in (as_nadia.get(REWARDS), as_camille.get(REWARDS), as_camille.get("/wins/mine")):
        assert "&lt;b&gt;for&lt;/b&gt;  it" in page.text
        assert "<i>Book" not in page.text
