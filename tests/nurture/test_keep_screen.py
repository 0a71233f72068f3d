"""Stay in touch: who said no and should hear from me, with what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.deals.models import Outcome
from rebond.mail.actions import suppress
from rebond.mail.models import Scope, Why
from rebond.nurture.actions.library import PieceFields, add_piece
from rebond.nurture.models import Enrolment, Standing
from tests.factories import make_closed_deal, make_company, make_deal, make_person, make_touch
from tests.nurture.people import keep, many, replied
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

pytestmark = pytest.mark.django_db


def text(page: Any) -> str:
    return str(page.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def names(page: Any, where: str = "due") -> list[str]:
    return [line.enrolment.person.name for line in getattr(page.context["listed"], where)]


def test_without_anybody_it_says_what_will_come(as_camille: Client) -> None:
    page = text(as_camille.get("/keep"))
    assert "No one said no yet. They will; we keep them here." in page
    assert "/keep/noes" not in page


def test_the_headline_counts_in_words(as_camille: Client, camille: User) -> None:
    keep(camille, "Marc Delvaux")
    keep(camille, "Anna Keller", due_in=20)
    replied(keep(camille, "Tom Whitfield", due_in=40))
    headline = as_camille.get("/keep").context["listed"].headline
    assert headline == "3 people said no and are in touch; 1 is due, 1 looks ready"


def test_signs_come_before_who_is_due_before_the_months(as_camille: Client, camille: User) -> None:
    keep(camille, "Marc Delvaux")
    keep(camille, "Anna Keller", due_in=45)
    replied(keep(camille, "Tom Whitfield", due_in=60), "Budget is decided")
    page = as_camille.get("/keep")
    shown = text(page)
    assert shown.index("they replied: “Budget is decided”") < shown.index("Marc Delvaux") < shown.index("Anna Keller")
    assert names(page) == ["Marc Delvaux"]
    assert sum(len(month.lines) for month in page.context["listed"].months) == 2


def test_who_is_due_comes_with_a_piece_and_why(as_camille: Client, camille: User) -> None:
    said = PieceFields(
        title="Comparing two offers", kind="template", language="en", summary="Side by side.", text="A sheet",
        reasons=("price_vs_alternative",),
    )  # fmt: skip
    add_piece(said=said, actor=camille, now=timezone.now())
    keep(camille, "Marc Delvaux")
    [line] = as_camille.get("/keep").context["listed"].due
    assert line.piece == "Comparing two offers"
    assert line.piece_why
    assert "Comparing two offers" in text(as_camille.get("/keep"))


@pytest.mark.parametrize(
    ("days_since", "due_in", "band", "label"),
    [(20, 40, "not_yet", "not yet"), (100, 0, "good", "a good moment"), (400, 0, "silent", "long silence")],
)
def test_bands_are_a_shape_and_a_word(
    as_camille: Client, camille: User, days_since: int, due_in: int, band: str, label: str
) -> None:
    one = keep(camille, due_in=due_in)
    last = timezone.now() - timedelta(days=days_since)
    state = {"started_at": last, "touched_at": last, "step": 2, "due_because": "interval", "close_event": None}
    Enrolment.objects.filter(pk=one.pk).update(**state)
    listed = as_camille.get("/keep").context["listed"]
    lines = [*listed.due, *(line for month in listed.months for line in month.lines)]
    assert [(line.band, line.band_label) for line in lines] == [(band, label)]
    assert f'band-of {band}"><span class="sr">{label}' in text(as_camille.get("/keep"))


def test_nothing_on_the_page_is_overdue(as_camille: Client, camille: User) -> None:
    one = keep(camille)
    Enrolment.objects.filter(pk=one.pk).update(due_on=timezone.localdate() - timedelta(days=200))
    assert "overdue" not in text(as_camille.get("/keep")).lower()


def test_whom_nothing_may_be_sent_to_is_grey_with_the_reason_and_without_write(
    as_camille: Client, camille: User
) -> None:
    one = keep(camille, "Marc Delvaux", may=False)
    page = text(as_camille.get("/keep"))
    assert "keep-row mute" in page
    assert "Nothing lets us write to them any more" in page
    assert f"/keep/{one.person_id}/note" not in page
    assert f'action="/keep/{one.person_id}/logged"' in page  # calling is possible instead


def test_one_who_asks_for_silence_leaves_the_list(as_camille: Client, camille: User) -> None:
    one = keep(camille, "Marc Delvaux")
    now = timezone.now()
    suppress(address=one.person.email, scope=Scope.KEEP_IN_TOUCH, why=Why.ASKED, source="test", actor=None, now=now)
    page = text(as_camille.get("/keep"))
    assert f"/keep/{one.person_id}/note" not in page


def test_add_to_today_makes_them_due(as_camille: Client, camille: User) -> None:
    one = keep(camille, due_in=45)
    assert as_camille.post(f"/keep/{one.person_id}/day", {"until": "today", "next": "/keep"}).status_code == 302
    one.refresh_from_db()
    assert one.due_because == "chosen"
    assert one.due_on is not None
    assert timezone.localdate() <= one.due_on <= timezone.localdate() + timedelta(days=5)  # a weekend is passed over


@pytest.mark.parametrize(("until", "days"), [("week", 7), ("month", 30), ("quarter", 91)])
def test_later_chooses_the_day(as_camille: Client, camille: User, until: str, days: int) -> None:
    one = keep(camille)
    as_camille.post(f"/keep/{one.person_id}/day", {"until": until})
    one.refresh_from_db()
    assert one.due_on is not None
    assert days <= (one.due_on - timezone.localdate()).days <= days + 5
    assert names(as_camille.get("/keep")) == []


def test_later_without_a_day_changes_nothing(as_camille: Client, camille: User) -> None:
    one = keep(camille)
    assert as_camille.post(f"/keep/{one.person_id}/day", {"until": "day", "day": "soon"}).status_code == 400
    assert Enrolment.objects.get(pk=one.pk).due_on == one.due_on


def test_a_seller_sees_their_own_and_a_lead_the_team(
    as_camille: Client, as_nadia: Client, as_admin: Client, camille: User, nadia: User, yanis: User
) -> None:
    for user, name in ((camille, "Marc Delvaux"), (nadia, "Anna Keller"), (yanis, "Tom Whitfield")):
        keep(user, name)
    assert names(as_camille.get("/keep")) == ["Marc Delvaux"]
    assert names(as_camille.get(f"/keep?who={camille.team_id}")) == ["Marc Delvaux"]
    assert names(as_nadia.get("/keep")) == ["Anna Keller"]
    assert names(as_nadia.get(f"/keep?who={camille.team_id}")) == ["Marc Delvaux", "Anna Keller"]
    assert names(as_nadia.get(f"/keep?who={yanis.team_id}")) == ["Anna Keller"]  # not her team: her own list
    assert names(as_admin.get(f"/keep?who={yanis.team_id}")) == ["Tom Whitfield"]


@pytest.mark.parametrize(("standing", "words"), [("paused", "One of us paused it"), ("ended", "Its time is over")])
def test_who_rests_and_with_whom_it_is_over_stand_apart(
    as_camille: Client, camille: User, standing: str, words: str
) -> None:
    one = keep(camille, "Marc Delvaux")
    rests = {"paused": {"paused_because": "by_hand"}, "ended": {"ended_because": "over", "ended_at": timezone.now()}}
    Enrolment.objects.filter(pk=one.pk).update(status=standing, due_on=None, **rests[standing])
    page = text(as_camille.get(f"/keep?show={standing}"))
    assert "Marc Delvaux" in page
    assert words in page


def test_a_thousand_people_take_few_queries_and_a_light_page(
    as_camille: Client, camille: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many(camille, 1000)
    as_camille.get("/keep")
    with django_assert_max_num_queries(45):
        page = as_camille.get("/keep")
    assert len(names(page)) == 40
    assert page.context["listed"].counts["due"] == 500
    assert len(page.content) < 250_000


def test_ten_people_take_as_many_queries_as_three_hundred(as_camille: Client, camille: User) -> None:
    def count() -> int:
        as_camille.get("/keep")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            as_camille.get("/keep")
        return len(seen)

    many(camille, 10)
    few = count()
    many(camille, 300)
    assert count() <= few + 1


def test_what_they_missed_is_there(as_nadia: Client, as_camille: Client, camille: User) -> None:
    one = keep(camille, "Marc Delvaux", due_in=90, waits_for="Sunday call-out", cadence="missing")
    assert "Sunday call-out" in text(as_camille.get("/keep"))
    assert as_camille.post("/keep/shipped", {"feature": "Sunday call-out"}).status_code == 403
    assert as_nadia.post("/keep/shipped", {"feature": "Sunday call-out"}).status_code == 302
    one.refresh_from_db()
    assert (one.due_because, one.due_on is not None and one.due_on < timezone.localdate() + timedelta(days=6)) == (
        "shipped", True,
    )  # fmt: skip


# ---- noes that came before


def earlier_no(owner: User, name: str, **person: Any) -> None:
    firm = make_company(f"{name} & Co")
    buyer = make_person(name, company=firm, **({"email": f"{name.lower()}@before.example"} | person))
    at = timezone.now() - timedelta(days=200)
    make_closed_deal(Outcome.LOST, owner=owner, closed_at=at, company=firm, people={buyer: "decision_maker"})


def test_earlier_noes_are_counted_per_seller_before_anything_begins(
    as_nadia: Client, camille: User, nadia: User
) -> None:
    for number in range(7):
        earlier_no(camille, f"Buyer{number}")
    earlier_no(nadia, "Other")
    earlier_no(camille, "Unreachable", email="")
    found = as_nadia.get("/keep/noes?per_day=3").context
    assert found["found"].sellers == (("Camille Aubry", 7), ("Nadia Belkacem", 1))
    assert (found["found"].people, found["weeks"]) == (8, 1)
    assert Enrolment.objects.count() == 0


def test_the_empty_page_offers_to_bring_them_in(as_camille: Client, camille: User) -> None:
    earlier_no(camille, "Buyer")
    page = text(as_camille.get("/keep"))
    assert "1 person said no before you came here." in page
    assert "/keep/noes" in page


def test_bringing_them_in_gives_each_a_day_and_sends_nothing(as_camille: Client, camille: User, nadia: User) -> None:
    for number in range(4):
        earlier_no(camille, f"Buyer{number}")
    earlier_no(nadia, "Hers")
    assert as_camille.post("/keep/noes", {"per_day": "3"}).status_code == 302
    begun = Enrolment.objects.filter(status=Standing.ACTIVE)
    assert begun.count() == 4
    assert {one.owner for one in begun} == {camille}
    assert all(one.due_on is not None for one in begun)
    assert as_camille.get("/keep/noes").context["found"].people == 0


def test_every_door_of_the_list(as_camille: Client, as_yanis: Client, camille: User) -> None:
    one = keep(camille)
    for path, right in (("/keep", "get"), ("/keep/shipped", "post"), (f"/keep/{one.person_id}/day", "post")):
        assert_wrong_method(as_camille, path, right)
        assert_signed_out_is_sent_to_sign_in(path, right)
    assert_signed_out_is_sent_to_sign_in("/keep/noes")
    assert as_camille.put("/keep/noes").status_code == 405
    assert status(as_yanis, "post", f"/keep/{one.person_id}/day") == 404
    assert names(as_yanis.get("/keep")) == []


def test_what_another_team_noted_on_its_own_deal_is_not_shown_as_evidence(
    as_camille: Client, camille: User, yanis: User
) -> None:
    one = keep(camille)
    theirs = make_deal("Roof of the South", owner=yanis, people={one.person: "user"}, outcome="lost")
    make_touch(theirs, person=one.person, at=timezone.now() - timedelta(days=2), note="They are in trouble")
    assert "They are in trouble" not in as_camille.get("/keep").text
    assert "They are in trouble" not in as_camille.get("/today", follow=True).text
    assert "They are in trouble" not in as_camille.get(f"/keep/{one.person_id}").text
    make_touch(one.deal, person=one.person, at=timezone.now() - timedelta(days=1), note="Call back in June")
    assert "Call back in June" in as_camille.get("/today", follow=True).text
