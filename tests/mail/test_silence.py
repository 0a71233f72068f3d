"""Who gets nothing and why: seen by leads, changed by administrators, and never against a person's own word."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import AuditEntry
from rebond.deals.models import Deal, Person
from rebond.mail import actions
from rebond.mail.actions import wishes
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Suppression, Wish
from rebond.mail.rights import silenced
from rebond.mail.rights.tokens import Holder
from tests.factories import THEN
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

HELENE = "helene@valmy.example"


def silence(now: datetime, why: str = "operator", address: str = HELENE, scope: str = "all") -> Suppression:
    return actions.suppress(address=address, scope=scope, why=why, source="test", actor=None, now=now)


def test_leads_read_and_sellers_do_not(
    as_camille: Client, as_nadia: Client, as_admin: Client, helene: Person, deal: Deal, now: datetime
) -> None:
    kept = silence(now)
    assert [status(one, "get", "/silence") for one in (as_camille, as_nadia, as_admin)] == [403, 200, 200]
    for one in (as_camille, as_nadia):
        assert one.post("/silence", {"address": "a@b.example", "scope": "all"}).status_code == 403
    lifts = [status(one, "post", f"/silence/{kept.pk}/lift") for one in (as_camille, as_nadia)]
    assert lifts == [404, 403]
    assert_wrong_method(as_admin, f"/silence/{kept.pk}/lift", "post")
    assert_signed_out_is_sent_to_sign_in("/silence")
    assert_signed_out_is_sent_to_sign_in(f"/silence/{kept.pk}/lift", "post")
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_it_shows_the_name_where_a_record_has_the_address_and_never_the_address(
    as_admin: Client, helene: Person, now: datetime
) -> None:
    silence(now)
    silence(now, address="gone@valmy.example")
    page = as_admin.get("/silence").text
    assert "Hélène Marchetti" in page
    assert fingerprint("gone@valmy.example")[:8] in page
    assert HELENE not in page
    assert "2 addresses get nothing" in page


def test_an_administrator_adds_and_lifts_what_is_ours(as_admin: Client) -> None:
    assert as_admin.post("/silence", {"address": " New@Valmy.example ", "scope": "feedback"}).status_code == 302
    kept = Suppression.objects.get()
    assert (kept.fingerprint, kept.scope, kept.why) == (fingerprint("new@valmy.example"), "feedback", "operator")
    assert as_admin.post(f"/silence/{kept.pk}/lift").status_code == 302
    assert as_admin.post(f"/silence/{kept.pk}/lift").status_code == 409
    assert as_admin.post("/silence/999/lift").status_code == 404
    for wrong in ({"address": "nowhere", "scope": "all"}, {"address": "a@b.example", "scope": "some"}):
        assert as_admin.post("/silence", wrong).status_code == 400
    assert not Suppression.objects.filter(lifted_at=None).exists()


@pytest.mark.parametrize("why", ["asked", "complained", "erased"])
def test_what_a_person_said_is_lifted_only_after_they_agreed_anew(
    as_admin: Client, helene: Person, now: datetime, why: str
) -> None:
    kept = silence(now, why)
    evidence = {"person": helene, "use": "keep_in_touch", "evidence": "wrote to us", "source": "typed", "actor": None}
    actions.note_basis(ground="legitimate_interest", obtained_at=now + timedelta(days=1), now=now, **evidence)  # type: ignore[arg-type]
    actions.note_basis(ground="consent", obtained_at=now - timedelta(days=1), now=now, **evidence)  # type: ignore[arg-type]
    refused = as_admin.post(f"/silence/{kept.pk}/lift")
    assert refused.status_code == 409
    assert "agreed to hear from you again" in refused.text
    actions.note_basis(ground="consent", obtained_at=now + timedelta(days=1), now=now, **evidence)  # type: ignore[arg-type]
    assert as_admin.post(f"/silence/{kept.pk}/lift").status_code == 302
    kept.refresh_from_db()
    assert kept.lifted_at is not None


def test_requests_wait_until_somebody_answered(
    as_admin: Client, as_nadia: Client, helene: Person, now: datetime
) -> None:
    wishes.ask(holder=Holder(fingerprint(HELENE), "all"), what="copy", now=now)
    page = as_admin.get("/silence").text
    assert "1 person waits for an answer" in page
    wish = Wish.objects.get()
    answered = {"do": "answered", "wish": wish.pk, "what": "copy"}
    assert as_nadia.post("/silence", answered).status_code == 403
    assert as_admin.post("/silence", answered | {"what": "money"}).status_code == 400
    assert as_admin.post("/silence", answered | {"wish": "x"}).status_code == 404
    assert as_admin.post("/silence", answered).status_code == 302
    wish.refresh_from_db()
    assert wish.copy_asked_at is None
    assert AuditEntry.objects.filter(verb="mail.copy_answered").count() == 1


def test_what_runs_out_within_thirty_days_is_shown_and_the_rest_is_not(as_admin: Client, helene: Person) -> None:
    from django.utils import timezone

    now = timezone.now()
    basis = actions.note_basis(
        person=helene, use="keep_in_touch", ground="legitimate_interest", evidence="an old talk", source="typed",
        obtained_at=now, actor=None, now=now,
    )  # fmt: skip
    assert "an old talk" not in as_admin.get("/silence").text
    Basis.objects.filter(pk=basis.pk).update(expires_at=now + timedelta(days=29))
    page = as_admin.get("/silence").text
    assert "an old talk" in page
    assert "1 basis runs out within thirty days" in page


def test_whoever_listens_hears_of_every_silence(helene: Person, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(silenced, "_LISTENERS", [lambda one, _now: heard.append((one.scope, one.why))])
    silence(now, "bounced")
    wishes.stop(holder=Holder(fingerprint(HELENE), "keep_in_touch"), source="one-click", now=now)
    assert heard == [("all", "bounced"), ("keep_in_touch", "asked")]


def test_a_thousand_silences_take_the_same_few_questions(
    as_admin: Client, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = [
        Person(name=f"Person {n}", email=f"p{n}@valmy.example", created_at=THEN, updated_at=THEN) for n in range(1000)
    ]
    Person.objects.bulk_create(people)
    Suppression.objects.bulk_create(
        Suppression(fingerprint=fingerprint(one.email), scope="all", why="asked", source="x", at=now) for one in people
    )
    with django_assert_max_num_queries(25):
        page = as_admin.get("/silence")
    assert "1000 addresses get nothing" in page.text.replace(",", "")
    assert len(page.context["rows"]) == 50
    assert all(person is not None for _one, person, _said, _liftable in page.context["rows"])
