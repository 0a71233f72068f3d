"""Somebody is named: what is kept, and everything that is refused with a sentence and nothing stored."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebond.accounts.models import AuditEntry, User
from rebond.base.errors import Conflict, RebondError
from rebond.base.text import fold
from rebond.deals.models import Company, Deal, Person
from rebond.mail.actions import suppress
from rebond.refer.actions.asking import mark_asked, new_ask
from rebond.refer.actions.moving import move
from rebond.refer.actions.registering import Named, complete
from rebond.refer.models import Advocate, Move, Referral, Reward, RiskFlag
from rebond.refer.naming import LIMITS, folded, tidy
from rebond.refer.queries.registered import worth_saying
from tests.factories import make_company, make_deal, make_person, make_touch
from tests.refer.world import DAY, PAUL, history, introduce, make_advocate, make_programme, named

pytestmark = pytest.mark.django_db
LONG = "x" * 10_000


@pytest.fixture
def advocate(helene: Person, camille: User) -> Advocate:
    return make_advocate(helene, camille)


def _nothing_kept() -> None:
    assert not Referral.objects.exists()
    assert not Move.objects.exists()
    assert not AuditEntry.objects.filter(verb__in=("refer.move", "refer.name")).exists()
    assert not RiskFlag.objects.exists()


def _refused(advocate: Advocate, who: Named, **rest: object) -> RebondError:
    people = (Person.objects.count(), Company.objects.count(), Deal.objects.count())
    with pytest.raises(RebondError) as said:
        named(advocate, who, **rest)  # type: ignore[arg-type]
    assert (Person.objects.count(), Company.objects.count(), Deal.objects.count()) == people
    _nothing_kept()
    return said.value


def test_a_name_said_is_agreed_registered_and_the_sellers_who_heard_it(advocate: Advocate, nadia: User) -> None:
    referral = named(advocate, actor=nadia)

    kept = Referral.objects.get(pk=referral.pk)
    assert (kept.state, kept.name, kept.email, kept.phone) == (
        "agreed", "Paul Roux", "paul@lumen.example", "+33199001234",
    )  # fmt: skip
    assert (kept.company_name, kept.why, kept.owner, kept.team) == (
        "Lumen Habitat", "Runs three sites", nadia, nadia.team,
    )  # fmt: skip
    assert (kept.registered_at, kept.folded) == (DAY, "paul roux|lumen habitat")
    assert (history(kept), Person.objects.count()) == (["agreed"], 1)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (Named(""), "name_missing"),
        (Named(" \x00\n"), "name_missing"),
        (Named("Paul"), "no_way"),
        (Named(LONG, "paul@lumen.example"), "too_long"),
        (Named("Paul", "paul@lumen.example", why=LONG), "too_long"),
        (Named("Paul", "paul@lumen.example", company_name=LONG), "too_long"),
        (Named("Paul", "p@" + "x" * 250 + ".example"), "too_long"),
        (Named("Paul", "paul at lumen"), "bad_address"),
        (Named("Paul", "a@b.example\nBcc: c@d.example"), "bad_address"),
        (Named("Paul", phone="call me"), "bad_phone"),
        (Named("Paul", phone="+33 12"), "bad_phone"),
        (Named("Paul", phone="1" * 61), "too_long"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(advocate: Advocate, who: Named, code: str) -> None:
    said = _refused(advocate, who)

    assert said.code == code
    assert "Nothing was kept." in str(said)
    assert len(str(said)) < 300


@pytest.mark.parametrize(
    "who",
    [
        Named("Somebody Else", "HELENE@Valmy.example"),
        Named("hélène  MARCHETTI", company_name="groupe valmy"),
        Named("Helene Marchetti", phone="+33 1 99 00 11 22"),
    ],
)
def test_nobody_introduces_themselves(advocate: Advocate, who: Named) -> None:
    Person.objects.filter(pk=advocate.person_id).update(phone="01 99 00 11 22")

    assert _refused(advocate, who).code == "oneself"


def test_a_colleague_of_theirs_is_somebody_else(advocate: Advocate) -> None:
    assert named(advocate, Named("Marc Petit", "marc@valmy.example", company_name="Groupe Valmy")).state == "agreed"


@pytest.mark.parametrize(
    "who",
    [
        PAUL,
        Named("Paul Roux", company_name="LUMEN habitat"),
        Named("A colleague of his", "new@lumen.example", company_name="Lumen Habitat"),
        Named("Paul R.", "PAUL@lumen.example"),
    ],
)
def test_an_existing_customer_needs_no_introduction(advocate: Advocate, camille: User, who: Named) -> None:
    firm = make_company("Lumen Habitat")
    paul = make_person("Paul Roux", company=firm, email="Paul@Lumen.example")
    make_deal("Won", owner=camille, company=firm, outcome="won", closed_at=DAY, people={paul: "user"})

    assert _refused(advocate, who).code == "customer"


def test_on_their_own_page_nobody_learns_who_our_customers_are(advocate: Advocate, camille: User) -> None:
    make_deal("Won", owner=camille, company=make_company("Lumen Habitat"), outcome="won", closed_at=DAY)

    said = _refused(advocate, PAUL, reason="own_page", actor=None)

    assert (said.code, "customer" in str(said)) == ("customer", False)


@pytest.mark.parametrize("scope", ["referral", "all"])
@pytest.mark.parametrize("who", [PAUL, Named("Paul Roux", phone="+33199001234", company_name="Lumen Habitat")])
def test_whoever_asked_for_silence_is_left_in_peace(advocate: Advocate, scope: str, who: Named) -> None:
    make_person("Paul Roux", company=make_company("Lumen Habitat"), email="paul@lumen.example")
    suppress(address="Paul@Lumen.example", scope=scope, why="asked", source="x", actor=None, now=DAY)

    assert _refused(advocate, who).code == "suppressed"


def test_silence_about_something_else_is_no_obstacle(advocate: Advocate) -> None:
    suppress(address=PAUL.email, scope="feedback", why="asked", source="x", actor=None, now=DAY)

    assert named(advocate).state == "agreed"


CLOSED = ({"is_open": False}, {"ends_on": date(2026, 6, 8)})


@pytest.mark.parametrize("closed", CLOSED)
def test_in_a_closed_programme_their_own_page_takes_nobody(advocate: Advocate, closed: dict[str, object]) -> None:
    make_programme(**closed)

    said = _refused(advocate, PAUL, reason="own_page", actor=None)

    assert (said.code, "Your earlier introductions go on." in str(said)) == ("programme_closed", True)


@pytest.mark.parametrize("closed", CLOSED)
def test_what_a_seller_heard_is_kept_without_a_reward(advocate: Advocate, closed: dict[str, object]) -> None:
    make_programme(**closed)

    referral = named(advocate)

    assert (referral.state, referral.programme, referral.rule) == ("agreed", None, None)
    assert worth_saying(referral, DAY) == ["The programme is closed, so asks offer no reward."]


def test_over_the_years_most_they_are_welcome_and_told(advocate: Advocate, camille: User) -> None:
    programme = make_programme(per_year_minor=10_000)
    earlier = named(advocate)
    rule = programme.rules.first()
    Reward.objects.create(
        referral=earlier, advocate=advocate, programme=programme, rule=rule, kind="voucher", status="paid",
        earned_minor=10_000, amount_minor=10_000, currency="EUR", at=DAY,
    )  # fmt: skip

    referral = named(advocate, Named("Ana Lopes", "ana@other.example"))

    assert (referral.state, referral.programme) == ("agreed", programme)
    assert [sentence for sentence in worth_saying(referral, DAY, for_them=True) if "most for one person" in sentence]
    assert worth_saying(referral, DAY + timedelta(days=365)) == []


def test_named_twice_by_the_same_person_is_once(advocate: Advocate) -> None:
    first = named(advocate)
    for again in (
        PAUL,
        Named("PAUL roux", company_name="lumen habitat"),
        Named("Paul Roux", phone="+33 1 99 00 12 34"),
    ):
        with pytest.raises(Conflict) as said:
            named(advocate, again, now=DAY + timedelta(hours=1))
        assert said.value.code == "named_already"

    assert list(Referral.objects.all()) == [first]


def test_after_it_did_not_come_about_they_may_be_named_again(advocate: Advocate, camille: User) -> None:
    move(referral=named(advocate), to="lapsed", actor=camille, now=DAY)

    assert named(advocate, now=DAY + timedelta(days=90)).state == "agreed"


def test_one_ask_may_bring_several_names(advocate: Advocate, helene: Person, camille: User, deal: Deal) -> None:
    make_touch(deal, channel="meeting", person=helene, result="held")
    Deal.objects.filter(pk=deal.pk).update(outcome="lost", closed_at=DAY - timedelta(days=10))
    ask = new_ask(person=helene, deal=deal, actor=camille, now=DAY)
    asked = mark_asked(ask=ask, channel="call", actor=camille, now=DAY)

    first = named(advocate, ask=ask, now=DAY + timedelta(minutes=1))
    further = named(advocate, Named("Ana Lopes", "ana@other.example"), ask=ask, now=DAY + timedelta(minutes=2))

    assert (first.pk, history(first)) == (asked.pk, ["asked", "agreed"])
    assert (further.ask, history(further), further.moves.get().reason) == (ask, ["agreed"], "named_too")
    assert [one.name for one in Referral.objects.filter(ask=ask).order_by("pk")] == ["Paul Roux", "Ana Lopes"]


def test_who_agreed_without_a_name_gives_it_later(advocate: Advocate, helene: Person, camille: User) -> None:
    from rebond.refer.actions.moving import begin
    from rebond.refer.models import ReferralAsk

    ask = ReferralAsk.objects.create(person=helene, owner=camille, team=camille.team, moment="by_hand", planned_at=DAY)
    made = Referral(advocate=advocate, ask=ask, owner=camille, team=camille.team)
    begin(made=made, to="asked", actor=camille, now=DAY)
    move(referral=made, to="agreed", actor=camille, now=DAY)

    given_name = named(advocate, ask=ask, now=DAY + timedelta(days=2))

    assert (given_name.pk, given_name.registered_at) == (made.pk, DAY + timedelta(days=2))
    assert history(given_name) == ["asked", "agreed"]


def test_somebody_we_have_a_record_of_is_that_record(advocate: Advocate) -> None:
    paul = make_person("Paul Roux", company=make_company("Lumen Habitat"), email="PAUL@lumen.example")

    assert named(advocate).person == paul


def test_who_it_is_can_be_corrected_until_they_are_introduced(advocate: Advocate, camille: User) -> None:
    referral = named(advocate, Named("Paul", company_name="Lumen"))

    complete(referral=referral, named=PAUL, actor=camille, now=DAY + timedelta(days=1))

    kept = Referral.objects.get(pk=referral.pk)
    assert (kept.name, kept.email, kept.registered_at) == ("Paul Roux", "paul@lumen.example", DAY)
    with pytest.raises(Conflict) as oneself:
        complete(referral=kept, named=Named("H", "helene@valmy.example"), actor=camille, now=DAY)
    introduce(kept, DAY + timedelta(days=1))
    with pytest.raises(Conflict) as said:
        complete(referral=kept, named=Named("Ana", "ana@other.example"), actor=camille, now=DAY)
    assert (oneself.value.code, said.value.code) == ("oneself", "introduced_already")
    assert Referral.objects.get(pk=referral.pk).name == "Paul Roux"


def test_a_number_is_kept_in_one_spelling_by_the_advocates_country(advocate: Advocate) -> None:
    Company.objects.update(country="France")
    assert named(advocate, Named("Paul", phone="01 99 00 12 34")).phone == "+33199001234"
    Company.objects.update(country="")
    Advocate.objects.update(language="en")
    assert named(advocate, Named("Ana", phone="(030) 123 456 7")).phone == "0301234567"


@given(
    st.builds(
        Named, name=st.text(max_size=220), email=st.text(max_size=40) | st.emails(), phone=st.text(max_size=70),
        company_name=st.text(max_size=220), why=st.text(max_size=520),
    ),
    st.sampled_from(["", "FR", "US"]),
)  # fmt: skip
def test_whatever_is_typed_is_kept_whole_or_refused_with_a_sentence(who: Named, region: str) -> None:
    try:
        found = tidy(who, region=region)
    except RebondError as said:
        code = said.code
    else:
        code = ""
    assert code in {"", "name_missing", "too_long", "bad_address", "bad_phone", "no_way"}
    if code:
        return
    for field, most in LIMITS.items():
        text = getattr(found, field)
        assert len(text) <= most
        assert text == " ".join(text.split())
        assert "\x00" not in text
    assert tidy(found, region=region) == found, "tidy twice is tidy once"
    assert fold(found.name) in folded(found.name, found.company_name or "x") or len(found.name) > 150
