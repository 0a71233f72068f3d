"""Which ground lets us write, where, and until when; noted with evidence, renewed by the person's own act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from rebond.accounts.models import User
from rebond.base.errors import RebondError
from rebond.deals.models import Deal, Person
from rebond.mail import actions, queries
from rebond.mail.addresses import fingerprint
from rebond.mail.models import Basis, Ground, InterestRecord, Use
from rebond.mail.rights import basis as rules
from rebond.mail.rights.countries import code_of
from tests.factories import make_company, make_person
from tests.walks import assert_signed_out_is_sent_to_sign_in, assert_wrong_method, status

HELENE = "helene@valmy.example"
SECONDS = st.integers(946_684_800, 3_786_912_000)  # from 2000 to 2090


def noted(person: Person, now: datetime, **fields: object) -> Basis:
    values: dict[str, object] = {
        "use": "keep_in_touch", "ground": "legitimate_interest", "evidence": "talked about Maintenance",
        "source": "close", "obtained_at": now,
    }  # fmt: skip
    return actions.note_basis(person=person, actor=None, now=now, **(values | fields))  # type: ignore[arg-type]


def in_country(country: str) -> Person:
    company = make_company(f"Firm {country}", country=country)
    return make_person("Someone", company=company, email=f"someone@{code_of(country).lower() or 'no'}.example")


@pytest.mark.parametrize(
    ("ground", "country", "years"),
    [
        ("legitimate_interest", "FR", 3),
        ("legitimate_interest", "", 3),
        ("consent", "FR", 3),
        ("customer", "DE", 3),
        ("casl_purchase", "CA", 2),
    ],
)
def test_each_ground_has_its_years(ground: str, country: str, years: int) -> None:
    march = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
    assert rules.expires(ground, march, None, country) == march.replace(year=2026 + years)


def test_an_enquiry_in_canada_lasts_six_months_whatever_they_do_next() -> None:
    august = datetime(2026, 8, 31, tzinfo=UTC)
    expected = datetime(2027, 2, 28, tzinfo=UTC)
    assert rules.expires("casl_enquiry", august, august + timedelta(days=90), "CA") == expected


@given(st.sampled_from(Ground.values), SECONDS, st.integers(0, 9000), st.sampled_from(["", "FR", "CA", "US"]))
def test_nothing_runs_out_before_it_began_and_an_own_act_never_shortens(
    ground: str, second: int, later: int, country: str
) -> None:
    began = datetime.fromtimestamp(second, UTC)
    plain = rules.expires(ground, began, None, country)
    renewed = rules.expires(ground, began, began + timedelta(days=later), country)
    assert (plain is None) == (renewed is None)
    if plain is not None:
        assert renewed is not None
        assert began < plain <= renewed


@given(st.text(max_size=60))
def test_any_text_for_a_country_is_a_code_or_nothing(text: str) -> None:
    assert len(code_of(text)) in (0, 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Frankreich", "FR"), ("Canada", "CA"), ("Kanada", "CA"), ("Suisse", "CH"), ("The Moon", ""), ("uk", "GB"),
     ("Estados Unidos", "US"), ("FR", "FR"), ("  belgique ", "BE"), ("Great Britain", "GB")],
)  # fmt: skip
def test_countries_are_known_in_four_languages(text: str, code: str) -> None:
    assert code_of(text) == code


def test_of_several_the_one_that_lasts_longest_counts(helene: Person, now: datetime) -> None:
    noted(helene, now, obtained_at=now - timedelta(days=400))
    consent = noted(helene, now, ground="consent", evidence="signed the card at the fair")
    assert queries.basis_for([HELENE, "x@valmy.example"], "keep_in_touch", now) == {HELENE: consent}
    assert queries.basis_for([HELENE], "feedback", now) == {}


def test_nothing_is_claimed_at_or_after_the_last_moment(helene: Person, now: datetime) -> None:
    basis = noted(helene, now)
    last = basis.expires_at
    assert last is not None
    assert queries.basis_for([HELENE], "keep_in_touch", last - timedelta(seconds=1)) == {HELENE: basis}
    assert queries.basis_for([HELENE], "keep_in_touch", last) == {}


def test_our_interest_does_not_count_in_canada_even_when_another_record_has_no_country(db: None, now: datetime) -> None:
    canadian = in_country("Canada")
    twin = make_person("Same address", email=canadian.email)
    noted(twin, now)
    assert queries.basis_for([canadian.email], "keep_in_touch", now) == {}
    with pytest.raises(RebondError) as refused:
        noted(canadian, now)
    assert refused.value.code == "ground_not_there"
    enquiry = noted(canadian, now, ground="casl_enquiry")
    assert queries.basis_for([canadian.email], "keep_in_touch", now) == {canadian.email: enquiry}
    assert queries.basis_for([canadian.email], "keep_in_touch", now + timedelta(days=190)) == {}


def test_an_offices_address_in_france_needs_none(db: None, now: datetime) -> None:
    french = make_person("Reception", company=make_company("A", country="France"), email="info@a.example")
    other = make_person("Reception", company=make_company("B", country="Germany"), email="info@b.example")
    assert list(queries.basis_for([french.email, other.email], "keep_in_touch", now)) == [french.email]


@pytest.mark.parametrize(
    ("missing", "code"), [({"evidence": " "}, "basis_needs_evidence"), ({}, "basis_needs_address")]
)
def test_a_basis_needs_an_address_and_its_evidence(
    helene: Person, now: datetime, missing: dict[str, str], code: str
) -> None:
    if not missing:
        helene.email = ""
    with pytest.raises(RebondError) as refused:
        noted(helene, now, **missing)
    assert refused.value.code == code
    assert not Basis.objects.exists()


def test_newer_evidence_renews_the_row_and_older_changes_nothing(helene: Person, now: datetime) -> None:
    first = noted(helene, now)
    older = noted(helene, now, obtained_at=now - timedelta(days=9), evidence="older")
    newer = noted(helene, now, obtained_at=now + timedelta(days=9), evidence="newer")
    assert first.pk == older.pk == newer.pk
    assert Basis.objects.get().evidence == "newer"


def test_an_own_act_renews_and_a_withdrawn_one_stays_withdrawn(helene: Person, now: datetime) -> None:
    basis, other = noted(helene, now), noted(helene, now, use="feedback")
    actions.withdraw_basis(basis=other, actor=None, now=now)
    later = now + timedelta(days=100)
    assert actions.touch_basis(fingerprint=fingerprint(HELENE), at=later) == 1
    assert actions.touch_basis(fingerprint=fingerprint(HELENE), at=later) == 0
    basis.refresh_from_db()
    other.refresh_from_db()
    assert basis.expires_at == rules.months_after(later, 36)
    assert (other.obtained_at, other.withdrawn_at) == (now, now)


def test_the_first_mail_that_tells_of_the_right_is_kept(helene: Person, now: datetime) -> None:
    noted(helene, now)
    mark = fingerprint(HELENE)
    assert actions.note_told(fingerprint=mark, use="keep_in_touch", now=now + timedelta(days=1)) == 1
    assert actions.note_told(fingerprint=mark, use="keep_in_touch", now=now + timedelta(days=2)) == 0
    assert Basis.objects.get().told_at == now + timedelta(days=1)


def test_a_thousand_addresses_take_two_questions(
    helene: Person, now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    noted(helene, now)
    with django_assert_num_queries(2):
        found = queries.basis_for([HELENE, *(f"a{n}@valmy.example" for n in range(999))], "keep_in_touch", now)
    assert list(found) == [HELENE]


def test_a_seller_enters_and_withdraws_a_basis(as_camille: Client, helene: Person, deal: Deal) -> None:
    path = f"/people/{helene.pk}/basis"
    sent = {"use": "keep_in_touch", "ground": "consent", "evidence": "Said so by phone", "obtained_on": "2026-03-12"}
    assert as_camille.post(path, sent).status_code == 302
    basis = Basis.objects.get()
    assert (basis.ground, basis.source, basis.obtained_at.date().isoformat()) == ("consent", "typed", "2026-03-12")
    assert as_camille.post(f"/basis/{basis.pk}/withdraw").status_code == 302
    assert as_camille.post(f"/basis/{basis.pk}/withdraw").status_code == 409
    days = [{"obtained_on": day} for day in ("soon", "0001-01-01", "9999-12-31")]
    for wrong in ({"use": "x"}, {"ground": "x"}, {"evidence": ""}, *days):
        assert as_camille.post(path, sent | wrong).status_code == 400
    assert Basis.objects.count() == 1


def test_another_teams_seller_and_a_visitor_enter_nothing(
    as_camille: Client, as_yanis: Client, helene: Person, deal: Deal, now: datetime
) -> None:
    basis = noted(helene, now)
    for path in (f"/people/{helene.pk}/basis", f"/basis/{basis.pk}/withdraw"):
        assert status(as_yanis, "post", path) == 404
        assert_wrong_method(as_camille, path, "post")
        assert_signed_out_is_sent_to_sign_in(path, "post")
    basis.refresh_from_db()
    assert basis.withdrawn_at is None


def test_the_balance_of_a_use_is_rewritten_by_versions_and_exported(
    as_admin: Client, as_nadia: Client, as_camille: Client, admin_user: User
) -> None:
    assert "We want to stay useful" in as_nadia.get("/interest").text
    new = {"use": "keep_in_touch", "interest": "Ours", "need": "Needed", "balance": "Fair"}
    assert as_admin.post("/interest", new).status_code == 302
    assert as_admin.post("/interest", new | {"need": " "}).status_code == 400
    assert as_admin.post("/interest", new | {"use": "spam"}).status_code == 400
    record = InterestRecord.objects.get()
    assert (record.version, record.interest, record.by) == (2, "Ours", admin_user)
    exported = as_nadia.get("/interest?export=json").json()
    assert [one["use"] for one in exported["records"]] == list(Use.values)
    assert exported["records"][1]["version"] == 2
    assert [one["version"] for one in exported["earlier"]] == [2]


def test_the_balance_is_not_every_bodys_to_change(as_nadia: Client, as_camille: Client) -> None:
    assert [status(as_camille, "get", "/interest"), status(as_nadia, "post", "/interest")] == [403, 403]
    assert_signed_out_is_sent_to_sign_in("/interest")
    assert not InterestRecord.objects.exists()
