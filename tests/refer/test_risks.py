"""Self-referrals are flagged, all of them; honest introductions that look alike get one flag at most, most get none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import User
from rebond.base.errors import Conflict
from rebond.deals.models import Deal, Person
from rebond.refer import risks
from rebond.refer.actions.advocates import advocate_of, save_payee
from rebond.refer.actions.flags import look, look_at_all
from rebond.refer.actions.registering import Named, name_someone
from rebond.refer.models import Referral, RiskFlag
from rebond.refer.payee import Payee
from tests.factories import make_company, make_deal, make_person, make_user

IBAN = "FR7630006000011234567890189"


@dataclass
class Case:
    """Who introduces whom, and what else there is about it.

    ``advocate``, ``named``: what differs from Hélène at Groupe Valmy (France), who names Paul Roux of Lumen Habitat.
    """

    title: str
    codes: tuple[str, ...] = ()
    advocate: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    also: Callable[[Referral, User, datetime], None] | None = None


# ---- what else there may be about it


def _pays(person: Person, payee: Payee, camille: User, now: datetime) -> None:
    advocate = advocate_of(person=person, owner=camille, actor=camille, now=now)
    save_payee(advocate=advocate, payee=payee, actor=camille, now=now)


def _one_account(referral: Referral, camille: User, now: datetime) -> None:
    other = make_person("Paul Roux", company=make_company("Roux"), email="paul.roux@lumen.example")
    _pays(other, Payee("cash", legal_name="Paul Roux", iban=IBAN), camille, now)
    helene = referral.advocate.person
    assert helene is not None
    _pays(helene, Payee("cash", legal_name="Hélène Marchetti", iban=IBAN), camille, now)


def _paid_to_the_introduced(referral: Referral, camille: User, now: datetime) -> None:
    helene = referral.advocate.person
    assert helene is not None
    _pays(helene, Payee("gift", legal_name="paul ROUX"), camille, now)


def _one_voucher_address(referral: Referral, camille: User, now: datetime) -> None:
    helene = referral.advocate.person
    assert helene is not None
    _pays(helene, Payee("voucher", email="Paul.Roux@lumen.example"), camille, now)


def _deal(referral: Referral, camille: User, opened_at: datetime, role: str = "", created_at: Any = None) -> Deal:
    people = {referral.advocate.person: role} if role and referral.advocate.person else {}
    deal = make_deal("Roof", owner=camille, people=people, opened_at=opened_at, created_at=created_at or opened_at)
    referral.deal = deal
    referral.save()
    return deal


def _decides(referral: Referral, camille: User, now: datetime) -> None:
    _deal(referral, camille, now + timedelta(days=2), "decision_maker")


def _has_a_say(referral: Referral, camille: User, now: datetime) -> None:
    _deal(referral, camille, now + timedelta(days=2), "influencer")


def _deal_was_there(referral: Referral, camille: User, now: datetime) -> None:
    _deal(referral, camille, now, created_at=now - timedelta(hours=1))


def _deal_of_yesterday(referral: Referral, camille: User, now: datetime) -> None:
    """Imported later; the other system says when it was opened."""
    _deal(referral, camille, now - timedelta(days=1), created_at=now + timedelta(days=3))


def _deal_of_the_day(referral: Referral, camille: User, now: datetime) -> None:
    """Other systems keep the day and no hour: midnight of the day on which it was named is not before."""
    _deal(referral, camille, now.replace(hour=0), created_at=now + timedelta(hours=1))


def _many(count: int) -> Callable[[Referral, User, datetime], None]:
    def more(referral: Referral, camille: User, now: datetime) -> None:
        """So many before it in one week, and two the month before."""
        days = [*(timedelta(days=number % 6 + 1) for number in range(count)), *(timedelta(days=30),) * 2]
        Referral.objects.bulk_create(
            Referral(advocate=referral.advocate, owner=camille, state="agreed", state_at=now, created_at=now,
                     name="Somebody", registered_at=now - ago)
            for ago in days
        )  # fmt: skip

    return more


def _back(named: dict[str, str]) -> Callable[[Referral, User, datetime], None]:
    def also(_referral: Referral, camille: User, now: datetime) -> None:
        """Paul introduces, too."""
        paul = make_person("Paul Roux", company=make_company("Roux et fils"), email="paul.roux@lumen.example")
        name_someone(
            advocate=advocate_of(person=paul, owner=camille, actor=camille, now=now), named=Named(**named),
            actor=camille, now=now,
        )  # fmt: skip

    return also


def _namesake(referral: Referral, camille: User, now: datetime) -> None:
    other = make_person("Hélène Marchetti", company=make_company("Port de Brest"), email="hm@brest.example")
    _pays(other, Payee("gift", legal_name="Hélène Marchetti"), camille, now)
    helene = referral.advocate.person
    assert helene is not None
    _pays(helene, Payee("gift", legal_name="Hélène Marchetti"), camille, now)


def _we_use_gmail(_referral: Referral, camille: User, _now: datetime) -> None:
    make_user("Nora", team=camille.team, email="nora.ours@gmail.com")


PRIVATE = {"email": "private@gmail.com", "company_name": ""}
HELENE_GMAIL = {"email": "helene.marchetti@gmail.com"}
HERSELF = [
    Case("dots at Google", ("same_email",), HELENE_GMAIL, {"email": "h.elenemarchetti@gmail.com"}),
    Case("Google by its other name", ("same_email",), HELENE_GMAIL, {"email": "helenemarchetti@googlemail.com"}),
    Case("a tag behind a plus", ("same_email", "same_firm"), {}, {"email": "helene+new@valmy.example"}),
    Case("a tag at a free provider", ("same_email",), {"email": "hm@outlook.fr"}, {"email": "hm+x@outlook.fr"}),
    Case("a second address of her firm", ("same_firm",), {}, {"email": "h.marchetti@valmy.example"}),
    Case("a subdomain of her firm", ("same_firm",), {}, {"email": "helene@paris.valmy.example"}),
    Case("her firm with a private address", ("same_firm",), {}, PRIVATE | {"company_name": "Groupe Valmy"}),
    Case("her firm, spelled otherwise", ("same_firm",), {}, PRIVATE | {"company_name": "GROUPE  VALMY"}),
    Case("her mobile, written otherwise", ("same_phone",), {"phone": "06 12 34 56 78"},
         PRIVATE | {"phone": "+33 6 12 34 56 78"}),
    Case("her mobile within her firm", ("same_firm", "same_phone"), {"phone": "+33612345678"},
         {"email": "achats@valmy.example", "phone": "06.12.34.56.78"}),
    Case("her name at a private address", ("same_name",), {}, PRIVATE | {"name": "Helene MARCHETTI"}),
    Case("her name the other way round", ("same_name",), {}, PRIVATE | {"name": "Marchetti, Hélène"}),
    Case("her bank account, given by another advocate", ("same_payee",), {}, {}, _one_account),
    Case("a payee who is the introduced", ("same_payee",), {}, {}, _paid_to_the_introduced),
    Case("vouchers to the introduced", ("same_payee",), {}, {}, _one_voucher_address),
    Case("one of us", ("ours",), {"email": "camille+x@rebond.example"}),
    Case("an address of our domain", ("ours",), {"email": "stagiaire@rebond.example"}),
    Case("who decides on the deal", ("decides",), {}, {}, _decides),
    Case("a deal that was there", ("older_deal",), {}, {}, _deal_was_there),
    Case("a deal opened the day before", ("older_deal",), {}, {}, _deal_of_yesterday),
    Case("a mailbox to throw away", ("disposable",), {}, {"email": "paul@mailinator.com"}),
    Case("a subdomain of such a service", ("disposable",), {}, {"email": "paul@x.mailinator.com"}),
    Case("her own to throw away", ("disposable",), {"email": "helene@mailinator.com"}),
    Case("six in a week", ("too_many",), {}, {}, _many(5)),
    Case("each the other", ("ring",), {}, {},
         _back({"name": "Hélène Marchetti", "email": "helene@valmy.example", "company_name": ""})),
]  # fmt: skip
HONEST = [
    Case("a colleague in another division", ("same_firm",), {}, {"email": "paul@valmy.example"}),
    Case("a colleague with an address of their own", ("same_firm",), {}, PRIVATE | {"company_name": "Groupe Valmy"}),
    Case("a colleague at the same switchboard", ("same_firm",), {"phone": "02 99 00 11 22"},
         {"email": "paul@valmy.example", "phone": "+33 2 99 00 11 22"}),
    Case("both at Google", (), HELENE_GMAIL, {"email": "paul.roux@gmail.com"}),
    Case("both at Orange", (), {"email": "h.marchetti@orange.fr"}, {"email": "p.roux@orange.fr"}),
    Case("both at Yahoo in Britain", (), {"email": "h@yahoo.co.uk"}, {"email": "p@yahoo.co.uk"}),
    Case("the same family name", (), HELENE_GMAIL, {"name": "Paul Marchetti", "email": "paul.marchetti@gmail.com"}),
    Case("the same first name", (), {}, {"name": "Hélène Roux"}),
    Case("one home phone", ("same_phone",), HELENE_GMAIL | {"phone": "02 99 55 66 77"},
         {"name": "Paul Marchetti", "email": "paul.m@orange.fr", "phone": "+33 2 99 55 66 77"}),
    Case("one number of a business centre", ("same_phone",), {"phone": "+33 2 99 00 11 22"},
         {"phone": "02 99 00 11 22"}),
    Case("the next number of the same street", (), {"phone": "+33 2 99 00 11 22"}, {"phone": "02 99 00 11 23"}),
    Case("two agencies under co.uk", (), {"email": "h@alpha.co.uk"}, {"email": "p@beta.co.uk"}),
    Case("two pages at github.io", (), {"email": "h@helene.github.io"}, {"email": "p@paul.github.io"}),
    Case("two ministries under gouv.fr", (), {"email": "h@interieur.gouv.fr"}, {"email": "p@culture.gouv.fr"}),
    Case("two universities under ac.uk", (), {"email": "h@leeds.ac.uk"}, {"email": "p@york.ac.uk"}),
    Case("names that are nearly one at Google", (), {"email": "jean.martin@gmail.com"},
         {"email": "jean.martine@gmail.com"}),
    Case("companies that are nearly one", (), {}, {"company_name": "Valmy Conseil"}),
    Case("five in a week", (), {}, {}, _many(4)),
    Case("a deal opened afterwards", (), {}, {}, _deal_of_the_day),
    Case("has a say in the deal", (), {}, {}, _has_a_say),
    Case("who was introduced introduces somebody else", (), {}, {},
         _back({"name": "Ana Costa", "email": "ana@faro.example", "company_name": "Faro"})),
    Case("a namesake with a reward", ("same_payee",), {}, {}, _namesake),
    Case("we use Google, too", (), HELENE_GMAIL, {}, _we_use_gmail),
]  # fmt: skip


def _codes(case: Case, camille: User, now: datetime) -> list[str]:
    helene = make_person(
        case.advocate.get("name", "Hélène Marchetti"), company=make_company("Groupe Valmy", country="France"),
        email=case.advocate.get("email", "helene@valmy.example"), phone=case.advocate.get("phone", ""),
    )  # fmt: skip
    who = {"name": "Paul Roux", "email": "paul.roux@lumen.example", "company_name": "Lumen Habitat"} | case.named
    advocate = advocate_of(person=helene, owner=camille, actor=camille, now=now)
    referral = name_someone(advocate=advocate, named=Named(**who), actor=camille, now=now)
    if case.also is not None:
        case.also(referral, camille, now)
    look(referral=referral, now=now)
    return list(RiskFlag.objects.filter(referral=referral).order_by("pk").values_list("code", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("case", HERSELF, ids=lambda case: case.title)
def test_a_referral_of_oneself_is_flagged(case: Case, camille: User, now: datetime) -> None:
    assert sorted(_codes(case, camille, now)) == sorted(case.codes)
    assert case.codes


@pytest.mark.django_db
@pytest.mark.parametrize("case", HONEST, ids=lambda case: case.title)
def test_an_honest_one_that_looks_alike_has_one_flag_at_most(case: Case, camille: User, now: datetime) -> None:
    assert tuple(_codes(case, camille, now)) == case.codes
    assert len(case.codes) <= 1


def test_there_are_twenty_of_each_and_every_rule_is_among_them() -> None:
    assert min(len(HERSELF), len(HONEST)) >= 20
    rules = {code for case in HERSELF for code in case.codes}
    assert rules == {
        "same_email", "same_firm", "same_phone", "same_name", "same_payee", "ours", "decides", "older_deal",
        "disposable", "too_many", "ring",
    }  # fmt: skip


@pytest.mark.django_db
def test_oneself_by_the_same_address_is_not_even_kept(camille: User, helene: Person, now: datetime) -> None:
    with pytest.raises(Conflict) as error:
        name_someone(
            advocate=advocate_of(person=helene, owner=camille, actor=camille, now=now),
            named=Named(name="H. M.", email="HELENE@valmy.example"), actor=camille, now=now,
        )  # fmt: skip

    assert error.value.code == "oneself"


# ---- the parts


@given(
    st.text("abc.", min_size=1, max_size=9), st.sampled_from(["gmail.com", "valmy.example"]),
    st.sampled_from(["+x", "+", "+a+b"]),
)  # fmt: skip
def test_a_tag_never_makes_another_mailbox_and_dots_only_elsewhere_than_at_google(
    local: str, domain: str, tag: str
) -> None:
    plain = risks.one_mailbox(f"{local}@{domain}")

    assert risks.one_mailbox(f"{local}{tag}@{domain}") == plain
    assert risks.one_mailbox(plain) == plain
    assert (risks.one_mailbox(f"{local}.a@{domain}") == risks.one_mailbox(f"{local}a@{domain}")) == (
        domain == "gmail.com"
    )


@given(st.text(max_size=60))
def test_no_text_breaks_the_rules(text: str) -> None:
    party = risks.Party(email=text, phone=text, name=text)
    codes = [doubt.code for doubt in risks.found(party, party, risks.Around())]

    assert len(codes) == len(set(codes))
    assert not risks.found(party, risks.Party(), risks.Around()) or "disposable" in codes


@pytest.mark.parametrize(("text", "region", "number"), [
    ("06 12 34 56 78", "FR", "+33612345678"), ("(415) 555-2671", "US", "+14155552671"), ("call me", "FR", ""),
    ("", "", ""), ("123", "FR", ""), ("0142685300", "", "142685300"),
])  # fmt: skip
def test_numbers_are_read_in_their_country(text: str, region: str, number: str) -> None:
    assert risks.one_number(text, region)[0] == number


def test_every_finding_has_words_and_none_shows_an_address() -> None:
    details = {
        "same_firm": ("domain", "entity"), "same_payee": ("bank", "email", "name", "referred"),
        "disposable": ("referred", "advocate"), "too_many": ("7",),
    }  # fmt: skip
    codes = {code for case in HERSELF for code in case.codes}
    for code in codes:
        for detail in details.get(code, ("",)):
            said = risks.words(code, detail)
            assert said != code
            assert "@" not in said
            assert said.endswith(".")


def test_the_list_of_free_providers_has_no_slip() -> None:
    domains = risks.free_domains()

    assert len(domains) > 200
    assert all(domain == domain.strip().lower() and "." in domain and "@" not in domain for domain in domains)


@pytest.mark.django_db
def test_a_payee_is_looked_at_in_every_referral_of_both(camille: User, now: datetime) -> None:
    helene = make_person("Hélène Marchetti", company=make_company("Valmy"), email="helene@valmy.example")
    bruno = make_person("Bruno Petit", company=make_company("Cidre"), email="bruno@cidre.example")
    made = {}
    for person, who in ((helene, "Ana"), (bruno, "Zoé")):
        advocate = advocate_of(person=person, owner=camille, actor=camille, now=now)
        named = Named(name=f"{who} Costa", email=f"{who[0].lower()}@faro.example")
        made[who] = name_someone(advocate=advocate, named=named, actor=camille, now=now)
        save_payee(advocate=advocate, payee=Payee("cash", legal_name=person.name, iban=IBAN), actor=None, now=now)
    advocate.refresh_from_db()

    flags = look_at_all(advocate=advocate, now=now)

    assert [(flag.referral, flag.code, flag.detail) for flag in flags] == [(made["Zoé"], "same_payee", "bank")]
    assert RiskFlag.objects.filter(referral=made["Ana"], code="same_payee").exists()
