"""What asking puts on Today: whom to ask, whom to thank, what each is worth, and how few queries it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.base.play import Play
from rebond.deals.models import CloseEvent, Deal, DealPerson, Person
from rebond.learn.models import Invitation
from rebond.loop.models import Promise
from rebond.loop.prices import usual_prices
from rebond.loop.queries import listed_for, nav_counts, opened, today_for
from rebond.mail.actions import suppress
from rebond.numbers.pricing import Rate
from rebond.refer import prices
from rebond.refer.actions import asking
from rebond.refer.actions.registering import Named
from rebond.refer.models import Advocate, Move, Referral, ReferralAsk
from rebond.refer.plays import ask_price
from tests.factories import make_company, make_person
from tests.refer.nos import a_no, letter, talk
from tests.refer.world import introduce
from tests.worth.talks import keep_prices

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def of_kind(user: User, kind: str) -> list[Play]:
    return [item for item in today_for(user, now=timezone.now()).items if item.key.startswith(f"{kind}:")]


@pytest.fixture
def event(deal: Deal) -> CloseEvent:
    return a_no(deal, timezone.now())


def priced(gain: float = 620_000) -> None:
    """Prices of what is usual; a sale brings 6,200."""
    keep_prices(usual_prices("EUR", gain=Rate(gain, gain * 0.8, gain * 1.2, (0, 0), (40, 40), "team"), minute=50.0))


def test_a_no_of_today_asks_for_an_introduction_today(camille: User, event: CloseEvent) -> None:
    (item,) = of_kind(camille, "refer.ask")
    assert (item.who, item.company, item.verb, item.icon) == (
        "Hélène Marchetti", "Groupe Valmy", "Ask for an introduction", "users-plus",
    )  # fmt: skip
    assert item.why == "the reason was outside our control"
    assert item.said.startswith("Said no on")
    assert (item.main.label, item.main.url) == ("Asked", reverse("refer:asked", args=[talk(event).pk]))
    assert [verb.label for verb in item.others if verb.key == "x"] == [
        "it did not feel right", "they would know nobody", "the relation is not there yet", "something else",
    ]  # fmt: skip


def test_the_open_item_says_what_to_say(camille: User, event: CloseEvent) -> None:
    listed = listed_for(camille, now=timezone.now())
    (item,) = of_kind(camille, "refer.ask")
    shown = opened(item, camille, listed, now=timezone.now())
    assert "who do you know that would gain from a conversation with us?" in str(shown.evidence[0].text)
    assert shown.draft is None  # it is a talk


def test_the_letter_is_ready_on_the_list_when_its_day_has_come(as_camille: Client, event: CloseEvent) -> None:
    Invitation.objects.all().delete()
    event.debrief.finished_at = timezone.now() - 10 * DAY
    event.debrief.save()
    ReferralAsk.objects.filter(moment="talk").update(status="excluded", because="too_late")
    ask = letter(event)
    ReferralAsk.objects.filter(pk=ask.pk).update(due_on=timezone.localdate())
    page = as_camille.get(reverse("loop:today"), {"item": f"refer.ask:{ask.pk}"}).content.decode()
    assert "Draft, ready to send" in page
    assert "To forward, as it is or in your own words:" in page
    assert f'action="{reverse("refer:send_ask", args=[ask.pk])}"' in page


def test_one_tap_on_the_list_and_it_is_done(as_camille: Client, camille: User, event: CloseEvent) -> None:
    (item,) = of_kind(camille, "refer.ask")
    answer = as_camille.post(item.main.url, item.main.fields)
    assert answer["Location"] == reverse("loop:today")
    assert of_kind(camille, "refer.ask") == []
    assert [(one.label, one.minutes) for one in listed_for(camille, now=timezone.now()).elsewhere] == [
        ("Hélène Marchetti", 2)
    ]


def test_the_rules_are_looked_at_again_when_the_list_is_made(camille: User, helene: Person, event: CloseEvent) -> None:
    suppress(address=helene.email, scope="referral", why="asked", source="test", actor=None, now=timezone.now())
    assert of_kind(camille, "refer.ask") == []
    assert talk(event).status == "planned"  # looking writes nothing


def test_an_ask_is_worth_an_introduction_times_a_sale_less_the_work(camille: User, event: CloseEvent) -> None:
    priced()
    (item,) = of_kind(camille, "refer.ask")
    assert item.worth is not None
    assert 500_000 * 0.15 * 0.13 < item.worth.value_minor < 620_000 * 0.15 * 0.13
    listed = listed_for(camille, now=timezone.now())
    worth = opened(item, camille, listed, now=timezone.now()).worth
    assert worth is not None
    assert [str(term.label) for term in worth.terms][:2] == ["introduces somebody", "of those introduced buy"]
    assert "usual figures" in str(worth.cases)


def test_cases_are_asks(camille: User, event: CloseEvent) -> None:
    from rebond.findings.worth import cases_of

    known = usual_prices("EUR", gain=Rate(620_000.0, 5e5, 7e5, (0, 0), (9, 9), "own"))
    known.rates["refer.introduces"] = Rate(0.22, 0.1, 0.3, (2, 9), (10, 50), "own")
    price = ask_price(known, 2)
    assert price is not None
    assert cases_of(price, "refer.ask").startswith("Learned from 9 asks of yours and 41 of others in your team.")


def test_what_an_ask_promises_is_followed_by_the_funnel_and_not_by_the_list(
    as_camille: Client, camille: User, event: CloseEvent
) -> None:
    priced()
    (item,) = of_kind(camille, "refer.ask")
    as_camille.post(reverse("loop:decide"), {"item": item.key, "decision": "done"})
    assert Promise.objects.count() == 0


def test_an_introduction_that_happened_asks_for_thanks(camille: User, as_camille: Client, event: CloseEvent) -> None:
    now = timezone.now()
    (named,) = asking.named(
        ask=talk(event), people=[Named("Paul Roux", "paul@lumen.example", company_name="Lumen Habitat")],
        channel="call", actor=camille, now=now,
    )  # fmt: skip
    assert of_kind(camille, "refer.thank") == []
    introduce(named, now)
    (item,) = of_kind(camille, "refer.thank")
    assert (item.who, item.icon, item.why) == ("Hélène Marchetti", "gift", "they introduced Paul Roux")
    counts = nav_counts(camille, now=timezone.now())
    assert counts["advocates"] == 1
    page = as_camille.get(reverse("loop:today"), {"item": item.key}).content.decode()
    assert "Thank you for introducing us to Paul Roux" in page
    as_camille.post(item.main.url, item.main.fields)
    assert of_kind(camille, "refer.thank") == []
    assert "Hélène Marchetti" in [one.label for one in listed_for(camille, now=timezone.now()).elsewhere]


def test_the_count_beside_advocates_is_what_waits_there(camille: User, nadia: User, event: CloseEvent) -> None:
    now = timezone.now()
    assert nav_counts(camille, now=now)["advocates"] == 1
    assert nav_counts(nadia, now=now)["advocates"] == 0
    asking.mark_asked(ask=talk(event), channel="call", actor=camille, now=now)
    assert nav_counts(camille, now=timezone.now())["advocates"] == 0


# ---- prices from the records


def test_chances_are_counted_by_whose_they_are_once_their_time_is_over(
    camille: User, helene: Person, now: datetime
) -> None:
    advocate = Advocate.objects.create(person=helene, owner=camille, team=camille.team, since=now)

    def asked(days: int, *moves: tuple[str, int]) -> None:
        at = now - days * DAY
        ask = ReferralAsk.objects.create(
            person=helene, owner=camille, team=camille.team, moment="talk", planned_at=at, asked_at=at, status="asked"
        )
        made = Referral.objects.create(
            advocate=advocate, ask=ask, owner=camille, team=camille.team, state=moves[-1][0] if moves else "asked",
            state_at=at, created_at=at,
        )  # fmt: skip
        for number, (state, after) in enumerate(moves, 1):
            Move.objects.create(referral=made, number=number, to_state=state, at=at + after * DAY)

    asked(400, ("introduced", 10), ("won", 100))
    asked(500, ("introduced", 91))  # too late for the ask, not for a sale
    asked(95)
    asked(20, ("introduced", 2))  # too young to count
    mine = (camille.pk, camille.team_id)
    counts = prices.counts(now=now)
    assert counts["refer.introduces"] == {mine: (1, 3)}
    assert counts["refer.buys"] == {mine: (1, 2)}
    assert counts["refer.again"] == {mine: (1, 2)}


#: Naive ones would do for the arithmetic; the rules want a zone.
moments = st.integers(0, 500 * 24).map(lambda hours: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours))


@given(st.lists(st.tuples(moments, st.none() | moments), max_size=12), moments)
def test_no_case_counts_before_its_time_and_none_succeeds_late(
    rows: list[tuple[datetime, datetime | None]], now: datetime
) -> None:
    cases = [prices.Case((1, None), at, came) for at, came in rows]
    found = prices.in_time(cases, 90 * DAY, now).get((1, None), (0, 0))
    over = [(at, came) for at, came in rows if at + 90 * DAY <= now]
    good = [one for one in over if one[1] is not None and one[1] - one[0] <= 90 * DAY]
    assert found == (len(good), len(over))


def test_a_new_price_list_holds_the_chances_of_asking() -> None:
    rates = usual_prices("EUR").rates
    assert rates["refer.introduces"].value == 0.15
    assert rates["refer.buys"].value == 0.13
    assert all(usual.source for usual in prices.USUAL.values())


# ---- many


def many(camille: User, count: int) -> None:
    """So many noes of Camille's, each with somebody to ask in the talk today."""
    now, today = timezone.now(), timezone.localdate()
    firm = make_company("Many")
    stamp = {"created_at": now, "updated_at": now}
    people = Person.objects.bulk_create(
        Person(name=f"Buyer {n}", email=f"b{n}@many.example", company=firm, **stamp) for n in range(count)
    )
    deals = Deal.objects.bulk_create(
        Deal(name=f"Deal {n}", owner=camille, team=camille.team, company=firm, outcome="lost", closed_at=now, **stamp)
        for n in range(count)
    )
    DealPerson.objects.bulk_create(
        DealPerson(deal=deal, person=person, met_at=now) for deal, person in zip(deals, people, strict=True)
    )
    events = CloseEvent.objects.bulk_create(
        CloseEvent(deal=deal, outcome="lost", closed_at=now, recorded_at=now, source="screen") for deal in deals
    )
    ReferralAsk.objects.bulk_create(
        ReferralAsk(
            close_event=event, deal=deal, person=person, owner=camille, team=camille.team, moment="talk",
            planned_at=now, due_on=today, until_on=today,
        )
        for event, deal, person in zip(events, deals, people, strict=True)
    )  # fmt: skip


