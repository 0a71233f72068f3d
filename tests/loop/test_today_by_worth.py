"""Today as money: the order, the sum behind an item, what is promised when it is done."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond import cli
from rebond.accounts.models import User
from rebond.deals.actions import log_touch
from rebond.deals.models import Deal, Touch
from rebond.learn.models import Action
from rebond.loop.access import get_item
from rebond.loop.actions import follow_up_done
from rebond.loop.models import Promise, TodayDecision
from rebond.loop.prices import ever_code
from rebond.loop.queries import listed_for, nav_counts, today_for
from rebond.numbers.pricing import Rate
from rebond.nurture.models import Enrolment, Step
from rebond.worth.models import Plan
from tests.factories import make_deal
from tests.loop.priced import price_list, prices
from tests.nurture.people import keep, many, replied

pytestmark = pytest.mark.django_db


@pytest.fixture
def priced(db: None) -> None:
    price_list()


def quiet_deal(owner: User, name: str = "Quiet one", amount: int | None = 5_000_000, **fields: Any) -> Deal:
    """Nobody has talked to them for four weeks."""
    now = timezone.now()
    usual = {"opened_at": now - timedelta(days=60), "last_touch_at": now - timedelta(days=28), "currency": "EUR"}
    return make_deal(name, owner=owner, amount_minor=amount, **(usual | fields))


def text(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", str(page.content.decode())).split())


def key(one: Enrolment) -> str:
    return f"nurture.keep:{one.pk}.{one.step}"


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["today", *words]) == 0
    return capsys.readouterr().out


def keys(user: User) -> list[str]:
    return [item.key for item in today_for(user, now=timezone.now()).items]


def test_most_worth_per_minute_comes_first_whatever_its_kind(camille: User, priced: None) -> None:
    small, large = quiet_deal(camille, "Small", 10_000), quiet_deal(camille, "Large", 90_000_000)
    note = keep(camille, "Marc Delvaux")
    sign = replied(keep(camille, "Anna Keller", due_in=50))
    expected = [f"loop.quiet:{large.pk}", f"nurture.signal:{sign.pk}", key(note), f"loop.quiet:{small.pk}"]
    assert keys(camille) == expected, "€9,000 a minute, €300, €49, and what costs more than it returns"


def test_each_kind_is_priced_by_its_own_chances(camille: User, priced: None) -> None:
    deal, note = quiet_deal(camille), keep(camille, "Marc Delvaux")
    sign = replied(keep(camille, "Anna Keller", due_in=50))
    found = {one.key: one.price for one in listed_for(camille, now=timezone.now()).candidates}
    worth = {name: price and round(price.value) for name, price in found.items()}
    assert worth[f"loop.quiet:{deal.pk}"] == round(0.1 * 500_000) - 20 * 100, "a tenth of its own amount's tenth"
    assert worth[key(note)] == round(0.2 * 0.1 * 500_000) - 2 * 100
    assert worth[f"nurture.signal:{sign.pk}"] == round(0.3 * 500_000) - 5 * 100


def test_a_call_to_whom_nothing_may_be_sent_takes_longer_and_is_worth_less_per_minute(
    camille: User, priced: None
) -> None:
    call, note = keep(camille, "No Basis", may=False), keep(camille, "May Write")
    items = {item.key: item for item in today_for(camille, now=timezone.now()).items}
    assert (items[key(call)].minutes, items[key(note)].minutes) == (5, 2)
    assert keys(camille) == [key(note), key(call)]


def test_the_open_item_shows_its_sum_and_its_cases(as_camille: Client, camille: User, priced: None) -> None:
    keep(camille, "Marc Delvaux")
    page = as_camille.get("/today")
    worth = page.context["opened"].worth
    assert [(term.figure, str(term.label), term.kind) for term in worth.terms] == [
        ("20 in 100", "answer", "chance"),
        ("10 in 100", "of them buy after all", "chance"),
        ("€5,000", "commission on a sale", "money"),
        ("€2", "your time", "cost"),
        ("€98", "on average", "result"),
    ]
    assert worth.cases == (
        "Learned from 9 contacts of yours and 41 of others in your team. "
        "One rarely pays; about 50 of them bring a sale."
    )
    assert "What this is worth 20 in 100 answer × 10 in 100 of them buy after all ×" in text(page)
    assert re.search(r"likely €\d+–\d+", text(page))


def test_the_header_says_what_the_minutes_bring_on_average(as_camille: Client, camille: User, priced: None) -> None:
    keep(camille, "Marc Delvaux")
    keep(camille, "Anna Keller")
    page = text(as_camille.get("/today"))
    assert "2 things left, 4 min, about €196 on average" in page
    assert "best first; bars show the likely range, €0 to €" in page


def test_what_costs_more_than_it_returns_stands_below_with_a_word(
    as_camille: Client, camille: User, priced: None
) -> None:
    quiet_deal(camille, "Tiny", 100)
    page = as_camille.get("/today")
    lines = page.context["lines"]
    assert (lines.fitting, lines.waiting, len(lines.costing)) == ((), (), 1)
    assert lines.costing[0].figure.startswith("−€")
    assert "what follows costs more than it returns" in text(page)


def test_without_a_plan_the_old_order_holds_and_the_page_says_why(as_camille: Client, camille: User) -> None:
    price_list(gain=None, share=None)
    deal = quiet_deal(camille)
    note, today = keep(camille, "Marc Delvaux"), timezone.localdate()
    action = Action.objects.create(owner=camille, text="Send it", due_on=today, created_at=timezone.now())
    page = as_camille.get("/today")
    assert [item.key for item in page.context["listed"].items][2:] == [f"loop.quiet:{deal.pk}"]
    assert {item.key for item in page.context["listed"].items[:2]} == {key(note), f"learn.action:{action.pk}"}
    assert "Not ranked by worth yet: what a sale brings is not known." in text(page)
    assert 'href="/time/assumptions">Say what a sale brings</a>' in page.content.decode()
    assert "on average" not in page.context["lines"].total


def test_with_a_plan_that_no_list_has_seen_it_says_that_prices_are_being_made(
    as_camille: Client, camille: User
) -> None:
    quiet_deal(camille)
    Plan.objects.create(kind="percent", basis_points=800, valid_from=date(2020, 1, 1), at=timezone.now())
    page = text(as_camille.get("/today"))
    assert "Prices are being made of your records. Look again in a minute." in page
    assert "Say what a sale brings" not in page


def test_what_is_to_learn_says_so_instead_of_money(as_camille: Client, camille: User, priced: None) -> None:
    keep(camille)
    Action.objects.create(owner=camille, text="Send it", due_on=timezone.localdate(), created_at=timezone.now())
    page = text(as_camille.get("/today"))
    assert "5 min · to learn" in page


def test_how_the_list_is_made_names_its_steps_and_leads_to_what_came_of_it(
    as_camille: Client, camille: User, priced: None
) -> None:
    keep(camille)
    page = as_camille.get("/today").content.decode()
    assert "Most worth per minute comes first, on average" in page
    assert 'href="/today/right"' in page
    assert 'href="/time/assumptions"' in page


def test_a_follow_up_promises_what_it_was_ranked_by(as_camille: Client, camille: User, priced: None) -> None:
    deal = quiet_deal(camille)
    as_camille.post(f"/today/touched/{deal.pk}", {"channel": "call"})
    kept = Promise.objects.get()
    assert (kept.user, kept.team, kept.kind) == (camille, camille.team, "loop.quiet")
    assert kept.item == f"loop.quiet:{deal.pk}"
    assert (kept.worth_minor, kept.gross_minor, kept.currency, kept.minutes) == (48_000, 50_000, "EUR", 5)
    assert kept.lo80_minor < kept.worth_minor < kept.hi80_minor
    assert (kept.leans, kept.explored, kept.deal, kept.decision, kept.ref) == (
        "own", False, deal, TodayDecision.objects.get(), ""
    )  # fmt: skip


def test_later_and_not_useful_promise_nothing_and_undo_takes_a_promise_back(
    as_camille: Client, camille: User, priced: None
) -> None:
    first, second = quiet_deal(camille, "First"), quiet_deal(camille, "Second")
    as_camille.post("/today/decide", {"item": f"loop.quiet:{first.pk}", "decision": "not_useful"})
    as_camille.post("/today/decide", {"item": f"loop.quiet:{second.pk}", "decision": "later", "until": "week"})
    assert not Promise.objects.exists()
    TodayDecision.objects.all().delete()
    as_camille.post("/today/decide", {"item": f"loop.quiet:{first.pk}", "decision": "done"})
    assert Promise.objects.get().taken_back_at is None
    as_camille.post(f"/today/undo/{TodayDecision.objects.get().pk}")
    assert Promise.objects.get().taken_back_at is not None


def test_a_note_sent_promises_by_its_step_and_taking_it_back_takes_the_promise_back(
    as_camille: Client, camille: User, priced: None
) -> None:
    one = keep(camille)
    as_camille.post(f"/keep/{one.person_id}/send", {"subject": "Hello", "body": "Words", "next": "/today"})
    step, kept = Step.objects.get(), Promise.objects.get()
    assert (kept.ref, kept.item, kept.person, kept.worth_minor) == (
        f"nurture.step:{step.pk}", f"nurture.keep:{one.pk}.1", one.person, 9_800
    )  # fmt: skip
    as_camille.post(f"/keep/steps/{step.pk}/take-back", {"next": "/today"})
    kept.refresh_from_db()
    assert kept.taken_back_at is not None
    assert keys(camille) == [f"nurture.keep:{one.pk}.1"]


def test_a_call_logged_in_one_tap_promises_once(as_camille: Client, camille: User, priced: None) -> None:
    one = keep(camille)
    as_camille.post(f"/keep/{one.person_id}/logged", {"how": "call", "next": "/today"})
    as_camille.post(f"/keep/{one.person_id}/logged", {"how": "call", "next": "/today"})
    assert [kept.ref for kept in Promise.objects.all()] == [f"nurture.step:{Step.objects.earliest('pk').pk}"]


def test_done_on_today_promises_once_though_staying_in_touch_writes_it_down_too(
    as_camille: Client, camille: User, priced: None
) -> None:
    one = keep(camille)
    as_camille.post("/today/decide", {"item": key(one), "decision": "done"})
    kept = Promise.objects.get()
    assert (kept.decision, kept.ref) == (TodayDecision.objects.get(), "")
    assert today_for(camille, now=timezone.now()).day.spent == 5, "and its minutes are counted once"


def test_a_sign_that_was_answered_promised_its_worth_whatever_was_found(
    as_camille: Client, camille: User, priced: None
) -> None:
    sign = replied(keep(camille, due_in=50))
    as_camille.post(f"/keep/signals/{sign.pk}/settle", {"verdict": "nothing"})
    assert [(kept.ref, kept.worth_minor) for kept in Promise.objects.all()] == [(f"nurture.signal:{sign.pk}", 149_500)]


def test_a_contact_nobodys_list_had_promises_nothing(as_camille: Client, camille: User, priced: None) -> None:
    later, mine = keep(camille, due_in=40), keep(camille, "Marc Delvaux")
    as_camille.post(f"/keep/{later.person_id}/logged", {"how": "call"})
    assert not Promise.objects.exists()
    log_touch(deal=None, person=mine.person, channel="call", at=timezone.now(), actor=camille, now=timezone.now())
    assert not Promise.objects.exists()


def test_a_try_is_marked_and_says_why(as_camille: Client, camille: User) -> None:
    wild = prices().rates | {f"deal.ever.{n}.{s}": Rate(0.05, 0.01, 0.11) for n in range(13) for s in range(9)}
    price_list(rates=wild)
    camille.day_minutes = 60
    camille.save()
    for number in range(40):
        keep(camille, f"Person {number}", email=f"p{number}@x.example")
    deals = {f"loop.quiet:{quiet_deal(camille, f'Quiet {n}', 4_000_000).pk}" for n in range(3)}
    tried = [item for item in today_for(camille, now=timezone.now()).fitting if item.explored]
    assert len(tried) == 1
    assert tried[0].key in deals
    page = text(as_camille.get("/today", {"item": tried[0].key}))
    assert "a try Follow up" in page
    assert "A try: on average it does not earn its place today" in page
    as_camille.post("/today/decide", {"item": tried[0].key, "decision": "done"})
    assert Promise.objects.get().explored
    assert listed_for(camille, now=timezone.now()).day.tried == 5
    assert not [item for item in today_for(camille, now=timezone.now()).fitting if item.explored]


def test_a_thousand_people_take_as_many_queries_as_one(
    as_camille: Client, camille: User, priced: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(camille, 2000)
    as_camille.get("/today")
    with django_assert_max_num_queries(52):
        page = as_camille.get("/today")
    listed = page.context["listed"]
    assert (len(listed.fitting), len(listed.waiting), listed.more) == (9, 30, 961)
    assert "961 more can wait; they move up by themselves." in text(page)
    assert len(page.content) < 150_000
    assert nav_counts(camille, now=timezone.now())["today"] == 1000


def test_an_item_further_down_opens_all_the_same(as_camille: Client, camille: User, priced: None) -> None:
    many(camille, 200)
    last = Enrolment.objects.filter(due_on__lte=timezone.localdate()).latest("pk")
    assert key(last) not in keys(camille)
    page = as_camille.get("/today", {"item": key(last)})
    assert page.context["opened"].key == key(last)
    assert as_camille.post("/today/decide", {"item": key(last), "decision": "not_useful"}).status_code == 302


def test_a_conversation_that_leads_nowhere_is_ended_instead_of_followed_up(as_camille: Client, camille: User) -> None:
    low = {ever_code(n, s): Rate(0.001, 0.0005, 0.002, (1, 900), (2, 2000), "own") for n in range(13) for s in range(9)}
    price_list(rates=prices().rates | low)
    deal, now = quiet_deal(camille), timezone.now()
    for days in (50, 45, 40, 35):
        at = now - timedelta(days=days)
        Touch.objects.create(deal=deal, owner=camille, channel="email", direction="out", at=at)
    assert keys(camille) == [f"worth.goodbye:{deal.pk}"]
    page = as_camille.get("/today")
    [row] = page.context["lines"].costing
    assert (row.item.key, row.figure[:2]) == (f"worth.goodbye:{deal.pk}", "−€")
    assert "What going on is worth" in text(page)
    assert "On average it costs more than it returns." in text(page)
    as_camille.post("/today/decide", {"item": f"worth.goodbye:{deal.pk}", "decision": "done"})
    assert not Promise.objects.exists(), "an end promises nothing"


def test_the_command_tells_the_worth_with_its_sum(
    camille: User, priced: None, capsys: pytest.CaptureFixture[str]
) -> None:
    one = keep(camille)
    [item] = json.loads(told(capsys, "--as", camille.email, "--json"))["items"]
    assert (item["key"], item["to_learn"], item["explored"], item["within_minutes"]) == (key(one), False, False, True)
    assert (item["worth"]["value"], item["worth"]["currency"], item["worth"]["leans"]) == (98.0, "EUR", "usual")
    assert [term["figure"] for term in item["worth"]["terms"]] == ["20 in 100", "10 in 100", "€5,000", "€2", "€98"]
    assert "€98" in told(capsys, "--as", camille.email)


def test_the_list_reads_in_french(as_camille: Client, camille: User, priced: None) -> None:
    camille.language = "fr"
    camille.save()
    keep(camille)
    page = as_camille.get("/today").content.decode()
    assert "98\xa0€" in page.replace("\u202f", "\xa0")


def test_a_deal_of_a_hundred_million_does_not_flatten_the_other_ranges(
    as_camille: Client, camille: User, priced: None
) -> None:
    quiet_deal(camille, "Giant", 10_000_000_000)
    for number in range(12):
        keep(camille, f"Person {number}", email=f"p{number}@x.example")
    lines = as_camille.get("/today").context["lines"]
    assert lines.cut
    assert "€1,000,000" not in lines.scale


def test_a_deal_in_another_currency_counts_as_a_usual_sale(camille: User, priced: None) -> None:
    deal = quiet_deal(camille, amount=9_000_000, currency="USD")
    [item] = today_for(camille, now=timezone.now()).items
    assert (item.key, item.worth and item.worth.gross_minor) == (f"loop.quiet:{deal.pk}", 50_000)


def test_a_negative_margin_is_a_cost_and_breaks_nothing(as_camille: Client, camille: User) -> None:
    from tests.loop.priced import GAIN

    price_list(gain=type(GAIN)(-5_000.0, -6_000.0, -4_000.0), share=None, counts_as="margin")
    keep(camille)
    page = as_camille.get("/today")
    assert len(page.context["lines"].costing) == 1
    assert "margin on a sale" in text(page)


def test_the_same_button_pressed_twice_is_one_contact_and_one_promise(camille: User, priced: None) -> None:
    """Both presses found the item on the list, before either was written."""
    deal, now = quiet_deal(camille), timezone.now()
    item = get_item(camille, f"loop.quiet:{deal.pk}", now=now)
    both = [
        follow_up_done(user=camille, deal=deal, item=item, channel="call", now=now + timedelta(seconds=second))
        for second in (0, 1)
    ]
    assert both[0] == both[1]
    assert (Touch.objects.count(), TodayDecision.objects.count(), Promise.objects.count()) == (1, 1, 1)
    later = follow_up_done(user=camille, deal=deal, item=item, channel="call", now=now + timedelta(minutes=1))
    assert later != both[0]