def test_a_thousand_asks_take_no_more_questions_than_one(as_camille: Client, camille: User) -> None:
    priced()

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            page = as_camille.get(reverse("loop:today"))
        assert "Ask for an introduction" in page.content.decode()
        return len(taken)

    many(camille, 2)
    queries()
    few = queries()
    many(camille, 1_000)
    assert queries() == few
    assert few <= 75
    assert nav_counts(camille, now=timezone.now())["advocates"] == 1_002


def test_without_anybody_to_ask_the_list_asks_one_question_more(camille: User) -> None:
    from rebond.refer import plays

    with CaptureQueriesContext(connection) as taken:
        assert plays.candidates(user=camille, now=timezone.now(), prices=usual_prices("EUR")) == []
    assert len(taken) == 1


def test_a_person_of_todays_list_is_a_link_away(as_camille: Client, event: CloseEvent) -> None:
    page = as_camille.get(reverse("loop:today"), {"item": f"refer.ask:{talk(event).pk}"}).content.decode()
    assert reverse("refer:ask", args=[talk(event).pk]) + "#named" in page
    assert "Not useful" not in page  # "not this time" takes its place


def test_a_stranger_named_like_an_item_is_not_found(as_yanis: Client, event: CloseEvent) -> None:
    page = as_yanis.get(reverse("loop:today"), {"item": f"refer.ask:{talk(event).pk}"}).content.decode()
    assert "Hélène" not in page
    assert make_person("Nobody").name not in page
